package session

import (
	"context"
	"reflect"
	"strings"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/pgwire"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/types"
)

// does says what a command does, for what surrounds it.
type does uint8

const (
	// reads: it gives rows and changes nothing.
	reads does = iota
	// writes: it changes rows, which a read-only transaction refuses.
	writes
	// defines: it changes the catalog.
	defines
	// defineAlone: it changes the catalog, and cannot be taken back, so that no transaction block may hold it.
	defineAlone
	// controls: it begins or ends transactions, and is let through where one has failed.
	controls
)

// command is a kind of statement.
type command struct {
	// name is its name in messages and command tags.
	name string
	does does
	// plan looks a statement up at the present version of the catalog.
	plan func(s *Session, stmt ast.Statement, declared []types.OID) (plan, error)
	// define is how a statement of the catalog's log is run again, nil for those that the log does not have.
	define func(d *ddl, stmt ast.Statement) error
}

// plan is a statement that is ready to be run as often as one likes, while the catalog stays as it is.
type plan interface {
	// describe gives the types of the parameters and the columns of the result, nil if it has no rows.
	describe() ([]types.Type, []pgwire.Column)
	run(ctx context.Context, s *Session, args []types.Value, out pgwire.Out) error
}

// commandTable is the table of all statements. What is not here is not supported.
func commandTable() map[reflect.Type]command {
	return table(
		// Rows.
		planned("SELECT", reads, planQuery),
		planned("INSERT", writes, planInsert),
		planned("UPDATE", writes, planUpdate),
		planned("DELETE", writes, planDelete),
		utility("TRUNCATE TABLE", writes, runTruncate),
		planned("COPY", reads, planCopy),
		planned("SUBSCRIBE", reads, planSubscribe),

		// Definitions.
		defining("CREATE DATABASE", defineAlone, createDatabase),
		defining("CREATE SCHEMA", defines, createSchema),
		defining("CREATE TABLE", defines, createTable),
		planned("CREATE TABLE AS", defines, planCreateTableAs),
		defining("CREATE SOURCE", defines, createSource),
		defining("CREATE VIEW", defines, createView),
		defining("CREATE MATERIALIZED VIEW", defines, createMaterializedView),
		defining("CREATE INDEX", defines, createIndex),
		defining("CREATE SEQUENCE", defines, createSequence),
		defining("CREATE TYPE", defines, createType),
		defining("CREATE SINK", defines, createSink),
		utility("DO", defines, runDo),
		defining("ALTER", defineAlone, alter),
		defining("COMMENT", defineAlone, comment),
		utility("DROP", defines, runDrop),

		// Transactions.
		utility("TRANSACTION", controls, runTransaction),
		utility("SET CONSTRAINTS", reads, runSetConstraints),
		utility("LOCK TABLE", reads, runLock),

		// The session.
		utility("SET", reads, runSet),
		utility("RESET", reads, runReset),
		planned("SHOW", reads, planShowSetting),
		utility("DISCARD", reads, runDiscard),
		utility("PREPARE", reads, runPrepare),
		planned("EXECUTE", reads, planExecute),
		utility("DEALLOCATE", reads, runDeallocate),
		utility("DECLARE CURSOR", reads, runDeclare),
		planned("FETCH", reads, planFetch),
		utility("CLOSE CURSOR", reads, runClose),
		utility("LISTEN", reads, runListen),
		utility("UNLISTEN", reads, runUnlisten),
		utility("NOTIFY", reads, runNotify),

		// What there is.
		planned("EXPLAIN", reads, planExplain),
		planned("SHOW", reads, planShowObjects),
		planned("SHOW CREATE", reads, planShowCreate),
		planned("DESCRIBE", reads, planDescribe),

		// What has nothing to do here, and says so.
		utility("REFRESH MATERIALIZED VIEW", reads, runRefresh),
		utility("FLUSH", reads, runFlush),
		utility("WAIT", reads, runWait),
		utility("ANALYZE", reads, runAnalyze),
		utility("VACUUM", reads, runVacuum),
		utility("CHECKPOINT", reads, runCheckpoint),
	)
}

// entry is a line of the table.
type entry struct {
	kind    reflect.Type
	command command
}

func table(entries ...entry) map[reflect.Type]command {
	m := make(map[reflect.Type]command, len(entries))
	for _, e := range entries {
		m[e.kind] = e.command
	}
	return m
}

