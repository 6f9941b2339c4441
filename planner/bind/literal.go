package bind

import (
	"time"

	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/sql/types/datetime"
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
	others := []types.Settings{plain}
	if b.AnySettings {
		for _, order := range []datetime.Order{datetime.YMD, datetime.DMY} {
			other := plain
			other.DateOrder, other.Location = order, elsewhere
			others = append(others, other)
		}
	}
	for i := range others {
		if again, err := types.Parse(t, string(c.Value.Bytes), &others[i]); err != nil || types.Text(t, again, &plain) != text {
			b.Literals(literal, text)
			return
		}
	}
}

// elsewhere is a time zone that nobody has.
var elsewhere = time.FixedZone("", -(11*3600 + 7*60))
