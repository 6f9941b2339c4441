package operators

import (
	"encoding/binary"
	"unsafe"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/storage/state"
)

// setOp is INTERSECT or EXCEPT of two inputs, ALL or not. For each content of a row it keeps how often each input has it. Rows are the same
// if their keys are: of 1.0 and 1.00 the one is emitted that came first, as for groups.
type setOp struct {
	spec  *flow.SetOp
	env   Env
	table *state.Table
	keys  groupKeys
	rows  *state.Map
	ticks uint64

	found  []unsafe.Pointer
	dirty  []unsafe.Pointer
	before []int64 // of dirty: how often the row was in the output
	graves []setGrave
	reader groupReader
	buf    []byte
	out    *batch.Batch
	within window // for keys
}

// setGrave is a row that is gone, and is kept until the store cannot give it back (see grave).
type setGrave struct {
	row  unsafe.Pointer
	tick uint64
}

// The words of a row: its counts in both inputs, and its values if the key does not tell them.
const (
	setLeft  = 0
	setRaw   = rawWord
	setRight = 2
	setWords = 3
)

// setWord is the word that counts the rows of an input.
var setWord = [2]int{setLeft, setRight}

// setVersion is the version of what a row is stored as: this byte, the two counts as varints, and the row (state.AppendRow) if its
// key does not tell it. It is part of the format of a data folder.
const setVersion = 1

func newSetOp(spec *flow.SetOp, env Env) *setOp {
	s := &setOp{spec: spec, env: env, table: env.Tables[spec.Table], out: batch.New(spec.Columns...)}
	all := make([]int, len(spec.Columns))
	for i := range all {
		all[i] = i
	}
	s.keys = newGroupKeys(&flow.Aggregate{Columns: spec.Columns, Keys: all})
	s.rows = state.NewMap(env.Pool, env.Owner, setWords)
	s.within.groups = s.rows
	return s
}

// result is how often a row is in the output.
func (s *setOp) result(row unsafe.Pointer) int64 {
	left, right := int64(*state.Word(row, setLeft)), int64(*state.Word(row, setRight))
	switch {
	case !s.spec.All:
		left, right = min(left, 1), min(right, 1)
		fallthrough
	default:
		if s.spec.Except {
			return max(left-right, 0)
		}
		return min(left, right)
	}
}

// Push counts the rows of an input.
func (s *setOp) Push(in int, b *batch.Batch, _ op.Emit) error {
	n := b.Len()
	if n == 0 {
		return nil
	}
	for len(s.found) < n {
		s.found = append(s.found, nil)
	}
	rows := s.found[:n]
	if err := s.keys.find(s.rows, b, s.keys.rest, nil, rows); err != nil {
		return err
	}
	from := len(s.dirty)
	for i, row := range rows {
		f := state.Flags(row)
		if *f&groupDirty != 0 {
			continue
		}
		*f |= groupDirty
		s.dirty = append(s.dirty, row)
		if !s.keys.exact && *state.Word(row, setRaw) == 0 {
			s.buf = state.AppendRow(s.buf[:0], b, s.keys.rest, i)
			ref, err := s.rows.Blobs.Set(0, s.buf)
			if err != nil {
				return err
			}
			*state.Word(row, setRaw) = ref
		}
	}
	if err := s.read(s.dirty[from:]); err != nil {
		return err
	}
	for _, row := range s.dirty[from:] {
		s.before = append(s.before, s.result(row))
	}
	for i, row := range rows {
		*state.Word(row, setWord[in]) += uint64(b.DiffAt(i))
	}
	return nil
}