// planned is a statement that has parameters or rows.
func planned[S ast.Statement](name string, d does, f func(s *Session, stmt S, declared []types.OID) (plan, error)) entry {
	return entry{reflect.TypeFor[S](), command{name: name, does: d, plan: func(s *Session, stmt ast.Statement, declared []types.OID) (plan, error) {
		return f(s, stmt.(S), declared)
	}}}
}

// utility is a statement with neither.
func utility[S ast.Statement](name string, d does, f func(ctx context.Context, s *Session, stmt S, out pgwire.Out) error) entry {
	return entry{reflect.TypeFor[S](), command{name: name, does: d, plan: func(_ *Session, stmt ast.Statement, _ []types.OID) (plan, error) {
		return utilityPlan(func(ctx context.Context, s *Session, out pgwire.Out) error { return f(ctx, s, stmt.(S), out) }), nil
	}}}
}

// defining is a statement that changes the catalog, now or when the log is read again.
func defining[S ast.Statement](name string, d does, f func(d *ddl, stmt S) error) entry {
	define := func(d *ddl, stmt ast.Statement) error { return f(d, stmt.(S)) }
	return entry{reflect.TypeFor[S](), command{name: name, does: d, define: define, plan: func(_ *Session, stmt ast.Statement, _ []types.OID) (plan, error) {
		return utilityPlan(func(ctx context.Context, s *Session, out pgwire.Out) error {
			return s.define(ctx, name, func(d *ddl) error { return define(d, stmt) }, out)
		}), nil
	}}}
}

// utilityPlan is a statement without parameters and rows.
type utilityPlan func(ctx context.Context, s *Session, out pgwire.Out) error

func (utilityPlan) describe() ([]types.Type, []pgwire.Column) { return nil, nil }

func (f utilityPlan) run(ctx context.Context, s *Session, _ []types.Value, out pgwire.Out) error {
	return f(ctx, s, out)
}

// commandOf finds what a statement does, or says that it is not supported.
func (e *Engine) commandOf(stmt ast.Statement) (command, error) {
	if c, ok := e.commands[reflect.TypeOf(stmt)]; ok {
		return c, nil
	}
	err := unsupported(stmt, nameOf(stmt))
	if hint := instead(stmt); hint != "" {
		return command{}, err.WithHint("%s", hint)
	}
	return command{}, err
}

// instead says what can be done in place of a statement that is not supported.
func instead(stmt ast.Statement) string {
	switch stmt.(type) {
	case *ast.CreateDomain:
		return "Write the type and the CHECK at each column."
	case *ast.CreateFunction:
		return "A view can hold an expression that is used in many places."
	case *ast.CreateTrigger:
		return "A materialized view computes from each change; SUBSCRIBE and sinks hand changes on."
	case *ast.Merge:
		return "Write INSERT ... ON CONFLICT DO UPDATE, or UPDATE and DELETE."
	case *ast.Reindex, *ast.Cluster:
		return "Rows and indexes are always in order: there is nothing to do."
	case *ast.CreateExtension:
		return "There are no extensions; every function of this version is there."
	case *ast.Grant, *ast.CreateRole:
		return "Every user may do everything. Who may connect is in the file of --password-file."
	default:
		return ""
	}
}

// unsupported is the error for what Freshet does not do.
func unsupported(at ast.Node, what string) *pgerr.Error {
	return pgerr.Newf(pgerr.FeatureNotSupported, "%s is not supported", what).At(int(at.At()))
}

// temporary is the error for an object of one session.
func temporary(at ast.Node, kind string) *pgerr.Error {
	return unsupported(at, "CREATE TEMPORARY "+kind).WithHint("Create an ordinary one, and drop it in the end.")
}

// nameOf is what a statement is called: the words in capital letters that its canonical form begins with.
func nameOf(stmt ast.Statement) string {
	var words []string
	for _, w := range strings.Fields(ast.Print(stmt)) {
		if w == "IF" || w != strings.ToUpper(w) || strings.ContainsAny(w, `"'(),.*0123456789`) || len(words) == 4 {
			break
		}
		words = append(words, w)
	}
	if len(words) == 0 {
		return "this statement"
	}
	return strings.Join(words, " ")
}
