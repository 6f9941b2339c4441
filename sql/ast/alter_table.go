package ast

type (
	// AddColumn is ADD [COLUMN].
	AddColumn struct {
		Pos
		IfNotExists bool
		Column      *ColumnDef
	}

	// DropColumn is DROP [COLUMN].
	DropColumn struct {
		Pos
		IfExists bool
		Column   Ident
		Cascade  bool
	}

	// AlterColumn changes a column; that of an index may be given by its Number.
	AlterColumn struct {
		Pos
		Column Ident
		Number int
		Change ColumnChange
	}

	// ColumnChange is what an AlterColumn does.
	//
	//sumtype:decl
	ColumnChange interface {
		Node
		columnChange()
	}

	// SetDefault is SET DEFAULT x, or DROP DEFAULT without X.
	SetDefault struct {
		Pos
		X Expr
	}

	// SetNotNull is SET NOT NULL or DROP NOT NULL.
	SetNotNull struct {
		Pos
		Drop bool
	}

	// SetType is [SET DATA] TYPE t.
	SetType struct {
		Pos
		Type      *TypeName
		Collation *Name
		Using     Expr
	}

	// DropExpression makes a generated column an ordinary one; Identity does so to an identity column.
	DropExpression struct {
		Pos
		Identity bool
		IfExists bool
	}

	// AddIdentity is ADD GENERATED ... AS IDENTITY.
	AddIdentity struct {
		Pos
		Identity *Identity
	}

	// AlterIdentity changes the sequence of an identity column.
	AlterIdentity struct {
		Pos
		Options []*SequenceOption
	}

	// SetStatistics is SET STATISTICS n, of a column or of extended statistics.
	SetStatistics struct {
		Pos
		Target int
	}

	// SetStorage is SET STORAGE word or SET COMPRESSION word (Compression).
	SetStorage struct {
		Pos
		Compression bool
		Method      Ident
	}

	// AddConstraint is ADD with a table constraint.
	AddConstraint struct {
		Pos
		Constraint *Constraint
	}

	// AlterConstraint changes when a constraint is checked.
	AlterConstraint struct {
		Pos
		Name              Ident
		Deferrable        bool
		InitiallyDeferred bool
	}

	// DropConstraint is DROP CONSTRAINT.
	DropConstraint struct {
		Pos
		IfExists bool
		Name     Ident
		Cascade  bool
	}

	// NamedAction is an action that is words and perhaps a name: VALIDATE CONSTRAINT, CLUSTER ON, ENABLE TRIGGER, SET ACCESS METHOD,
	// SET TABLESPACE, SET LOGGED, FORCE ROW LEVEL SECURITY, REPLICA IDENTITY FULL, RESUME, REFRESH SCHEMA and many more.
	NamedAction struct {
		Pos
		Words string
		Name  Ident
	}

	// RelationAction is an action with a qualified name: INHERIT, NO INHERIT, OF, SWAP WITH, and of an index ATTACH PARTITION.
	RelationAction struct {
		Pos
		Words string
		Name  *Name
	}

	// SetOptions is SET (options), RESET (names) or, of a subscription, SKIP (options): Kind. CONNECTOR WITH (options) is SET. It
	// is a change of a column as well.
	SetOptions struct {
		Pos
		Kind    string
		Options []*Option
	}

	// SetParameter is SET name = value: PARALLELISM, SOURCE_RATE_LIMIT, ... Deferred lets the change wait.
	SetParameter struct {
		Pos
		Name     Ident
		Value    Node
		Deferred bool
	}

	// SetFormat is FORMAT ... ENCODE ... of a source.
	SetFormat struct {
		Pos
		Format *Format
	}

	// AttachPartition is ATTACH PARTITION.
	AttachPartition struct {
		Pos
		Name  *Name
		Bound *PartitionBound
	}

	// DetachPartition is DETACH PARTITION; How is empty, CONCURRENTLY or FINALIZE.
	DetachPartition struct {
		Pos
		Name *Name
		How  string
	}

	// RenameColumn is RENAME [COLUMN] a TO b, or RENAME CONSTRAINT (Kind CONSTRAINT) and RENAME ATTRIBUTE (of a type).
	RenameColumn struct {
		Pos
		Kind     string
		From, To Ident
		Cascade  bool // of an ATTRIBUTE
	}

	// MoveAll is ALTER TABLE ALL IN TABLESPACE a SET TABLESPACE b, also for an INDEX or MATERIALIZED VIEW (Kind).
	MoveAll struct {
		Pos
		Kind     string
		From, To Ident
		OwnedBy  []*Role
		NoWait   bool
	}
)

func (*MoveAll) stmt() {}

func (*AddColumn) alterAction()       {}
func (*DropColumn) alterAction()      {}
func (*AlterColumn) alterAction()     {}
func (*AddConstraint) alterAction()   {}
func (*AlterConstraint) alterAction() {}
func (*DropConstraint) alterAction()  {}
func (*NamedAction) alterAction()     {}
func (*RelationAction) alterAction()  {}
func (*SetOptions) alterAction()      {}
func (*SetParameter) alterAction()    {}
func (*SetFormat) alterAction()       {}
func (*SetStatistics) alterAction()   {}
func (*GenericOptions) alterAction()  {}
func (*AttachPartition) alterAction() {}
func (*DetachPartition) alterAction() {}
func (*RenameColumn) alterAction()    {}

func (*SetDefault) columnChange()     {}
func (*SetNotNull) columnChange()     {}
func (*SetType) columnChange()        {}
func (*DropExpression) columnChange() {}
func (*AddIdentity) columnChange()    {}
func (*AlterIdentity) columnChange()  {}
func (*SetStatistics) columnChange()  {}
func (*SetStorage) columnChange()     {}
func (*SetOptions) columnChange()     {}
func (*GenericOptions) columnChange() {}
