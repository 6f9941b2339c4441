package session

import (
	"strings"
	"unicode/utf8"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/exec/eval"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner"
	"github.com/freshetdb/freshet/planner/flow"
	logical "github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// checks are the constraints that rows of a table must fulfil each by itself.
type checks struct {
	table  *catalog.Object
	schema string
	// shown are the places of the columns that are not hidden.
	shown []int
	exprs []flow.Expr // over all columns, with those that are hidden as nulls
	names []string
}

func newChecks(o *catalog.Object, options planner.Options) (*checks, error) {
	c := &checks{table: o, schema: schemaName(options.Catalog, o)}
	for i, column := range o.Columns {
		if !column.Hidden {
			c.shown = append(c.shown, i)
		}
	}
	options.NoParams = true
	for i := range o.Constraints {
		k := &o.Constraints[i]
		if k.Kind != catalog.Check || k.NotEnforced {
			continue
		}
		x, err := parseExpr(k.Expr)
		if err != nil {
			return nil, err
		}
		e, err := planner.Expr(x, o, logical.Condition(logical.UseCheck), options)
		if err != nil {
			return nil, err
		}
		c.exprs, c.names = append(c.exprs, e), append(c.names, k.Name)
	}
	return c, nil
}

// schemaName is the name of the schema that an object is in.
func schemaName(snapshot *catalog.Snapshot, o *catalog.Object) string {
	if schema := snapshot.Object(o.Schema); schema != nil {
		return schema.Name
	}
	return ""
}

// check checks rows, which have all columns or all but the hidden ones.
func (c *checks) check(ctx *eval.Context, b *batch.Batch) error {
	_, err := c.find(ctx, b)
	return err
}

// find is check, and tells which row is at fault: the first one, by the first of what it breaks.
func (c *checks) find(ctx *eval.Context, b *batch.Batch) (row int, err error) {
	row = b.Len()
	for n, place := range c.shown {
		at := n
		if len(b.Cols) == len(c.table.Columns) {
			at = place
		}
		column := &c.table.Columns[place]
		if !column.NotNull || !b.Cols[at].HasNulls() {
			continue
		}
		for i := range row {
			if b.Cols[at].IsNull(i) {
				broken := pgerr.Newf(pgerr.NotNullViolation, "null value in column %q of relation %q violates not-null constraint", column.Name, c.table.Name)
				broken.Schema, broken.Table, broken.Column = c.schema, c.table.Name, column.Name
				row, err = i, broken.WithDetail("Failing row contains %s.", c.rowText(b, i))
				break
			}
		}
	}
	if len(c.exprs) == 0 || b.Len() == 0 {
		return row, err
	}
	rows := whole(c.table, b)
	for k, e := range c.exprs {
		ctx.Errors.Truncate(0)
		v := eval.Compile(e).Eval(ctx, rows)
		if ctx.Errors.Len() > 0 && int(ctx.Errors.Rows[0]) < row {
			row, err = int(ctx.Errors.Rows[0]), ctx.Errors.Errs[0]
		}
		for i := range row {
			n := i
			if v.Const {
				n = 0
			}
			if v.IsNull(n) || v.Bools[n] {
				continue
			}
			broken := pgerr.Newf(pgerr.CheckViolation, "new row for relation %q violates check constraint %q", c.table.Name, c.names[k])
			broken.Schema, broken.Table, broken.Constraint = c.schema, c.table.Name, c.names[k]
			row, err = i, broken.WithDetail("Failing row contains %s.", c.rowText(b, i))
			break
		}
	}
	return row, err
}

// maxFieldText is how many bytes of a value an error shows (maxfieldlen of ExecBuildSlotValueDescription).
const maxFieldText = 64

// rowText writes a row for an error.
func (c *checks) rowText(b *batch.Batch, i int) string {
	var fields []string
	for n, place := range c.shown {
		at := n
		if len(b.Cols) == len(c.table.Columns) {
			at = place
		}
		v := b.Cols[at].Value(i)
		text := "null"
		if !v.Null {
			text = types.Text(c.table.Columns[place].Type, v, types.DefaultSettings)
		}
		if len(text) > maxFieldText {
			end := maxFieldText
			for end > 0 && !utf8.RuneStart(text[end]) {
				end--
			}
			text = text[:end] + "..."
		}
		fields = append(fields, text)
	}
	return "(" + strings.Join(fields, ", ") + ")"
}
