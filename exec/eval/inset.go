package eval

import (
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

// setLeast is from how many constants on a column is looked up in a set of them instead of being compared with each.
const setLeast = 16

// inSet is column IN (constants), or with not, NOT IN: an OR of = or an AND of <>. A null constant makes a row null that no other one decides.
type inSet struct {
	column
	not, hasNull bool
	kind         types.Kind
	ints         map[int64]struct{}
	texts        map[string]struct{}
	out          batch.Vec
}

// compileSets takes comparisons of a column with many constants out of an OR or AND and gives sets in their place.
func compileSets(e *flow.Logic) (sets []part, rest []flow.Expr) {
	if len(e.Args) < setLeast {
		return nil, e.Args
	}
	counts := map[setKey]int{}
	for _, arg := range e.Args {
		if k, _, ok := comparesConst(arg, e.Or); ok {
			counts[k]++
		}
	}
	made := map[setKey]*inSet{}
	for _, arg := range e.Args {
		k, value, ok := comparesConst(arg, e.Or)
		if !ok || counts[k] < setLeast {
			rest = append(rest, arg)
			continue
		}
		s := made[k]
		if s == nil {
			s = &inSet{column: column(k.column), not: !e.Or, kind: k.kind, out: newBools(), ints: map[int64]struct{}{}, texts: map[string]struct{}{}}
			made[k] = s
			sets = append(sets, part{node: s, columns: []int{k.column}})
		}
		s.add(value)
	}
	return sets, rest
}

// setKey tells which comparisons are of one set. Those of other types of the column, or of the constant, are of others.
type setKey struct {
	column      int
	left, right types.OID
	kind        types.Kind
}

// comparesConst tells whether an expression is column = constant, or column <> constant, of types of which equal values look the same.
func comparesConst(e flow.Expr, equal bool) (k setKey, value types.Value, ok bool) {
	symbol := "<>"
	if equal {
		symbol = "="
	}
	call, ok := e.(*flow.Call)
	if !ok || call.Function.Name != symbol || len(call.Args) != 2 {
		return k, value, false
	}
	col, isColumn := call.Args[0].(*flow.Column)
	c, isConst := call.Args[1].(*flow.Const)
	if !isColumn || !isConst || !looksSame(col.Typ.OID, c.Typ.OID) || !looksSame(call.Function.Args[0], call.Function.Args[1]) {
		return k, value, false
	}
	return setKey{col.Index, col.Typ.OID, c.Typ.OID, col.Typ.Kind()}, c.Value, true
}

// looksSame tells whether values of two types are equal if and only if they are the same in memory: not so numeric, of which 1.0 equals 1.00, and
// float8, of which 0 equals -0.
func looksSame(a, b types.OID) bool {
	return setClass(a) != 0 && setClass(a) == setClass(b)
}

// setClass is the same for types whose values can be compared as they are, 0 for those that are never compared so.
func setClass(t types.OID) types.OID {
	switch t {
	case types.OIDInt2, types.OIDInt4, types.OIDInt8:
		return types.OIDInt8
	case types.OIDText, types.OIDVarchar:
		return types.OIDText
	case types.OIDDate, types.OIDTimestamp, types.OIDTimestamptz, types.OIDBytea, types.OIDUUID:
		return t
	default:
		return 0
	}
}

func (s *inSet) add(v types.Value) {
	switch {
	case v.Null:
		s.hasNull = true
	case s.kind == types.Bytes:
		s.texts[string(v.Bytes)] = struct{}{}
	default:
		s.ints[v.Int] = struct{}{}
	}
}

func (s *inSet) eval(ctx *Context, b *batch.Batch) fn.Arg {
	x := s.column.eval(ctx, b)
	s.out.Reset()
	nulls := x.HasNulls()
	for i := range b.Len() {
		if nulls && x.IsNull(i) {
			s.out.AppendNull()
			continue
		}
		var found bool
		if s.kind == types.Bytes {
			_, found = s.texts[string(x.BytesAt(i))]
		} else {
			_, found = s.ints[x.Ints[i]]
		}
		if !found && s.hasNull {
			s.out.AppendNull()
			continue
		}
		s.out.Bools = append(s.out.Bools, found != s.not)
	}
	return fn.Arg{Vec: &s.out}
}
