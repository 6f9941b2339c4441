package bind

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

// bind gives an expression its meaning (transformExprRecurse).
func (s *scope) bind(e ast.Expr) (scalar, error) {
	pos := int(e.At())
	switch e := e.(type) {
	case *ast.Literal:
		return s.b.constant(e, "")
	case *ast.Param:
		return s.b.param(e)
	case *ast.ColumnRef:
		return s.columnRef(e)
	case *ast.Star:
		return s.starValue(e)
	case *ast.Default:
		return scalar{}, errAt(pos, pgerr.SyntaxError, "DEFAULT is not allowed in this context")
	case *ast.Unary:
		return s.unary(e)
	case *ast.Binary:
		return s.binary(e)
	case *ast.Logic:
		return s.logic(e)
	case *ast.Not:
		x, err := s.condition(e.X, "NOT")
		if err != nil {
			return scalar{}, err
		}
		return at(&plan.Not{X: x.Expr}, leftmost(pos, x)), nil
	case *ast.Is:
		return s.is(e)
	case *ast.DistinctFrom:
		return s.distinctFrom(e)
	case *ast.Between:
		return s.between(e)
	case *ast.In:
		return s.inList(e)
	case *ast.Like:
		return s.like(e)
	case *ast.Quantified:
		return s.quantified(e)
	case *ast.Cast:
		return s.cast(e)
	case *ast.Collate:
		return s.collate(e)
	case *ast.AtTimeZone:
		return s.callNamed("timezone", pos, e.Zone, e.X)
	case *ast.Case:
		return s.caseExpr(e)
	case *ast.Special:
		return s.special(e)
	case *ast.ValueFunc:
		return s.valueFunc(e)
	case *ast.Subquery:
		return s.subquery(e)
	case *ast.Array:
		return s.array(e, 0, types.Type{})
	case *ast.Row:
		return s.rowExpr(e)
	case *ast.Map:
		return scalar{}, unsupported(pos, "maps are not supported yet").WithHint("Use jsonb instead.")
	case *ast.Indirection:
		return s.indirection(e)
	case *ast.CurrentOf:
		return scalar{}, unsupported(pos, "WHERE CURRENT OF is not supported").WithHint("Name the row by its key.")
	case *ast.FuncCall:
		return s.funcCall(e)
	case *ast.JSONFunc:
		return scalar{}, unsupported(pos, "%s is not supported yet", e.Kind).
			WithHint("Use the functions of PostgreSQL 15: jsonb_build_object, jsonb_build_array, jsonb_agg, jsonb_object_agg.")
	case *ast.GroupingSets:
		return scalar{}, errAt(pos, pgerr.SyntaxError, "grouping sets are only allowed in GROUP BY")
	}
	return scalar{}, unsupported(pos, "expression is not supported")
}

// constant is make_const. sign is "-" for a number behind a minus.
func (b *binder) constant(e *ast.Literal, sign string) (scalar, error) {
	pos := int(e.Pos)
	mk := func(oid types.OID, v types.Value) (scalar, error) {
		return at(&plan.Const{Typ: types.Of(oid), Value: v}, pos), nil
	}
	switch e.Kind {
	case ast.NullLiteral:
		return mk(types.OIDUnknown, types.NullValue)
	case ast.BoolLiteral:
		return mk(types.OIDBool, types.BoolValue(e.Text == "true"))
	case ast.StringLiteral:
		c := &plan.Const{Typ: types.Of(types.OIDUnknown), Value: types.TextValue(e.Text)}
		b.wrote(c, e)
		return at(c, pos), nil
	case ast.IntegerLiteral, ast.NumericLiteral:
		if n, err := strconv.ParseInt(sign+e.Text, 10, 64); err == nil {
			if int64(int32(n)) == n {
				return mk(types.OIDInt4, types.IntValue(n))
			}
			return mk(types.OIDInt8, types.IntValue(n))
		}
		v, err := types.Parse(types.Of(types.OIDNumeric), sign+e.Text, b.settings())
		if err != nil {
			return scalar{}, place(err, pos)
		}
		return mk(types.OIDNumeric, v)
	case ast.BitLiteral, ast.HexLiteral:
		if err := checkBits(e); err != nil {
			return scalar{}, err
		}
	}
	return scalar{}, unsupported(pos, "type bit is not supported").WithHint("Use an integer, bytea or text.")
}

