package plan

import (
	"slices"
	"sync"
)

// maxKeys is how many keys of one node are followed; a join multiplies them.
const maxKeys = 8

// Keys are sets of columns of a node that have been proved to identify its rows: no two rows agree in all columns of a set (nulls
// count as equal). An empty set means that there is at most one row. scan adds what is known about a relation beside its primary key;
// it may be nil.
func Keys(n Node, scan func(*Scan) [][]ColumnID) [][]ColumnID {
	k := keyFinder{scan: scan, windows: sync.OnceValue(func() []*Window { return sizedWindows(n) })}
	return k.keys(n)
}

// sizedWindows are the windows of one size below a node.
func sizedWindows(n Node) (windows []*Window) {
	Visit(n, func(n Node) {
		if w, ok := n.(*Window); ok && (w.Kind == Tumble || w.Kind == Hop) {
			windows = append(windows, w)
		}
	})
	return windows
}

type keyFinder struct {
	scan func(*Scan) [][]ColumnID
	// windows gives those of one size, of which either bound tells the other. They are looked for when a key may have both: that is a walk of all
	// that lies below, and this is asked of each node of a plan.
	windows func() []*Window
}

func (k keyFinder) keys(n Node) [][]ColumnID { return k.oneBound(k.found(n)) }

// oneBound has, for each key with both bounds of a window, one with the start only and one with the end only.
func (k keyFinder) oneBound(keys [][]ColumnID) [][]ColumnID {
	var out [][]ColumnID
	changed := false
	for _, key := range keys {
		both := false
		if len(key) < 2 {
			out = append(out, key)
			continue
		}
		for _, w := range k.windows() {
			start, end := w.Start.ID, w.End.ID
			if slices.Contains(key, start) && slices.Contains(key, end) {
				both = true
				but := func(drop ColumnID) []ColumnID {
					return slices.DeleteFunc(slices.Clone(key), func(id ColumnID) bool { return id == drop })
				}
				out = append(out, but(end), but(start))
				break
			}
		}
		changed = changed || both
		if !both {
			out = append(out, key)
		}
	}
	if !changed {
		return keys
	}
	return prune(k.oneBound(out))
}

func (k keyFinder) found(n Node) [][]ColumnID {
	switch n := n.(type) {
	case *Scan:
		return k.scanKeys(n)
	case *Values:
		if len(n.Rows) <= 1 {
			return [][]ColumnID{{}}
		}
	case *Filter:
		return k.filterKeys(n)
	case *Project:
		return projected(k.keys(n.Input), n)
	case *Join:
		return k.joinKeys(n)
	case *Window:
		return k.windowKeys(n)
	case *Aggregate:
		return prune(append(kept(k.keys(n.Input), setOfIDs(n.Keys)), n.Keys))
	case *Distinct:
		all := n.On
		if all == nil {
			all = ids(n.Columns())
		}
		return prune(append(k.keys(n.Input), all))
	case *Over:
		keys := k.keys(n.Input)
		for _, c := range n.Calls {
			if c.Function == FuncRowNumber {
				keys = append(keys, append(slices.Clone(n.Partition), c.Column.ID))
			}
		}
		return prune(keys)
	case *TopN:
		keys := k.keys(n.Input)
		if n.Kind == FuncRowNumber && n.Limit == 1 {
			keys = append(keys, n.Partition)
		}
		if n.Kind == FuncRowNumber && n.Number != nil {
			keys = append(keys, append(slices.Clone(n.Partition), n.Number.ID))
		}
		return prune(keys)
	case *Order:
		return k.keys(n.Input)
	case *Limit:
		if c, ok := n.Limit.(*Const); ok && !c.Value.Null && c.Value.Int <= 1 && !n.WithTies {
			return [][]ColumnID{{}}
		}
		return k.keys(n.Input)
	case *SetOp:
		return k.setOpKeys(n)
	case *Recursion:
		if !n.All {
			return [][]ColumnID{ids(n.Cols)}
		}
	case *Working:
	case *TableFunc:
		return k.tableFuncKeys(n)
	case *Single:
		return prune(append(k.keys(n.Input), n.Keys))
	case *Emit:
		return k.keys(n.Input)
	}
	return nil
}

