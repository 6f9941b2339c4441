package operators

import (
	"encoding/binary"
	"slices"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
)

// hold keeps rows until the watermark reaches their bound, and emits them then, those of one tick in order. A row that is taken back before is
// never seen. In a one-shot read there is nothing to wait for.
type hold struct {
	env     Env
	columns []types.Type
	table   *state.Table
	cols    []int
	rows    *rowStore
	order   *rowOrder
	index   refIndex
	bounder *bounder
	expiry  *expiry
	closed  int64

	hashes []uint64
	dirty  []heldRow
	due    []ref
	out    *batch.Batch

	key, value []byte
	run        state.Run
	started    bool
}

// heldRow is a row that the tick has changed, and how often it was there before.
type heldRow struct {
	row ref
	was int64
}

// The words of a row's head; those of its expiry follow.
const (
	heldTimes = iota
	heldMarks // its hash; 1 + its place in dirty
	heldHead
)

func newHold(spec *flow.Hold, env Env) *hold {
	h := &hold{env: env, columns: spec.Columns, table: env.Tables[spec.Table], cols: identity(len(spec.Columns)), closed: env.closed(), out: batch.New(spec.Columns...)}
	h.rows = newRowStore(env.Pool, env.Owner, spec.Columns, heldHead+expiryWords)
	h.order = newRowOrder(h.rows, spec.Columns, spec.Order)
	h.index = refIndex{refSlots: refSlots{pool: env.Pool, owner: env.Owner}, hash: func(r ref) uint32 { return h.marks(r)[0] }}
	h.bounder = newBounder(&h.env, spec.Bound, spec.Late, spec.Columns)
	h.expiry = newExpiry(heldHead, fineShift)
	return h
}

// marks is the hash of a row, and 1 + its place in dirty.
func (h *hold) marks(r ref) *[2]uint32 {
	return (*[2]uint32)(h.rows.wordAt(r, heldMarks))
}

func (h *hold) Push(_ int, b *batch.Batch, _ op.Emit) error {
	if err := h.start(); err != nil {
		return err
	}
	closed := h.closed
	if h.env.OneShot {
		closed = op.NoWatermark
	}
	b, bounds, err := h.bounder.split(b, closed)
	if err != nil {
		return err
	}
	h.hashes = hashRows(h.hashes[:0], b, h.cols)
	for i, hash := range h.hashes {
		r, err := h.put(b, i, uint32(hash>>32), bounds[i])
		if err != nil {
			return err
		}
		times := (*int64)(h.rows.wordAt(r, heldTimes))
		if mark := &h.marks(r)[1]; *mark == 0 {
			h.dirty = append(h.dirty, heldRow{r, *times})
			*mark = uint32(len(h.dirty))
		}
		*times += b.DiffAt(i)
	}
	return nil
}

// put returns the row that looks as row i of b, which is added with multiplicity 0 if it is not there.
func (h *hold) put(b *batch.Batch, i int, hash uint32, bound int64) (ref, error) {
	if r := h.index.find(hash, func(r ref) bool { return h.rows.same(r, b, h.cols, i) }); r != 0 {
		return r, nil
	}
	r, err := h.rows.put(b, h.cols, i)
	if err != nil {
		return 0, err
	}
	h.marks(r)[0] = hash
	h.expiry.add(h.rows, r, nil, bound)
	return r, h.index.add(r)
}

func (h *hold) EndTick(t op.Tick, emit op.Emit) (op.Outcome, error) {
	watermark := earliest(t.Watermarks)
	outcome := op.Outcome{Watermark: watermark, Wake: op.Never}
	if err := h.start(); err != nil {
		return outcome, err
	}
	if h.env.OneShot {
		watermark = op.Complete
	}
	for _, d := range h.dirty {
		h.store(d, watermark)
	}
	h.dirty = h.dirty[:0]
	if watermark <= h.closed {
		return outcome, nil
	}
	h.closed = watermark
	if !h.env.OneShot {
		h.table.Expire(watermark)
	}
	h.due = h.expiry.due(h.due[:0], h.rows, watermark)
	slices.SortFunc(h.due, h.order.compare)
	for part := range slices.Chunk(h.due, batch.Rows) {
		h.out.Reset()
		h.rows.appendRows(h.out, 0, part)
		for _, r := range part {
			h.out.AppendDiff(*(*int64)(h.rows.wordAt(r, heldTimes)))
		}
		for _, r := range part {
			h.index.remove(r)
			h.rows.remove(r)
		}
		if err := emit(h.out); err != nil {
			return outcome, err
		}
	}
	return outcome, nil
}

// store notes a row that the tick has changed in the table, and drops it if it is gone. What is due now is not kept.
func (h *hold) store(d heldRow, watermark int64) {
	count := *(*int64)(h.rows.wordAt(d.row, heldTimes))
	h.marks(d.row)[1] = 0
	invariants.Assertf(count >= 0, "a row is there %d times", count)
	bound := h.expiry.boundOf(h.rows.at(d.row))
	if count != d.was && bound > watermark {
		h.key = h.rows.appendState(key.AppendBound(h.key[:0], bound), d.row)
		if count == 0 {
			h.table.Delete(h.key)
		} else {
			h.value = binary.AppendVarint(h.value[:0], count)
			h.table.Put(h.key, h.value)
		}
	}
	if count == 0 {
		h.expiry.remove(h.rows, d.row)
		h.index.remove(d.row)
		h.rows.remove(d.row)
	}
}

// start reads the table after a restart: all of it, since its keys begin with bounds.
func (h *hold) start() error {
	if h.started {
		return nil
	}
	h.started = true
	if h.env.OneShot || h.table.Fresh() {
		return nil
	}
	row, vecs := batch.New(h.columns...), []*batch.Vec{}
	for c := range row.Cols {
		vecs = append(vecs, &row.Cols[c])
	}
	var sel []int32
	return scanTable(h.table, state.Range{}, &h.run, func(k, value []byte) error {
		bound, rest, ok := key.BoundOf(k)
		count, n := binary.Varint(value)
		if !ok || n <= 0 {
			return invariants.Errorf("a held row is cut off")
		}
		row.Reset()
		if _, err := state.DecodeRow(vecs, h.rows.kinds, rest); err != nil {
			return err
		}
		row.SetLen(1)
		if bound <= h.closed {
			return nil
		}
		if h.env.Owns != nil {
			if sel = h.env.Owns(0, row, sel[:0]); len(sel) == 0 {
				return nil
			}
		}
		h.hashes = hashRows(h.hashes[:0], row, h.cols)
		r, err := h.put(row, 0, uint32(h.hashes[0]>>32), bound)
		if err == nil {
			*(*int64)(h.rows.wordAt(r, heldTimes)) = count
		}
		return err
	})
}
