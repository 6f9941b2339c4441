package session

import (
	"context"
	"strconv"
	"strings"
	"sync"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/meta"
)

// sequenceSetting is how the names of the store's settings begin that keep the sequences: what has been given out at most.
const sequenceSetting = "sequence."

// Sequences are logged ahead, as PostgreSQL does: after a crash values may be missing, and none comes twice. A sequence that is used
// much logs further ahead.
const (
	logAheadMin = 32
	logAheadMax = 8192
)

// sequences are where all sequences stand.
type sequences struct {
	mu  sync.Mutex
	all map[catalog.ID]*sequenceState
}

type sequenceState struct {
	mu sync.Mutex
	// last is the value that was given last; called is false before the first.
	last   int64
	called bool
	// logged is how many values after last are on disk as given already; ahead how many are logged next.
	logged, ahead int64
}

func (s *sequences) of(o *catalog.Object) *sequenceState {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.all[o.ID]
	if st == nil {
		st = &sequenceState{last: o.Sequence.Start, ahead: logAheadMin}
		s.all[o.ID] = st
	}
	return st
}

// drop forgets sequences that are gone.
func (s *sequences) drop(ids []catalog.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		delete(s.all, id)
	}
}

// restore takes what the store has.
func (s *sequences) restore(settings []meta.Setting) {
	for _, x := range settings {
		id, ok := strings.CutPrefix(x.Name, sequenceSetting)
		if !ok {
			continue
		}
		n, err := strconv.ParseUint(id, 10, 32)
		value, called, _ := strings.Cut(x.Value, " ")
		last, err2 := strconv.ParseInt(value, 10, 64)
		if err == nil && err2 == nil {
			s.all[catalog.ID(n)] = &sequenceState{last: last, called: called == "called", ahead: logAheadMin}
		}
	}
}

func sequenceRecord(id catalog.ID, value int64, called bool) meta.Setting {
	text := strconv.FormatInt(value, 10)
	if called {
		text += " called"
	}
	return meta.Setting{Name: sequenceSetting + strconv.FormatUint(uint64(id), 10), Value: text}
}

// next gives the next value. It writes to the store where what was logged is used up.
func (e *Engine) nextValue(ctx context.Context, o *catalog.Object) (int64, error) {
	st := e.sequences.of(o)
	st.mu.Lock()
	defer st.mu.Unlock()
	value, err := after(o, st.last, st.called)
	if err != nil {
		return 0, err
	}
	if st.logged == 0 {
		far := value
		for range st.ahead - 1 {
			if far, err = after(o, far, true); err != nil || o.Sequence.Cycle && (far-value)*o.Sequence.Increment < 0 {
				far = value // near its end it logs each value
				break
			}
		}
		if err := e.logSequence(ctx, o.ID, far, true); err != nil {
			return 0, err
		}
		st.logged = (far-value)/o.Sequence.Increment + 1
		st.ahead = min(2*st.ahead, logAheadMax)
	}
	st.last, st.called = value, true
	st.logged--
	return value, nil
}

func (e *Engine) logSequence(ctx context.Context, id catalog.ID, value int64, called bool) error {
	_, err := e.runtime.Change(ctx, dataflow.Change{Meta: meta.Changes{Settings: []meta.Setting{sequenceRecord(id, value, called)}}})
	return err
}

// after is the value that follows one.
func after(o *catalog.Object, last int64, called bool) (int64, error) {
	def := o.Sequence
	if !called {
		return last, nil
	}
	next := last + def.Increment
	overflow := def.Increment > 0 && (next < last || next > def.Max)
	underflow := def.Increment < 0 && (next > last || next < def.Min)
	switch {
	case overflow && def.Cycle:
		return def.Min, nil
	case underflow && def.Cycle:
		return def.Max, nil
	case overflow:
		return 0, pgerr.Newf(pgerr.SequenceGeneratorLimitExceeded, "nextval: reached maximum value of sequence %q (%d)", o.Name, def.Max)
	case underflow:
		return 0, pgerr.Newf(pgerr.SequenceGeneratorLimitExceeded, "nextval: reached minimum value of sequence %q (%d)", o.Name, def.Min)
	}
	return next, nil
}