func (k keyFinder) scanKeys(n *Scan) [][]ColumnID {
	var keys [][]ColumnID
	if k.scan != nil {
		keys = k.scan(n)
	}
	if len(n.Relation.PrimaryKey) == 0 {
		return keys
	}
	var key []ColumnID
	for _, place := range n.Relation.PrimaryKey {
		i := slices.IndexFunc(n.Cols, func(c Column) bool { return n.Place(c) == place })
		if i < 0 {
			return keys
		}
		key = append(key, n.Cols[i].ID)
	}
	return prune(append(keys, key))
}

// filterKeys drops the columns that the condition makes equal to a constant or to another column of the key.
func (k keyFinder) filterKeys(n *Filter) [][]ColumnID {
	fixed := ColumnSet{}
	for _, e := range Conjuncts(n.Cond) {
		if a, b, ok := Equality(e); ok {
			if c, ok := a.(*ColumnRef); ok && len(ExprColumns(b)) == 0 {
				fixed.Add(c.ID)
			}
			if c, ok := b.(*ColumnRef); ok && len(ExprColumns(a)) == 0 {
				fixed.Add(c.ID)
			}
		}
	}
	return without(k.keys(n.Input), fixed)
}

// joinKeys: a side that has at most one partner for each row of the other does not multiply that one.
func (k keyFinder) joinKeys(n *Join) [][]ColumnID {
	left := k.keys(n.Left)
	switch n.Kind {
	case SemiJoin, AntiJoin, NotInJoin, LeftSingleJoin:
		return left
	case InnerJoin, LeftJoin, FullJoin, LookupJoin, LeftLookupJoin:
	}
	right := k.keys(n.Right)
	inLeft, inRight := SetOf(n.Left.Columns()), SetOf(n.Right.Columns())
	fixedLeft, fixedRight := ColumnSet{}, ColumnSet{}
	for _, e := range Conjuncts(n.On) {
		a, b, ok := Equality(e)
		if !ok {
			continue
		}
		for range 2 {
			if c, ok := a.(*ColumnRef); ok {
				other := ExprColumns(b)
				if inLeft.Has(c.ID) && !other.Meets(inLeft) {
					fixedLeft.Add(c.ID)
				}
				if inRight.Has(c.ID) && !other.Meets(inRight) {
					fixedRight.Add(c.ID)
				}
			}
			a, b = b, a
		}
	}
	var keys [][]ColumnID
	if n.Kind != FullJoin {
		if hasEmpty(without(right, fixedRight)) {
			keys = append(keys, left...)
		}
		if n.Kind == InnerJoin && hasEmpty(without(left, fixedLeft)) {
			keys = append(keys, right...)
		}
	}
	for _, l := range left {
		for _, r := range right {
			if n.Kind != FullJoin && (n.Kind == InnerJoin || len(l) > 0) || len(l) > 0 && len(r) > 0 {
				keys = append(keys, append(slices.Clone(l), r...))
			}
		}
	}
	return prune(keys)
}

func (k keyFinder) windowKeys(n *Window) [][]ColumnID {
	keys := k.keys(n.Input)
	if n.Kind == Tumble || n.Kind == Session {
		return keys
	}
	var out [][]ColumnID
	for _, key := range keys {
		out = append(out, append(slices.Clone(key), n.Start.ID, n.End.ID))
		if n.Kind == Hop {
			out = append(out, append(slices.Clone(key), n.Start.ID), append(slices.Clone(key), n.End.ID))
		}
	}
	return prune(out)
}

func (k keyFinder) setOpKeys(n *SetOp) [][]ColumnID {
	if !n.All {
		return [][]ColumnID{ids(n.Cols)}
	}
	if n.Kind == Union {
		return nil
	}
	// What INTERSECT ALL and EXCEPT ALL leave is part of the left side.
	left := n.Left.Columns()
	var keys [][]ColumnID
	for _, key := range k.keys(n.Left) {
		var out []ColumnID
		for _, id := range key {
			out = append(out, n.Cols[slices.IndexFunc(left, func(c Column) bool { return c.ID == id })].ID)
		}
		if out == nil {
			out = []ColumnID{}
		}
		keys = append(keys, out)
	}
	return keys
}

