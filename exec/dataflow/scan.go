package dataflow

import (
	"errors"
	"slices"

	"github.com/freshetdb/freshet/exec/eval"
	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
)

// decode makes the decoder of a scan, unless the last run's is for the same arrangement. A scan that was planned for another form of the relation
// is a ConflictError.
func (n *oneNode) decode(rel *relation, spec *flow.Scan, arrangement int) error {
	if arrangement < len(rel.arrangements) && n.decoder != nil && n.decoder.a == rel.arrangements[arrangement] {
		return nil
	}
	if !rel.fits(spec, n.run.options.Graph.Nodes[n.id].Columns) {
		return &ConflictError{rel.def.ID}
	}
	n.decoder = newDecoder(rel.arrangements[arrangement], rel.types, spec.Columns)
	return nil
}

// scan gives the rows of a relation in the snapshot that an access asks for.
func (run *oneShot) scan(spec *flow.Scan, n *oneNode) error {
	o, emit := &run.options, n.emit
	if o.System != nil && o.Snapshot.view.relations.Get(spec.Relation) == nil { // one that is in the store is no relation of the system
		if system, ok := o.System(spec.Relation); ok {
			return system(run.ctx, spec.Columns, emit)
		}
	}
	rel, err := o.Snapshot.relation(spec.Relation)
	if err != nil {
		return err
	}
	access := spec.Access
	if access == nil {
		access = &flow.Access{}
	}
	if err := n.decode(rel, spec, access.Arrangement); err != nil {
		return err
	}
	d, a := n.decoder, n.decoder.a
	want, empty, err := run.ranges(a, access)
	if err != nil || empty {
		return err
	}
	if o.Txn != nil {
		o.Txn.note(read{rel.def.ID, access.Arrangement, want.Range})
	}
	reader := &n.table
	o.Snapshot.store.OpenTable(reader, key.TableID(a.Table))
	defer func() { n.table = storage.Table{} }() // it keeps layers of the epoch in memory
	var own *overlay
	if o.View != nil {
		if own, err = o.View.overlay(rel, access.Arrangement); err != nil {
			return err
		}
	}
	if a.packed && (want.From != nil || want.To != nil || want.Reverse) {
		return invariants.Errorf("relation %d: rows are looked for by their numbers", rel.def.ID)
	}
	if want.point {
		return d.lookup(reader, own, want.From, emit)
	}
	cursor, err := reader.Scan(want.Range)
	if err != nil {
		return err
	}
	if own != nil {
		cursor = newOverlaid(cursor, own, want.Range)
	}
	return errors.Join(d.scan(cursor, emit), cursor.Close())
}

// wanted is a range of keys; or one key, which the range begins with.
type wanted struct {
	state.Range
	point bool
}

// ranges computes the keys that an access asks for; they are borrowed until the next call. empty tells that no row can be there.
func (run *oneShot) ranges(a *arrangement, access *flow.Access) (want wanted, empty bool, err error) {
	want.Reverse = access.Reverse
	if len(access.Equal) == 0 && access.Low == nil && access.High == nil {
		return want, false, nil
	}
	values := run.values[:0]
	for _, e := range access.Equal {
		v, err := run.value(e)
		if err != nil || v.Null {
			return want, true, err
		}
		values = append(values, v)
	}
	prefix := a.enc.AppendValues(run.key[:0], values...)
	run.values, run.key = values, prefix
	if access.Low == nil && access.High == nil {
		want.point = a.Unique && len(values) == len(a.cols)
		want.From = prefix
		if !want.point || run.options.Txn != nil {
			want.To = key.PrefixEnd(prefix)
		}
		return want, false, nil
	}
	low, lowTag, lowEmpty, err := run.bound(a, values, prefix, access.Low)
	if err != nil || lowEmpty {
		return want, true, err
	}
	high, highTag, highEmpty, err := run.bound(a, values, prefix, access.High)
	if err != nil || highEmpty {
		return want, true, err
	}
	// A range has no nulls: where it is open it ends with the tag that all values begin with.
	switch {
	case low == nil:
		want.From = highTag
	case access.Low.Inclusive:
		want.From = low
	default:
		want.From = key.PrefixEnd(low)
	}
	switch {
	case high == nil:
		want.To = key.PrefixEnd(lowTag)
	case access.High.Inclusive:
		want.To = key.PrefixEnd(high)
	default:
		want.To = high
	}
	return want, false, nil
}

// bound encodes one end of a range behind a prefix; tag is the prefix with the first byte of values.
func (run *oneShot) bound(a *arrangement, values []types.Value, prefix []byte, l *flow.Limit) (k, tag []byte, empty bool, err error) {
	if l == nil {
		return nil, nil, false, nil
	}
	v, err := run.value(l.Value)
	if err != nil || v.Null {
		return nil, nil, true, err
	}
	k = a.enc.AppendValues(nil, append(slices.Clip(values), v)...)
	return k, k[:len(prefix)+1], false, nil
}

// value computes an expression without columns.
func (run *oneShot) value(e flow.Expr) (types.Value, error) {
	switch e := e.(type) {
	case *flow.Const:
		return e.Value, nil
	case *flow.Param:
		return run.eval.Params[e.Index], nil
	default:
		return constant(e, &run.eval)
	}
}

