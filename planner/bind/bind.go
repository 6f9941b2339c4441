// Package bind gives names and types: it makes a logical plan of a syntax tree, as PostgreSQL's parse analysis would. Its errors are
// PostgreSQL's, with their places.
//
// A query is bound in two steps. The first gives every expression its meaning, in the order of PostgreSQL's transformSelectStmt;
// aggregates, window functions and functions that return sets become columns there. The second, a block's finish, checks what is
// grouped and builds the plan; it comes later because a set operation or an INSERT still decides the types of constants.
package bind

import (
	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

// Context is what a statement is bound in.
type Context struct {
	Catalog   *catalog.Snapshot
	Path      catalog.Path
	Functions *fn.Registry
	Settings  *types.Settings
	// Params are the types of the parameters, $1 first; 0 is to be found out. The binder extends the list and fills it in. It is
	// not looked at if NoParams is set: then a parameter is an error.
	Params   []types.OID
	NoParams bool
	// View gives the query of a view, which is bound in its place.
	View func(o *catalog.Object) (*ast.Query, error)
	// Expression gives the syntax tree of a column's default or generated value.
	Expression func(sql string) (ast.Expr, error)
	// Continuous tells that the query is that of a materialized view or sink: what depends on when it is asked is refused.
	Continuous bool
	// Stars is told what each * of a target list stands for, by names that mean the same in its place; nil: nobody wants to know.
	Stars func(star *ast.Star, columns [][]ast.Ident)
	// Literals is told of literals that mean something else under the default settings (an order of days and months, a time zone, 'today'), with a text that
	// means the same there; nil: nobody wants to know.
	Literals func(literal *ast.Literal, text string)
	// AnySettings tells that what is bound is to be bound again under the settings of other sessions: Literals is told of those that mean something else under any settings.
	AnySettings bool
}

// Result is a bound query. Columns are its visible output: Node has exactly these columns, in this order.
type Result struct {
	Node    plan.Node
	Columns []plan.Column
	Params  []types.Type
	// Relations are the relations that it reads, views among them, each once.
	Relations []*catalog.Object
}

// Query binds a query.
func Query(c *Context, q *ast.Query) (*Result, error) {
	b := newBinder(c)
	s := b.top()
	blk, err := s.query(q)
	if err != nil {
		return nil, err
	}
	node, err := blk.finish()
	if err != nil {
		return nil, err
	}
	params, err := b.finishParams()
	if err != nil {
		return nil, err
	}
	return &Result{Node: node, Columns: node.Columns(), Params: params, Relations: b.relations}, nil
}

// Expr binds an expression that stands alone. It may use columns, whose ids are those given, by name, or qualified by table.
func Expr(c *Context, e ast.Expr, table string, columns []plan.Column, use plan.Use) (plan.Expr, error) {
	b := newBinder(c)
	b.last = maxID(columns)
	s := b.top()
	if len(columns) > 0 {
		s.add(itemOf(table, columns))
	}
	x, err := s.expr(e, useKinds[use.Kind])
	if err != nil {
		return nil, err
	}
	y, ok, err := b.coerceToTarget(x, use.Type, types.Assignment, 0)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, b.mismatch(x, use)
	}
	if x, err = b.resolveUnknown(y); err != nil {
		return nil, err
	}
	if _, err := b.finishParams(); err != nil {
		return nil, err
	}
	return x.value(b), nil
}

func maxID(columns []plan.Column) plan.ColumnID {
	var id plan.ColumnID
	for _, c := range columns {
		id = max(id, c.ID)
	}
	return id
}

// binder is the work on one statement.
type binder struct {
	*Context
	last plan.ColumnID
	// owner tells for a column which level of query found it by its name.
	owner map[plan.ColumnID]*scope
	// names are the columns as errors name them.
	names     map[plan.ColumnID]columnName
	params    []types.OID
	pending   []*plan.Param // parameters that have no type yet
	paramPos  map[*plan.Param]int
	relations []*catalog.Object
	views     []catalog.ID            // that are being expanded
	made      map[string]*fn.Function // see memo
	shapes    map[plan.ColumnID]*rowShape
	// futureCTEs are the queries of WITH that are not to be seen yet.
	futureCTEs []string
	recursions plan.RecursionID             // that were made
	written    map[*plan.Const]*ast.Literal // see wrote
}

type columnName struct{ table, column string }

func newBinder(c *Context) *binder {
	return &binder{
		Context: c, owner: map[plan.ColumnID]*scope{}, names: map[plan.ColumnID]columnName{}, paramPos: map[*plan.Param]int{}, made: map[string]*fn.Function{}, shapes: map[plan.ColumnID]*rowShape{},
		params: append([]types.OID(nil), c.Params...),
	}
}

func (b *binder) top() *scope { return &scope{b: b} }

func (b *binder) nextID() plan.ColumnID {
	b.last++
	return b.last
}

// column makes a new column.
func (b *binder) column(name string, t types.Type) plan.Column {
	return plan.Column{ID: b.nextID(), Name: name, Type: t}
}

func (b *binder) settings() *types.Settings {
	if b.Settings == nil {
		return types.DefaultSettings
	}
	return b.Settings
}

func (b *binder) usesRelation(o *catalog.Object) {
	for _, r := range b.relations {
		if r == o {
			return
		}
	}
	b.relations = append(b.relations, o)
}

func errAt(pos int, code pgerr.Code, format string, args ...any) *pgerr.Error {
	return pgerr.Newf(code, format, args...).At(pos)
}

func unsupported(pos int, format string, args ...any) *pgerr.Error {
	return errAt(pos, pgerr.FeatureNotSupported, format, args...)
}

// place gives an error without a place the one given.
func place(err error, pos int) error {
	if e, ok := err.(*pgerr.Error); ok && e.Position == 0 { //nolint:errorlint // errors of types and catalog are not wrapped
		return e.At(pos)
	}
	return err
}

func refTo(c plan.Column, pos int) *plan.ColumnRef {
	return &plan.ColumnRef{ID: c.ID, Name: c.Name, Typ: c.Type, Pos: pos}
}