func (k keyFinder) tableFuncKeys(n *TableFunc) [][]ColumnID {
	if n.Ordinality == nil {
		return nil
	}
	if n.Input == nil {
		return [][]ColumnID{{n.Ordinality.ID}}
	}
	var keys [][]ColumnID
	for _, key := range k.keys(n.Input) {
		keys = append(keys, append(slices.Clone(key), n.Ordinality.ID))
	}
	return keys
}

// projected are the keys whose columns a projection hands on, under the ids that it gives them.
func projected(keys [][]ColumnID, p *Project) [][]ColumnID {
	as := map[ColumnID]ColumnID{}
	for i, e := range p.Exprs {
		if c, ok := e.(*ColumnRef); ok {
			if _, has := as[c.ID]; !has || p.Cols[i].ID == c.ID {
				as[c.ID] = p.Cols[i].ID
			}
		}
	}
	var out [][]ColumnID
next:
	for _, key := range keys {
		named := make([]ColumnID, len(key))
		for i, id := range key {
			to, ok := as[id]
			if !ok {
				continue next
			}
			named[i] = to
		}
		out = append(out, named)
	}
	return out
}

// kept are the keys whose columns are all in a set.
func kept(keys [][]ColumnID, in ColumnSet) [][]ColumnID {
	return slices.DeleteFunc(slices.Clone(keys), func(key []ColumnID) bool {
		return slices.ContainsFunc(key, func(id ColumnID) bool { return !in.Has(id) })
	})
}

// without takes columns that are known to have one value out of keys.
func without(keys [][]ColumnID, fixed ColumnSet) [][]ColumnID {
	out := make([][]ColumnID, 0, len(keys))
	for _, key := range keys {
		out = append(out, slices.DeleteFunc(append([]ColumnID{}, key...), fixed.Has))
	}
	return prune(out)
}

// prune drops keys that hold another one, and all but the first few.
func prune(keys [][]ColumnID) [][]ColumnID {
	var out [][]ColumnID
	for i, key := range keys {
		set := setOfIDs(key)
		redundant := false
		for j, other := range keys {
			if i != j && set.HasAll(setOfIDs(other)) && (len(setOfIDs(other)) < len(set) || j < i) {
				redundant = true
			}
		}
		if !redundant {
			if key == nil {
				key = []ColumnID{}
			}
			out = append(out, key)
		}
	}
	return out[:min(len(out), maxKeys)]
}

func hasEmpty(keys [][]ColumnID) bool {
	return slices.ContainsFunc(keys, func(key []ColumnID) bool { return len(key) == 0 })
}

func ids(cols []Column) []ColumnID {
	out := make([]ColumnID, len(cols))
	for i, c := range cols {
		out[i] = c.ID
	}
	return out
}

func setOfIDs(list []ColumnID) ColumnSet {
	s := make(ColumnSet, len(list))
	for _, id := range list {
		s.Add(id)
	}
	return s
}

// Conjuncts are the parts of a condition that must all be true.
func Conjuncts(e Expr) []Expr {
	if e == nil {
		return nil
	}
	if l, ok := e.(*Logic); ok && !l.Or {
		var all []Expr
		for _, a := range l.Args {
			all = append(all, Conjuncts(a)...)
		}
		return all
	}
	return []Expr{e}
}

// And is the condition that all of list hold; nil if there are none.
func And(list ...Expr) Expr {
	var all []Expr
	for _, e := range list {
		all = append(all, Conjuncts(e)...)
	}
	switch len(all) {
	case 0:
		return nil
	case 1:
		return all[0]
	}
	return &Logic{Args: all}
}

// Equality takes a = b apart, and a IS NOT DISTINCT FROM b.
func Equality(e Expr) (a, b Expr, ok bool) {
	if c, isCall := e.(*Call); isCall && len(c.Args) == 2 && (c.Function.Name == "=" || c.Function.Name == NotDistinct) {
		return c.Args[0], c.Args[1], true
	}
	return nil, nil, false
}

// NotDistinct is the name of the functions of IS NOT DISTINCT FROM (fn.DistinctFrom).
const NotDistinct = "is not distinct from"
