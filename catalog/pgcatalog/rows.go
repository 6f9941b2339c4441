package pgcatalog

import (
	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// rows takes the rows of one scan. After an error it takes no more; finish returns it.
type rows struct {
	relation *relation
	columns  []types.Type
	batch    *batch.Batch
	emit     func(*batch.Batch) error
	err      error
	// hinted is the place of the hint's column; -1 without a hint.
	hinted int
	codec  *types.Codec
	value  types.Value
	// cells is the row that sparse makes.
	cells []types.Value
	// hidden are the values of systemColumns, the same in all rows.
	hidden []types.Value
}

func newRows(r *relation, version uint64, hint Hint, emit func(*batch.Batch) error) *rows {
	w := &rows{relation: r, emit: emit, hinted: -1, value: hint.Value}
	for i := range r.columns {
		c := &r.columns[i]
		t := c.typ()
		w.columns = append(w.columns, t)
		if c.name == hint.Column && !hint.Value.Null {
			w.hinted = i
			w.codec, _ = types.CodecOf(t.OID)
		}
	}
	columns := w.columns
	if r.hasSystemColumns() {
		for i := range systemColumns {
			columns = append(columns, systemColumns[i].typ())
		}
		w.hidden = []types.Value{integer(r.oid), integer(uint32(version))}
	}
	w.batch = batch.New(columns...)
	return w
}

// only is the OID that the hint asks for in a column; ok is false if it asks for none.
func (w *rows) only(column string) (id catalog.ID, ok bool) {
	if w.hinted < 0 || w.relation.columns[w.hinted].name != column {
		return 0, false
	}
	return catalog.ID(uint32(w.value.Int)), true
}

// add appends a row, a value for each column.
func (w *rows) add(values ...types.Value) {
	if w.err != nil {
		return
	}
	if len(values) != len(w.columns) {
		w.err = invariants.Errorf("%s has %d columns, and a row has %d values", w.relation.name, len(w.columns), len(values))
		return
	}
	if w.hinted >= 0 && (values[w.hinted].Null || w.codec.Compare(values[w.hinted], w.value) != 0) {
		return
	}
	for i := range values {
		w.batch.Cols[i].Append(values[i])
	}
	w.end()
}

// end completes a row whose columns have been appended.
func (w *rows) end() {
	for i := range w.hidden {
		w.batch.Cols[len(w.columns)+i].Append(w.hidden[i])
	}
	w.batch.AppendDiff(1)
	if w.batch.Len() == batch.Rows {
		w.flush()
	}
}

// cell is a value of a column by its name.
type cell struct {
	column string
	value  types.Value
}

// sparse appends a row of which most columns are null.
func (w *rows) sparse(cells ...cell) {
	if w.cells == nil {
		w.cells = make([]types.Value, len(w.columns))
	}
	for i := range w.cells {
		w.cells[i] = null
	}
	at := 0
	for _, c := range cells {
		// Cells are mostly in the order of the columns.
		for n := range w.columns {
			if i := (at + n) % len(w.columns); w.relation.columns[i].name == c.column {
				w.cells[i] = c.value
				at = i + 1
				break
			}
			if n == len(w.columns)-1 {
				w.err = invariants.Errorf("%s has no column %s", w.relation.name, c.column)
			}
		}
	}
	w.add(w.cells...)
}

// addBatch appends the rows of a batch of the relation's columns.
func (w *rows) addBatch(b *batch.Batch) {
	for i := range b.Len() {
		w.addFrom(b, i)
	}
}

// addFrom appends a row of a batch of the relation's columns.
func (w *rows) addFrom(b *batch.Batch, i int) {
	if w.err != nil {
		return
	}
	if w.hinted >= 0 {
		if v := b.Cols[w.hinted].Value(i); v.Null || w.codec.Compare(v, w.value) != 0 {
			return
		}
	}
	for c := range b.Cols {
		w.batch.Cols[c].AppendFrom(&b.Cols[c], i)
	}
	w.end()
}

func (w *rows) flush() {
	if w.err == nil && w.batch.Len() > 0 {
		w.err = w.emit(w.batch)
	}
	w.batch.Reset()
}

func (w *rows) finish() error {
	w.flush()
	return w.err
}

// Values of columns.

var null = types.NullValue

func integer[T ~int | ~int16 | ~int32 | ~int64 | ~uint16 | ~uint32 | ~uint64](n T) types.Value {
	return types.IntValue(int64(n))
}

func text[T ~string](s T) types.Value { return types.TextValue(string(s)) }

// textOrNull is null for no text.
func textOrNull[T ~string](s T) types.Value {
	if s == "" {
		return null
	}
	return text(s)
}

func boolean(b bool) types.Value { return types.BoolValue(b) }

func float(f float64) types.Value { return types.FloatValue(f) }

// char is a value of type "char"; 0 is the empty one, which is a byte as any other.
func char(c byte) types.Value { return types.BytesValue(chars[c : int(c)+1]) }

// chars has every byte, for values of one.
var chars = func() []byte {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	return all
}()

// yesNo is information_schema's boolean.
func yesNo(b bool) types.Value {
	if b {
		return text("YES")
	}
	return text("NO")
}

// array is an array value; its elements' type must be one that is built in.
func array(elem types.OID, values ...types.Value) types.Value {
	v, err := types.MakeArray(elem, values...)
	if err != nil {
		return null
	}
	return v
}