// checkBits refuses a bit string with a wrong digit, as the type would (bit_in).
func checkBits(e *ast.Literal) error {
	digits, what := "01", "binary"
	if e.Kind == ast.HexLiteral {
		digits, what = "0123456789abcdefABCDEF", "hexadecimal"
	}
	for _, r := range e.Text {
		if !strings.ContainsRune(digits, r) {
			return errAt(int(e.Pos), pgerr.InvalidTextRepresentation, "\"%c\" is not a valid %s digit", r, what)
		}
	}
	return nil
}

// condition binds an expression that must be a boolean; construct names where.
func (s *scope) condition(e ast.Expr, construct string) (scalar, error) {
	x, err := s.bind(e)
	if err != nil {
		return x, err
	}
	return s.b.coerceToBoolean(x, construct)
}

func (s *scope) unary(e *ast.Unary) (scalar, error) {
	if l, ok := e.X.(*ast.Literal); ok && e.Op.Name == "-" && len(e.Op.Schema) == 0 && (l.Kind == ast.IntegerLiteral || l.Kind == ast.NumericLiteral) {
		x, err := s.b.constant(l, "-")
		x.pos = int(e.Pos)
		return x, err
	}
	x, err := s.bind(e.X)
	if err != nil {
		return x, err
	}
	return s.b.prefix(e.Op, x, int(e.Pos))
}

func (s *scope) binary(e *ast.Binary) (scalar, error) {
	pos := int(e.Pos)
	// (row) op (query): a comparison of the row with the single row of the query.
	if q, ok := e.Right.(*ast.Subquery); ok && q.Kind == ast.ScalarSubquery {
		if r, ok := e.Left.(*ast.Row); ok {
			return s.rowWithQuery(r, e.Op, q, pos)
		}
	}
	left, err := s.bind(e.Left)
	if err != nil {
		return left, err
	}
	right, err := s.bind(e.Right)
	if err != nil {
		return right, err
	}
	if isRowAST(e.Left) && isRowAST(e.Right) {
		return s.b.compareRows(e.Op, left.row.fields, right.row.fields, pos)
	}
	return s.b.infix(e.Op, left, right, pos)
}

func isRowAST(e ast.Expr) bool {
	_, ok := e.(*ast.Row)
	return ok
}

func (s *scope) logic(e *ast.Logic) (scalar, error) {
	construct := "AND"
	if e.Or {
		construct = "OR"
	}
	args := make([]plan.Expr, len(e.Args))
	pos := int(e.Pos)
	for i, a := range e.Args {
		x, err := s.condition(a, construct)
		if err != nil {
			return x, err
		}
		args[i] = x.Expr
		pos = leftmost(pos, x)
	}
	return at(&plan.Logic{Or: e.Or, Args: args}, pos), nil
}

func (s *scope) is(e *ast.Is) (scalar, error) {
	not := ""
	if e.Not {
		not = "NOT "
	}
	x, err := s.bind(e.X)
	if err != nil {
		return x, err
	}
	pos := leftmost(int(e.Pos), x)
	switch e.What {
	case "NULL":
		return at(s.b.nullTest(x, e.Not), pos), nil
	case "TRUE", "FALSE", "UNKNOWN":
		y, err := s.b.coerceToBoolean(x, "IS "+not+e.What)
		if err != nil {
			return y, err
		}
		return at(truthTest(y.Expr, e.What, e.Not), pos), nil
	default:
		return scalar{}, unsupported(int(e.Pos), "IS %s%s is not supported yet", not, e.What)
	}
}

// nullTest is x IS [NOT] NULL; a row constructor is null if all its fields are, and not null if none is.
func (b *binder) nullTest(x scalar, not bool) plan.Expr {
	if x.row == nil || x.Expr != nil {
		if isRowType(x.oid()) {
			f := b.memo(fmt.Sprint("row null test ", not), func() *fn.Function { return fn.RowNullTest(not) })
			return &plan.Call{Function: f, Args: []plan.Expr{x.value(b)}, Typ: plan.Bool, Pos: x.pos}
		}
		return &plan.IsNull{X: x.value(b), Not: not}
	}
	var list []plan.Expr
	for _, f := range x.row.fields {
		list = append(list, &plan.IsNull{X: f.value(b), Not: not})
	}
	if c := and(list...); c != nil {
		return c
	}
	return boolConst(true)
}

