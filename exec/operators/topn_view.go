package operators

import (
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
)

// topView is how a top-N whose rows are those of a view writes them into the view's table, if nobody wants them in columns: each is encoded once, from
// where it lies in memory to where it is committed from. Rows are never taken back there, so that a number, once given, always has a row: what is
// written are rows that have a number that another had, or nobody.
type topView struct {
	run    *state.Run // nil: rows are emitted
	prefix []byte     // of the keys of the partition
	number *key.Encoder
	sorter key.Sorter
}

// viewRun answers what the changes of the tick are to be written into, nil if they are to be emitted.
func (n *topN) viewRun() *state.Run {
	if n.spec.View == nil || n.env.View == nil || len(n.touched) == 0 {
		return nil
	}
	return n.env.View.Begin()
}

// writeView writes the changes of the tick into the view's table, in the order of its keys.
func (n *topN) writeView(run *state.Run) error {
	w := &n.walk
	n.keys.Reset()
	for _, part := range n.touched {
		n.keys.Data = n.appendPart(n.keys.Data, part)
		n.keys.End()
	}
	w.view.run = run
	run.Keys.Grow(len(n.dirty), 0)
	for _, i := range w.view.sorter.Sort(&n.keys) {
		w.view.prefix = n.keys.At(int(i))
		n.trimLast(n.touched[i])
		if err := w.part(n.touched[i], false); err != nil {
			return err
		}
	}
	w.view.run = nil
	n.env.View.End(run.Len())
	return nil
}

// put writes a row that has got a number.
func (v *topView) put(n *topN, r ref, number, diff int64) {
	if diff < 0 {
		return // another row has the number now
	}
	k, values := &v.run.Keys, &v.run.Values
	k.Data = append(k.Data, v.prefix...)
	if n.to > 1 {
		k.Data = v.number.AppendValues(k.Data, types.IntValue(number))
	}
	k.End()
	values.Data = n.rows.appendColumns(values.Data, r, n.spec.View, number)
	if values.End(); v.run.Len() == 1 { // the others may be as long
		k.Grow(0, len(n.dirty)*len(k.Data))
		values.Grow(len(n.dirty), len(n.dirty)*len(values.Data))
	}
}