// read reads rows that are new in memory, sorted and together.
func (s *setOp) read(rows []unsafe.Pointer) error {
	r := &s.reader
	r.rows = r.rows[:0]
	r.plain.Reset()
	r.sorted.Reset()
	r.values.Reset()
	for _, row := range rows {
		f := state.Flags(row)
		if *f&groupKnown != 0 {
			continue
		}
		*f |= groupKnown
		if s.table.Fresh() {
			continue
		}
		r.rows = append(r.rows, row)
		r.plain.Data = s.keys.appendKey(r.plain.Data, s.rows, row)
		r.plain.End()
	}
	if len(r.rows) == 0 {
		return nil
	}
	order := r.sorter.Sort(&r.plain)
	for _, i := range order {
		r.sorted.Append(r.plain.At(int(i)))
	}
	found, err := s.table.GetMany(&r.sorted, &r.values, r.found[:0])
	if err != nil {
		return err
	}
	r.found = found
	for n, i := range order {
		if found[n] {
			if err := s.decode(r.rows[i], r.values.At(n)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *setOp) decode(row unsafe.Pointer, b []byte) error {
	if len(b) == 0 || b[0] != setVersion {
		return invariants.Errorf("a stored row of a set operation has no version %d", setVersion)
	}
	b = b[1:]
	for _, word := range setWord {
		count, n := binary.Varint(b)
		if n <= 0 {
			return invariants.Errorf("a stored row of a set operation is cut off")
		}
		*state.Word(row, word), b = uint64(count), b[n:]
	}
	*state.Flags(row) |= groupStored
	if s.keys.exact {
		return nil
	}
	ref, err := s.rows.Blobs.Set(*state.Word(row, setRaw), b)
	*state.Word(row, setRaw) = ref
	return err
}

// EndTick emits by how much rows are more or less often in the output than before the tick.
func (s *setOp) EndTick(t op.Tick, emit op.Emit) (op.Outcome, error) {
	out := op.Outcome{Watermark: earliest(t.Watermarks), Wake: op.Never}
	s.ticks++
	for i, row := range s.dirty {
		if diff := s.result(row) - s.before[i]; diff != 0 {
			if err := s.emitRow(row, diff, emit); err != nil {
				return out, err
			}
		}
		s.store(row)
	}
	s.dirty, s.before = s.dirty[:0], s.before[:0]
	s.bury()
	if s.out.Len() == 0 {
		return out, nil
	}
	err := emit(s.out)
	s.out.Reset()
	return out, err
}

func (s *setOp) emitRow(row unsafe.Pointer, diff int64, emit op.Emit) error {
	if err := s.keys.appendValues(s.out.Cols, &s.within, row); err != nil {
		return err
	}
	s.out.AppendDiff(diff)
	if !s.out.Full() {
		return nil
	}
	err := emit(s.out)
	s.out.Reset()
	return err
}

// store notes what has become of a row. One that is in neither input is gone.
func (s *setOp) store(row unsafe.Pointer) {
	f := state.Flags(row)
	*f &^= groupDirty
	left, right := int64(*state.Word(row, setLeft)), int64(*state.Word(row, setRight))
	invariants.Assertf(left >= 0 && right >= 0, "a row is there %d and %d times at the end of a tick", left, right)
	s.buf = s.keys.appendKey(s.buf[:0], s.rows, row)
	at := len(s.buf)
	switch {
	case s.env.OneShot:
	case left != 0 || right != 0:
		s.buf = append(s.buf, setVersion)
		s.buf = binary.AppendVarint(s.buf, left)
		s.buf = binary.AppendVarint(s.buf, right)
		if !s.keys.exact {
			s.buf = append(s.buf, s.rows.Blobs.Get(*state.Word(row, setRaw))...)
		}
		s.table.Put(s.buf[:at], s.buf[at:])
		*f |= groupStored
	default:
		if *f&groupStored != 0 {
			s.table.Delete(s.buf)
		}
		*f &^= groupStored
		if s.table.Fresh() {
			s.remove(row)
			return
		}
		s.graves = append(s.graves, setGrave{row, s.ticks})
	}
}

func (s *setOp) remove(row unsafe.Pointer) {
	s.rows.Blobs.Free(*state.Word(row, setRaw))
	s.keys.delete(s.rows, row)
}

// bury takes rows that are gone out of memory when the store cannot give them back any more. A row has several graves if it came back
// meanwhile; only the last counts.
func (s *setOp) bury() {
	if len(s.graves) == 0 {
		return
	}
	kept := s.graves[:0]
	last := map[unsafe.Pointer]uint64{}
	for _, g := range s.graves {
		last[g.row] = g.tick
	}
	for _, g := range s.graves {
		gone := *state.Word(g.row, setLeft) == 0 && *state.Word(g.row, setRight) == 0
		switch {
		case last[g.row] != g.tick || !gone:
		case s.ticks-g.tick < graveTicks:
			kept = append(kept, g)
		default:
			s.remove(g.row)
		}
	}
	s.graves = kept
}
