package ast

// IndexElem is a column or expression of an index or of the key of a partitioned table, and how it is sorted. It also names
// an index in ON CONFLICT.
type IndexElem struct {
	Pos
	X              Expr // a column is a ColumnRef
	Collation      *Name
	Opclass        *Name
	OpclassOptions []*Option
	Desc           bool
	Nulls          NullsOrder
}

func (e *IndexElem) print(p *printer) {
	p.indexed(e.X)
	p.clause("COLLATE", e.Collation)
	p.put(e.Opclass)
	paren(p, e.OpclassOptions)
	p.sorted(e.Desc, e.Nulls)
}

// indexed writes x where only a column, a function call or an expression in parentheses may stand.
func (p *printer) indexed(x Expr) {
	if standsBare(x) {
		p.put(x)
		return
	}
	p.put("(", x, ")")
}

func standsBare(x Expr) bool {
	switch x := x.(type) {
	case *ColumnRef:
		return len(x.Parts) == 1
	case *FuncCall:
		return x.Filter == nil && x.Over == nil && x.Nulls == DefaultNulls && !x.WithinGroup
	case *Special:
		return x.Kind != "GROUPING"
	case *ValueFunc:
		return true
	default:
		return false
	}
}
