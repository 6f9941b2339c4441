package gen

import (
	"slices"
	"strings"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// table makes the rows of one relation. It is a pure function of the row number, and safe for concurrent use.
type table struct {
	columns []column
	// rows is how many there are; endless if there is no end.
	rows int64
}

// endless is more rows than anyone reads.
const endless = 1<<62 - 1

// column makes one column.
type column struct {
	name string
	typ  types.Type
	// fill appends the values of rows from..from+n-1. It depends on no other column.
	fill func(v *batch.Vec, from int64, n int)
	// pick appends the values of those of the rows behind from that sel lists; nil: all are made, and picked from.
	pick func(v *batch.Vec, from int64, sel []int32)
	// words are all values that there are, if the column is one of few texts, and word says which of them a row has.
	words []string
	word  func(row int64) int64
}

// known tells whether it is known of a row, without making texts, what a predicate says of the column.
func (c *column) known() bool { return c.words != nil || c.typ.Kind() == types.Int64 }

// known are the columns as a CREATE SOURCE without a column list gets them.
func (t *table) known() []connector.Column {
	list := make([]connector.Column, len(t.columns))
	for i, c := range t.columns {
		list[i] = connector.Column{Name: c.name, Type: c.typ}
	}
	return list
}

// find answers the generator of a declared column. The declared type must hold the generated values as they are.
func (t *table) find(what string, want connector.Column) (column, error) {
	i := slices.IndexFunc(t.columns, func(c column) bool { return strings.EqualFold(c.name, want.Name) })
	if i < 0 {
		var names []string
		for _, c := range t.columns {
			names = append(names, c.name)
		}
		return column{}, pgerr.Newf(pgerr.UndefinedColumn, "%s has no column %q", what, want.Name).
			WithHint("Its columns are: %s.", strings.Join(names, ", "))
	}
	c := t.columns[i]
	if c.typ.OID != want.Type.OID {
		return column{}, pgerr.Newf(pgerr.DatatypeMismatch, "column %q of %s is of type %s, not %s",
			want.Name, what, types.FormatType(c.typ), types.FormatType(want.Type)).
			WithHint("Leave the column list out, or declare the column so and cast it in a query.")
	}
	return c, nil
}

// ints makes a column of kind Int64 from a function that fills a slice.
func ints(name string, typ types.OID, fill func(dst []int64, from int64)) column {
	return column{name: name, typ: types.Of(typ), fill: func(v *batch.Vec, from int64, n int) {
		at := len(v.Ints)
		v.Ints = slices.Grow(v.Ints, n)[:at+n]
		fill(v.Ints[at:], from)
	}}
}

// texts makes a column of type text from a function that appends one value.
func texts(name string, appendTo func(dst []byte, row int64) []byte) column {
	return column{
		name: name, typ: types.Of(types.OIDText),
		fill: func(v *batch.Vec, from int64, n int) {
			data, offsets := v.Data, slices.Grow(v.Offsets, n)
			for row := from; row < from+int64(n); row++ {
				data = appendTo(data, row)
				offsets = append(offsets, uint32(len(data)))
			}
			v.Data, v.Offsets = data, offsets
		},
		pick: func(v *batch.Vec, from int64, sel []int32) {
			data, offsets := v.Data, slices.Grow(v.Offsets, len(sel))
			for _, i := range sel {
				data = appendTo(data, from+int64(i))
				offsets = append(offsets, uint32(len(data)))
			}
			v.Data, v.Offsets = data, offsets
		},
	}
}

// oneOf makes a column of type text with few values, of a function that says which of them a row has.
func oneOf(name string, list []string, word func(row int64) int64) column {
	c := texts(name, func(dst []byte, row int64) []byte { return append(dst, list[word(row)]...) })
	c.words, c.word = list, word
	return c
}