// truthTest is X IS [NOT] TRUE and its relatives, which are never null.
func truthTest(x plan.Expr, what string, not bool) plan.Expr {
	switch what {
	case "UNKNOWN":
		return &plan.IsNull{X: x, Not: not}
	case "FALSE":
		// null is not false: coalesce(x, true) is false only where x is.
		r := plan.Expr(&plan.Coalesce{Args: []plan.Expr{x, boolConst(true)}, Typ: plan.Bool})
		if not {
			return r
		}
		return &plan.Not{X: r}
	default:
		r := plan.Expr(&plan.Coalesce{Args: []plan.Expr{x, boolConst(false)}, Typ: plan.Bool})
		if not {
			return &plan.Not{X: r}
		}
		return r
	}
}

var equalsOp = ast.Operator{Name: "="}

func (s *scope) distinctFrom(e *ast.DistinctFrom) (scalar, error) {
	pos := int(e.Pos)
	left, err := s.bind(e.Left)
	if err != nil {
		return left, err
	}
	right, err := s.bind(e.Right)
	if err != nil {
		return right, err
	}
	switch {
	case isNullAST(e.Right):
		return at(s.b.nullTest(left, !e.Not), leftmost(pos, left, right)), nil
	case isNullAST(e.Left):
		return at(s.b.nullTest(right, !e.Not), leftmost(pos, left, right)), nil
	case isRowAST(e.Left) && isRowAST(e.Right):
		return s.b.distinctRows(left.row.fields, right.row.fields, e.Not, pos)
	}
	x, err := s.b.distinct(left, right, e.Not, pos)
	return x, err
}

func isNullAST(e ast.Expr) bool {
	l, ok := e.(*ast.Literal)
	return ok && l.Kind == ast.NullLiteral
}

func (b *binder) distinctRows(left, right []scalar, not bool, pos int) (scalar, error) {
	if len(left) != len(right) {
		return scalar{}, errAt(pos, pgerr.SyntaxError, "unequal number of entries in row expressions")
	}
	var list []plan.Expr
	for i := range left {
		x, err := b.distinct(left[i], right[i], not, pos)
		if err != nil {
			return x, err
		}
		list = append(list, x.Expr)
	}
	if len(list) == 0 {
		return at(boolConst(not), pos), nil
	}
	if len(list) == 1 {
		return at(list[0], pos), nil
	}
	return at(&plan.Logic{Or: !not, Args: list}, pos), nil
}

// between is x >= low AND x <= high, as PostgreSQL makes of it: x is bound for each.
func (s *scope) between(e *ast.Between) (scalar, error) {
	compare := func(op string, bound ast.Expr) ast.Expr {
		return &ast.Binary{Pos: e.Pos, Op: ast.Operator{Name: op}, Left: e.X, Right: bound}
	}
	logic := func(or bool, args ...ast.Expr) ast.Expr { return &ast.Logic{Pos: e.Pos, Or: or, Args: args} }
	within := func(low, high ast.Expr) ast.Expr { return logic(false, compare(">=", low), compare("<=", high)) }
	outside := func(low, high ast.Expr) ast.Expr { return logic(true, compare("<", low), compare(">", high)) }
	switch {
	case !e.Symmetric && !e.Not:
		return s.bind(within(e.Low, e.High))
	case !e.Symmetric:
		return s.bind(outside(e.Low, e.High))
	case !e.Not:
		return s.bind(logic(true, within(e.Low, e.High), within(e.High, e.Low)))
	default:
		return s.bind(logic(false, outside(e.Low, e.High), outside(e.High, e.Low)))
	}
}