// constant computes an expression without columns.
func constant(e flow.Expr, ctx *eval.Context) (types.Value, error) {
	var one batch.Batch
	one.SetLen(1)
	ctx.Errors.Truncate(0)
	v := eval.Compile(e).Eval(ctx, &one).Value(0)
	if ctx.Errors.Len() > 0 {
		return types.NullValue, ctx.Errors.Errs[0]
	}
	return v, nil
}

// decoder makes batches of wanted columns of an arrangement's entries.
type decoder struct {
	a    *arrangement
	out  *batch.Batch
	dst  []*batch.Vec // by column of the relation
	skip []*batch.Vec // of the key: none is wanted
	// copies are wanted columns that are another one's again, with their place.
	copies []columnCopy
	value  []byte // of the entry that was looked up
	rows   state.RowsDecoder
	packs  state.Unpacker
}

type columnCopy struct{ from, to int }

func newDecoder(a *arrangement, all []types.Type, columns []int) *decoder {
	d := &decoder{a: a, dst: make([]*batch.Vec, len(all)), skip: make([]*batch.Vec, len(a.cols))}
	wanted := make([]types.Type, len(columns))
	for i, c := range columns {
		wanted[i] = all[c]
	}
	d.out = batch.New(wanted...)
	for i, c := range columns {
		if d.dst[c] == nil {
			d.dst[c] = &d.out.Cols[i]
		} else {
			d.copies = append(d.copies, columnCopy{slices.Index(columns, c), i})
		}
	}
	return d
}

// add appends an entry.
func (d *decoder) add(k, value []byte) error {
	count, err := d.a.decode(d.dst, d.skip, k, value)
	if err != nil {
		return err
	}
	for _, c := range d.copies {
		d.out.Cols[c.to].AppendFrom(&d.out.Cols[c.from], d.out.Len())
	}
	d.out.AppendDiff(count)
	return nil
}

// scanRows is how many entries are fetched at once at first, so that a LIMIT 1 does not read two thousand.
const scanRows = 64

// runsAhead is how many runs of batch.Rows entries, or of a megabyte, a long scan has in memory.
const runsAhead = 4

// valuesOnly tells whether entries are decoded without their keys.
func (d *decoder) valuesOnly() bool { return d.a.Unique && !d.a.packed }

// scan emits all entries of a cursor.
func (d *decoder) scan(c state.Cursor, emit op.Emit) error {
	run := state.Run{ValuesOnly: d.valuesOnly()}
	rows := scanRows
	if d.a.packed {
		rows = 1 // pack
	}
	for ; rows < batch.Rows; rows = min(4*rows, batch.Rows) {
		run.Reset()
		more, err := c.Next(&run, rows)
		if err == nil {
			err = d.emit(&run, emit)
		}
		if err != nil || !more {
			return err
		}
	}
	return d.scanAhead(c, emit)
}

// scanAhead emits what follows, while a goroutine reads on: a few runs, so that neither waits for the other's every one.
func (d *decoder) scanAhead(c state.Cursor, emit op.Emit) error {
	type fetched struct {
		run *state.Run
		err error
	}
	empty, full := make(chan *state.Run, runsAhead), make(chan fetched, runsAhead)
	for range runsAhead {
		empty <- &state.Run{ValuesOnly: d.valuesOnly()}
	}
	go func() { // ends with the cursor, with its first error, or when empty is closed
		defer close(full)
		for run := range empty {
			run.Reset()
			more, err := c.Next(run, batch.Rows)
			full <- fetched{run, err}
			if err != nil || !more {
				return
			}
		}
	}()
	defer func() {
		close(empty)
		for range empty { // it need not read into these
		}
		for range full { // until it has ended: it uses the cursor
		}
	}()
	for got := range full {
		if got.err != nil {
			return got.err
		}
		if err := d.emit(got.run, emit); err != nil {
			return err
		}
		empty <- got.run
	}
	return nil
}

// emit emits entries.
func (d *decoder) emit(run *state.Run, emit op.Emit) error {
	for from := 0; from < run.Len(); {
		d.out.Reset()
		next, err := d.decode(run, from)
		if err != nil {
			return err
		}
		if err := emit(d.out); err != nil {
			return err
		}
		from = next
	}
	return nil
}

// decode appends entries from one on to out, which is empty: all, or as many packs as a batch has room for. It answers the next entry.
func (d *decoder) decode(run *state.Run, from int) (next int, err error) {
	if d.a.packed {
		return d.decodePacks(run, from)
	}
	if !d.valuesOnly() {
		for i := from; i < run.Len(); i++ {
			if err := d.add(run.Keys.At(i), run.Values.At(i)); err != nil {
				return i, err
			}
		}
		return run.Len(), nil
	}
	if err := d.rows.Decode(d.dst, d.a.kinds, &run.Values); err != nil {
		return from, err
	}
	for _, c := range d.copies {
		d.out.Cols[c.to].AppendRange(&d.out.Cols[c.from], 0, run.Len())
	}
	d.out.SetLen(run.Len())
	return run.Len(), nil
}

// lookup emits the entry of one key.
func (d *decoder) lookup(reader state.Reader, own *overlay, k []byte, emit op.Emit) error {
	var there, known bool
	if own != nil {
		d.value, there, known = own.get(d.value[:0], k)
	}
	if !known {
		var err error
		if d.value, there, err = reader.Get(d.value[:0], k); err != nil {
			return err
		}
	}
	if !there {
		return nil
	}
	d.out.Reset()
	if err := d.add(k, d.value); err != nil {
		return err
	}
	return emit(d.out)
}
