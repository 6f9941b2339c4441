package eval

import (
	"testing"

	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

// TestSetsAreMade: many constants are a set, a few are compared with each, and so are those of types whose equal values look different.
func TestSetsAreMade(t *testing.T) {
	for _, c := range []struct {
		oid  types.OID
		n    int
		want bool
	}{
		{types.OIDInt8, setLeast, true},
		{types.OIDInt8, setLeast - 1, false},
		{types.OIDText, setLeast, true},
		{types.OIDFloat8, setLeast, false},
		{types.OIDNumeric, setLeast, false},
	} {
		e := &flow.Logic{Or: true}
		for _, o := range fn.Builtins().Operators("=") {
			if o.Left != c.oid || o.Right != c.oid {
				continue
			}
			for range c.n {
				e.Args = append(e.Args, &flow.Call{Function: o.Function, Typ: types.Of(types.OIDBool), Args: []flow.Expr{
					&flow.Column{Typ: types.Of(c.oid)}, &flow.Const{Typ: types.Of(c.oid), Value: types.NullValue},
				}})
			}
		}
		if _, got := compile(e).(*inSet); got != c.want {
			t.Errorf("%d constants of type %d: a set is %v", c.n, c.oid, got)
		}
	}
}