// like is the operator of the pattern's kind; ESCAPE rewrites the pattern.
func (s *scope) like(e *ast.Like) (scalar, error) {
	pos := int(e.Pos)
	x, err := s.bind(e.X)
	if err != nil {
		return x, err
	}
	op := map[ast.LikeKind]string{ast.LikePattern: "~~", ast.IlikePattern: "~~*", ast.SimilarPattern: "~"}[e.Kind]
	if e.Not {
		op = "!" + op
	}
	var pattern scalar
	switch {
	case e.Kind == ast.SimilarPattern && e.Escape == nil:
		pattern, err = s.callNamed("similar_to_escape", pos, e.Pattern)
	case e.Kind == ast.SimilarPattern:
		pattern, err = s.callNamed("similar_to_escape", pos, e.Pattern, e.Escape)
	case e.Escape != nil:
		pattern, err = s.callNamed("like_escape", pos, e.Pattern, e.Escape)
	default:
		pattern, err = s.bind(e.Pattern)
	}
	if err != nil {
		return pattern, err
	}
	return s.b.infix(ast.Operator{Name: op}, x, pattern, pos)
}

// cast is transformTypeCast.
func (s *scope) cast(e *ast.Cast) (scalar, error) {
	pos := int(e.Pos)
	if e.Try {
		return scalar{}, unsupported(pos, "TRY_CAST is not supported yet").WithHint("Use CAST, which fails where the value does not fit.")
	}
	to, err := s.b.typeOf(e.Type)
	if err != nil {
		return scalar{}, err
	}
	var x scalar
	if a, ok := e.X.(*ast.Array); ok && isArray(to.OID) {
		x, err = s.array(a, to.OID, types.Type{OID: elemOf(to.OID), Mod: to.Mod})
	} else {
		x, err = s.bind(e.X)
	}
	if err != nil {
		return x, err
	}
	from := x.Type()
	y, ok, err := s.b.coerceToTarget(x, to, types.Explicit, pos)
	if err != nil {
		return y, err
	}
	if !ok {
		return x, errAt(pos, pgerr.CannotCoerce, "cannot cast type %s to %s", s.b.nameOf(from), s.b.nameOf(to))
	}
	return y, nil
}

// collate accepts the collations that order by code point, which is how text is ordered here.
func (s *scope) collate(e *ast.Collate) (scalar, error) {
	x, err := s.bind(e.X)
	if err != nil {
		return x, err
	}
	if x.isUnknown() {
		if x, err = s.b.resolveUnknown(x); err != nil {
			return x, err
		}
	}
	if !collatable(x.oid()) {
		return x, errAt(int(e.Pos), pgerr.DatatypeMismatch, "collations are not supported by type %s", s.b.nameOf(x.Type()))
	}
	if err := s.b.checkCollation(e.Collation, int(e.Pos)); err != nil {
		return x, err
	}
	return scalar{Expr: x.Expr, pos: leftmost(int(e.Pos), x)}, nil
}

func collatable(oid types.OID) bool {
	if e := elemOf(oid); e != 0 {
		oid = e
	}
	return category(oid) == 'S'
}

func (b *binder) checkCollation(name *ast.Name, pos int) error {
	switch last := string(name.Last()); last {
	case "C", "POSIX", "default", "ucs_basic":
		return nil
	case "en_US", "en-x-icu", "und-x-icu", "unicode":
		return unsupported(pos, "collation %q is not supported", last).WithHint("Text is ordered by code point: use collation \"C\".")
	default:
		return errAt(pos, pgerr.UndefinedObject, "collation %q for encoding \"UTF8\" does not exist", dotted(name.Parts))
	}
}

// starValue is t.* where one value is wanted: the whole row.
func (s *scope) starValue(e *ast.Star) (scalar, error) {
	if len(e.Qualifier) == 0 {
		return scalar{}, errAt(int(e.Pos), pgerr.SyntaxError, "row expansion via \"*\" is not supported here")
	}
	i, owner, err := s.findItem(e.Qualifier, int(e.Pos))
	if err != nil {
		return scalar{}, err
	}
	if i == nil {
		return scalar{}, s.missingItem(e.Qualifier, int(e.Pos))
	}
	return owner.wholeRow(i, int(e.Pos)), nil
}

func itoa(n int) string { return strconv.Itoa(n) }
