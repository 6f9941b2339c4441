package fn

import (
	"net/netip"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/types"
)

// Session is what system functions ask about the session that runs a statement, and about its catalog. The server implements
// it; it is asked from the goroutine that evaluates. Names come as the catalog has them, without quotes.
type Session interface {
	Catalog
	// User is the current user, SessionUser the one who logged in.
	User() string
	SessionUser() string
	Database() string
	// SearchPath are the schemas of the search path that exist; with implicit also pg_catalog and the schema of temporary objects.
	SearchPath(implicit bool) []string
	// Setting is the text of a setting; ok is false if there is none of the name. Names are in any case.
	Setting(name string) (value string, ok bool)
	// SetSetting is SET, or SET LOCAL, and returns the value as SHOW has it.
	SetSetting(name, value string, local bool) (string, error)
	// Version is what version() gives.
	Version() string
	// BackendPID is the number of the session in its cancel key.
	BackendPID() int32
	// Address is that of the client or of the server in the session's connection; ok is false if it has none: by a Unix-domain socket, or inside
	// of the process.
	Address(server bool) (at netip.AddrPort, ok bool)
	// Signal cancels the statement of another session, or ends it; false if there is none of the number.
	Signal(pid int32, terminate bool) bool
	// AdvisoryLock takes an advisory lock, or tells that others have it if mode is to try; AdvisoryUnlock gives one of the session back, false
	// with a warning to the client if it has none, and AdvisoryUnlockAll all of them.
	AdvisoryLock(key AdvisoryKey, mode AdvisoryMode) (taken bool, err error)
	AdvisoryUnlock(key AdvisoryKey, shared bool) (unlocked bool, err error)
	AdvisoryUnlockAll()
	// StartTime is when the server started, in microseconds since 1970-01-01 UTC.
	StartTime() int64
	// TransactionID is the number of the transaction, which is given to it if it has none yet.
	TransactionID() int64
}

// ObjectKind is a kind of objects that functions have names for.
type ObjectKind uint8

// The kinds.
const (
	RelationKind ObjectKind = iota
	TypeKind
	FunctionKind
	OperatorKind
	IndexKind
	ConstraintKind
	ViewKind
	TriggerKind
	RuleKind
	StatisticsKind
	CollationKind
	ConversionKind
	OperatorClassKind
	OperatorFamilyKind
	TextSearchConfigKind
	TextSearchDictKind
	TextSearchParserKind
	TextSearchTemplateKind
)

// Catalog is the part of Session that knows objects by their OIDs.
type Catalog interface {
	// Visible tells whether an object is found by its name alone; exists is false if there is no such object.
	Visible(kind ObjectKind, oid types.OID) (visible, exists bool)
	// Definition is the SQL of an object: of a view its query, of a constraint its clause, of an index its CREATE INDEX. With column
	// (from 1) it is that of one column of an index. ok is false if there is no such object.
	Definition(kind ObjectKind, oid types.OID, column int, pretty bool) (sql string, ok bool)
	// Comment is the comment on an object of the system catalog classOID (0: any), or of its column; ok is false if there is none.
	Comment(oid, classOID types.OID, column int) (comment string, ok bool)
	// RelationSize is how many bytes a relation takes, with its indexes if all is set; ok is false if there is none.
	RelationSize(oid types.OID, all bool) (size int64, ok bool)
	// TypeName is format_type of a type that is not built in.
	TypeName(t types.Type) (name string, ok bool)
	// RoleName is the name of a role.
	RoleName(oid types.OID) (name string, ok bool)
	// LookupRelation finds a relation by its name, qualified or not, as it is written in SQL.
	LookupRelation(name string) (oid types.OID, err error)
	// ColumnNumber is attnum of a column; ok is false if the relation has none of the name.
	ColumnNumber(relation types.OID, column string) (number int, ok bool)
	// SerialSequence is the name of the sequence that a column takes its values from, schema-qualified; ok is false if there is none.
	SerialSequence(relation types.OID, column int) (name string, ok bool)
	// HasPrivilege tells whether a role has one of the privileges on an object ("SELECT", "SELECT WITH GRANT OPTION, INSERT").
	HasPrivilege(role string, object PrivilegeObject, privilege string) (has bool, err error)
}

// PrivilegeObject is what a privilege is about. Name and OID are alternatives; Column is set for columns.
type PrivilegeObject struct {
	// Kind is table, column, any_column, schema, database, sequence, function, type, language, tablespace or role.
	Kind   string
	OID    types.OID
	Name   string
	Column string
}

// session is the call's session, or the error of functions that need one where there is none.
func (e *Environment) session(function string) (Session, error) {
	if e.Session == nil {
		return nil, pgerr.Newf(pgerr.FeatureNotSupported, "%s() needs a session", function).
			WithHint("A materialized view has none; it may not depend on who reads it.")
	}
	return e.Session, nil
}

// cancelled is the error of a statement that was cancelled, else nil.
func (e *Environment) cancelled() error {
	if e.Cancelled != nil && e.Cancelled() {
		return pgerr.New(pgerr.QueryCanceled, "canceling statement due to user request")
	}
	return nil
}
