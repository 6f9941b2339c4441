package plan

import (
	"bytes"
	"slices"

	"github.com/freshetdb/freshet/sql/types"
)

// Equal tells whether two expressions are the same but for their places in the text. Queries within are compared too; columns that
// they make themselves match by where they are made.
func Equal(a, b Expr) bool { return equal(a, b, map[ColumnID]ColumnID{}) }

func equal(a, b Expr, ids map[ColumnID]ColumnID) bool {
	list := func(x, y []Expr) bool {
		return slices.EqualFunc(x, y, func(x, y Expr) bool { return equal(x, y, ids) })
	}
	switch a := a.(type) {
	case *ColumnRef:
		b, ok := b.(*ColumnRef)
		if !ok {
			return false
		}
		if own, ok := ids[a.ID]; ok {
			return own == b.ID
		}
		return a.ID == b.ID
	case *Const:
		b, ok := b.(*Const)
		return ok && a.Typ == b.Typ && equalValues(a.Value, b.Value, a.Typ.Kind())
	case *Param:
		b, ok := b.(*Param)
		return ok && a.Index == b.Index && a.Typ == b.Typ
	case *Call:
		b, ok := b.(*Call)
		return ok && a.Function == b.Function && a.Typ == b.Typ && list(a.Args, b.Args)
	case *Logic:
		b, ok := b.(*Logic)
		return ok && a.Or == b.Or && list(a.Args, b.Args)
	case *Not:
		b, ok := b.(*Not)
		return ok && equal(a.X, b.X, ids)
	case *IsNull:
		b, ok := b.(*IsNull)
		return ok && a.Not == b.Not && equal(a.X, b.X, ids)
	case *Case:
		b, ok := b.(*Case)
		return ok && a.Typ == b.Typ && equal(a.Else, b.Else, ids) && slices.EqualFunc(a.Whens, b.Whens, func(x, y When) bool {
			return equal(x.Cond, y.Cond, ids) && equal(x.Result, y.Result, ids)
		})
	case *Coalesce:
		b, ok := b.(*Coalesce)
		return ok && a.Typ == b.Typ && list(a.Args, b.Args)
	case *Subquery:
		b, ok := b.(*Subquery)
		return ok && a.Kind == b.Kind && a.Typ == b.Typ && slices.Equal(a.Op, b.Op) && list(a.X, b.X) && equalNodes(a.Query, b.Query, ids)
	}
	return false
}

func equalValues(a, b types.Value, kind types.Kind) bool {
	if a.Null || b.Null {
		return a.Null == b.Null
	}
	switch kind {
	case types.Float64:
		return a.Float == b.Float
	case types.Bytes:
		return bytes.Equal(a.Bytes, b.Bytes)
	case types.Bool, types.Int64:
	}
	return a.Int == b.Int
}

// equalNodes compares plans by their text with the columns numbered anew, after it has matched the columns that they make.
func equalNodes(a, b Node, ids map[ColumnID]ColumnID) bool {
	if len(a.Columns()) != len(b.Columns()) {
		return false
	}
	inA, inB := Inputs(a), Inputs(b)
	if len(inA) != len(inB) {
		return false
	}
	for i := range inA {
		if !equalNodes(inA[i], inB[i], ids) {
			return false
		}
	}
	colsB := b.Columns()
	for i, c := range a.Columns() {
		if c.Type != colsB[i].Type || c.Number != colsB[i].Number || c.Table != colsB[i].Table {
			return false
		}
		ids[c.ID] = colsB[i].ID
	}
	exprsA, exprsB := Exprs(a), Exprs(b)
	if !slices.EqualFunc(exprsA, exprsB, func(x, y Expr) bool { return equal(x, y, ids) }) {
		return false
	}
	c := copier{ids, func() ColumnID { return 0 }}
	return head(c.node(leaf(a))) == head(leaf(b))
}

// leaf is a node itself. Its text has the ids of its inputs' columns, and not their names.
func leaf(n Node) Node {
	return MapInputs(n, func(Node) Node { return &Values{} })
}
