package bind

import (
	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/types"
)

// wrote remembers which literal a constant was written as.
func (b *binder) wrote(c *plan.Const, literal *ast.Literal) {
	if b.Literals == nil {
		return
	}
	if b.written == nil {
		b.written = map[*plan.Const]*ast.Literal{}
	}
	b.written[c] = literal
}

// tellLiteral tells the caller that a literal means v, if under the default settings it would mean something else.
func (b *binder) tellLiteral(c *plan.Const, t types.Type, v types.Value, settings *types.Settings) {
	literal := b.written[c]
	if literal == nil {
		return
	}
	plain := *types.DefaultSettings
	plain.Names, plain.Enums = settings.Names, settings.Enums
	text := types.Text(t, v, &plain)
	if again, err := types.Parse(t, string(c.Value.Bytes), &plain); err != nil || types.Text(t, again, &plain) != text {
		b.Literals(literal, text)
	}
}