// setValue is setval.
func (e *Engine) setValue(ctx context.Context, o *catalog.Object, value int64, called bool) error {
	if value < o.Sequence.Min || value > o.Sequence.Max {
		return pgerr.Newf(pgerr.NumericValueOutOfRange, "setval: value %d is out of bounds for sequence %q (%d..%d)", value, o.Name,
			o.Sequence.Min, o.Sequence.Max)
	}
	st := e.sequences.of(o)
	st.mu.Lock()
	defer st.mu.Unlock()
	if err := e.logSequence(ctx, o.ID, value, called); err != nil {
		return err
	}
	st.last, st.called, st.logged = value, called, 0
	return nil
}

// close logs where the sequences really stand, so that a clean restart loses no value.
func (e *Engine) closeSequences(ctx context.Context) error {
	var change dataflow.Change
	e.sequences.mu.Lock()
	defer e.sequences.mu.Unlock()
	for id, st := range e.sequences.all {
		st.mu.Lock()
		if st.logged > 0 && e.Catalog().Object(id) != nil {
			change.Meta.Settings = append(change.Meta.Settings, sequenceRecord(id, st.last, st.called))
			st.logged = 0
		}
		st.mu.Unlock()
	}
	if len(change.Meta.Settings) == 0 {
		return nil
	}
	_, err := e.runtime.Change(ctx, change)
	return err
}

// sequenceScan gives the row of a sequence: last_value, log_cnt and is_called.
func (e *Engine) sequenceScan(o *catalog.Object) dataflow.SystemScan {
	return func(_ context.Context, columns []int, emit op.Emit) error {
		st := e.sequences.of(o)
		st.mu.Lock()
		row := []types.Value{types.IntValue(st.last), types.IntValue(st.logged), types.BoolValue(st.called)}
		st.mu.Unlock()
		kinds, values := make([]types.Type, len(columns)), make([]types.Value, len(columns))
		for i, c := range columns {
			kinds[i], values[i] = o.Columns[c].Type, row[c]
		}
		b := batch.New(kinds...)
		b.AppendValues(1, values...)
		return emit(b)
	}
}

// sequence finds a sequence by its OID.
func (s *Session) sequence(oid types.OID) (*catalog.Object, error) {
	o := s.catalog().Object(catalog.ID(oid))
	if o == nil {
		return nil, pgerr.Newf(pgerr.UndefinedTable, "relation with OID %d does not exist", oid)
	}
	if o.Kind != catalog.Sequence {
		return nil, pgerr.Newf(pgerr.WrongObjectType, "%q is not a sequence", o.Name)
	}
	return o, nil
}

// NextValue is nextval.
func (s *Session) NextValue(sequence types.OID) (int64, error) {
	o, err := s.sequence(sequence)
	if err != nil {
		return 0, err
	}
	if s.tx.readOnly {
		return 0, pgerr.New(pgerr.ReadOnlySQLTransaction, "cannot execute nextval() in a read-only transaction")
	}
	value, err := s.engine.nextValue(s.ctx(), o)
	if err == nil {
		s.lastValues[o.ID], s.lastSequence = value, o.ID
	}
	return value, err
}

// CurrentValue is currval.
func (s *Session) CurrentValue(sequence types.OID) (int64, error) {
	o, err := s.sequence(sequence)
	if err != nil {
		return 0, err
	}
	value, ok := s.lastValues[o.ID]
	if !ok {
		return 0, pgerr.Newf(pgerr.ObjectNotInPrerequisiteState, "currval of sequence %q is not yet defined in this session", o.Name)
	}
	return value, nil
}

// LastValue is lastval.
func (s *Session) LastValue() (int64, error) {
	if value, ok := s.lastValues[s.lastSequence]; ok {
		return value, nil
	}
	return 0, pgerr.New(pgerr.ObjectNotInPrerequisiteState, "lastval is not yet defined in this session")
}

// SetValue is setval.
func (s *Session) SetValue(sequence types.OID, value int64, called bool) (int64, error) {
	o, err := s.sequence(sequence)
	if err != nil {
		return 0, err
	}
	if s.tx.readOnly {
		return 0, pgerr.New(pgerr.ReadOnlySQLTransaction, "cannot execute setval() in a read-only transaction")
	}
	if err := s.engine.setValue(s.ctx(), o, value, called); err != nil {
		return 0, err
	}
	if called {
		s.lastValues[o.ID] = value
	}
	return value, nil
}
