package operators

import (
	"bytes"
	"slices"
	"unsafe"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
)

// single lets rows pass and counts them by key; a key with two rows at the end of a tick is an error.
type single struct {
	table   *state.Table
	oneShot bool
	keys    *key.Encoder
	cols    []int
	groups  *state.Map // one word: how many rows there are
	encoded key.Keys
	rows    []unsafe.Pointer
	missing []unsafe.Pointer
	wanted  key.Keys
	values  key.Keys
	found   []bool
	dirty   []unsafe.Pointer
	// empty are groups that the tick before emptied: reads may still find them in the table.
	empty []unsafe.Pointer
}

// The flags of a group.
const (
	singleRead  = 1 << iota // the table was asked, or need not be
	singleKept              // the table has it
	singleDirty             // it is in dirty
	singleEmpty             // it is in empty
)

func newSingle(spec *flow.Single, env Env) *single {
	s := &single{table: env.Tables[spec.Table], oneShot: env.OneShot, cols: spec.Keys, groups: state.NewMap(env.Pool, env.Owner, 1)}
	var columns []key.Column
	for _, c := range spec.Keys {
		columns = append(columns, key.Asc(spec.Columns[c]))
	}
	s.keys = key.NewEncoder(columns...)
	return s
}

func (s *single) Push(_ int, b *batch.Batch, emit op.Emit) error {
	s.encoded.Reset()
	s.keys.AppendBatch(&s.encoded, b, s.cols)
	s.rows = slices.Grow(s.rows[:0], b.Len())[:b.Len()]
	if err := s.groups.PutKeys(&s.encoded, nil, s.rows); err != nil {
		return err
	}
	if err := s.read(); err != nil {
		return err
	}
	for i, row := range s.rows {
		*state.Word(row, 0) += uint64(b.DiffAt(i))
		if flags := state.Flags(row); *flags&singleDirty == 0 {
			*flags |= singleDirty
			s.dirty = append(s.dirty, row)
		}
	}
	return emit(b)
}

// read asks the table for the groups of the batch that are new in memory.
func (s *single) read() error {
	s.missing = s.missing[:0]
	for _, row := range s.rows {
		if flags := state.Flags(row); *flags&singleRead == 0 {
			*flags |= singleRead
			s.missing = append(s.missing, row)
		}
	}
	if s.table.Fresh() || len(s.missing) == 0 {
		return nil
	}
	slices.SortFunc(s.missing, func(a, b unsafe.Pointer) int { return bytes.Compare(s.groups.Key(a), s.groups.Key(b)) })
	s.wanted.Reset()
	s.values.Reset()
	for _, row := range s.missing {
		s.wanted.Append(s.groups.Key(row))
	}
	var err error
	if s.found, err = s.table.GetMany(&s.wanted, &s.values, s.found[:0]); err != nil {
		return err
	}
	for i, row := range s.missing {
		if s.found[i] {
			*state.Word(row, 0)++
			*state.Flags(row) |= singleKept
		}
	}
	return nil
}

func (s *single) EndTick(t op.Tick, _ op.Emit) (op.Outcome, error) {
	outcome := op.Outcome{Watermark: earliest(t.Watermarks), Wake: op.Never}
	emptied := len(s.empty)
	for _, row := range s.dirty {
		count, flags := int64(*state.Word(row, 0)), state.Flags(row)
		*flags &^= singleDirty
		invariants.Assertf(count >= 0, "a row of a subquery is there %d times", count)
		if count > 1 {
			return outcome, pgerr.New(pgerr.CardinalityViolation, "more than one row returned by a subquery used as an expression")
		}
		s.note(row, count)
		if count == 0 && *flags&singleEmpty == 0 {
			*flags |= singleEmpty
			s.empty = append(s.empty, row)
		}
	}
	s.dirty = s.dirty[:0]
	s.forget(emptied)
	return outcome, nil
}

// note tells the table of a group.
func (s *single) note(row unsafe.Pointer, count int64) {
	if s.oneShot {
		return
	}
	switch flags := state.Flags(row); {
	case count > 0 && *flags&singleKept == 0:
		*flags |= singleKept
		s.table.Put(s.groups.Key(row), []byte{byte(count)})
	case count == 0 && *flags&singleKept != 0:
		*flags &^= singleKept
		s.table.Delete(s.groups.Key(row))
	}
}

// forget drops the first n of the empty groups, which were empty at the end of the tick before.
func (s *single) forget(n int) {
	for _, row := range s.empty[:n] {
		if *state.Flags(row) &^= singleEmpty; *state.Word(row, 0) == 0 {
			s.groups.Delete(row, false)
		}
	}
	s.empty = slices.Delete(s.empty, 0, n)
}
