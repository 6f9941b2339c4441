package operators

import (
	"encoding/binary"
	"math/bits"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
)

// The table of a side has its rows in records of many, written once, in the tick in which they came. A record has rows that live about equally
// long, and expires as a whole with the last of them: so at most about half of what is on disk has expired, whatever rows live how long.
//
//	bound of the record | epoch | worker | number -> rows (state.AppendRows), with their bounds behind the columns

// logRecords writes and reads records.
type logRecords struct {
	byLife [65][]ref
	rows   *batch.Batch // the columns, and the bounds
	view   batch.Batch  // the columns
	number uint32
	key    []byte
	value  []byte
	sel    []int32
	taken  *batch.Batch
	bounds []int64
}

const (
	// recordBytes is about the most that a record of several rows has.
	recordBytes = 256 << 10
	// lifeShift makes the shortest lives that are told apart about a second long.
	lifeShift = 20
)

// recordRows is the most rows of a record. Tests have few rows, and set it lower.
var recordRows = 1024

func (w *logRecords) init(columns []types.Type) {
	w.rows = batch.New(append(append([]types.Type{}, columns...), types.Of(types.OIDInt8))...)
	w.view.Cols = w.rows.Cols[:len(columns)]
	w.taken = batch.New(columns...)
}

// store writes what has come in the tick and has not expired at its end.
func (s *streamSide) store(epoch uint64, worker int, watermark int64) {
	w := &s.records
	w.number = 0
	w.key = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint64(append(w.key[:0], 0, 0, 0, 0, 0, 0, 0, 0), epoch), uint32(worker))
	from := watermark
	for r := s.stored; s.log.has(r); r = (r>>logShift + 1) << logShift {
		c := s.log.chunk(r)
		for k := int(r & (logRows - 1)); k < len(c.bounds); k++ {
			bound := c.bounds[k]
			if bound <= watermark {
				continue
			}
			if from == op.NoWatermark {
				from = bound
			}
			life := bits.Len64(uint64(max(bound, from)-from) >> lifeShift)
			list := append(w.byLife[life], r>>logShift<<logShift+ref(k))
			if len(list) == recordRows {
				s.write(list)
				list = list[:0]
			}
			w.byLife[life] = list
		}
	}
	for life, list := range w.byLife {
		if len(list) > 0 {
			s.write(list)
			w.byLife[life] = list[:0]
		}
	}
}

// write writes rows as one record, or several if they are large.
func (s *streamSide) write(list []ref) {
	w := &s.records
	w.rows.Reset()
	for c := range s.columns {
		s.log.gather(&w.rows.Cols[c], c, list)
	}
	if w.rows.Bytes() > recordBytes && len(list) > 1 {
		s.write(list[:len(list)/2])
		s.write(list[len(list)/2:])
		return
	}
	bounds, last := &w.rows.Cols[len(s.columns)], int64(op.NoWatermark)
	for _, r := range list {
		bound := s.log.chunk(r).bounds[r&(logRows-1)]
		bounds.Ints = append(bounds.Ints, bound)
		last = max(last, bound)
	}
	if s.log.repeated {
		for _, r := range list {
			w.rows.Diff = append(w.rows.Diff, s.log.diff(r))
		}
	}
	w.rows.SetLen(len(list))
	w.number++
	key.AppendBound(w.key[:0], last)
	w.value = state.AppendRows(w.value[:0], w.rows)
	s.table.Put(binary.BigEndian.AppendUint32(w.key, w.number), w.value)
}

// start reads the rows that were there before a restart, when the first change or tick comes.
func (j *streamJoin) start() error {
	if j.started {
		return nil
	}
	j.started = true
	for i := range j.sides {
		s := &j.sides[i]
		if s.table.Fresh() {
			continue
		}
		var run state.Run
		if err := scanTable(s.table, state.Range{}, &run, func(_, value []byte) error { return s.restore(j, value) }); err != nil {
			return err
		}
		s.stored = s.log.end()
	}
	return nil
}

// restore takes the rows of a record that are this worker's and have not expired.
func (s *streamSide) restore(j *streamJoin, value []byte) error {
	w := &s.records
	w.rows.Reset()
	if err := state.DecodeRows(w.rows, value); err != nil {
		return err
	}
	n := w.rows.Len()
	w.view.Diff = w.rows.Diff
	w.view.Cols = w.rows.Cols[:len(s.columns)]
	w.view.SetLen(n)
	w.sel = w.sel[:0]
	if j.env.Owns != nil {
		w.sel = j.env.Owns(s.side, &w.view, w.sel)
	} else {
		for i := range n {
			w.sel = append(w.sel, int32(i))
		}
	}
	w.bounds = w.bounds[:0]
	kept := w.sel[:0]
	for _, i := range w.sel {
		if bound := w.rows.Cols[len(s.columns)].Ints[i]; bound > j.closed {
			kept, w.bounds = append(kept, i), append(w.bounds, bound)
		}
	}
	w.taken.Reset()
	w.taken.Gather(&w.view, kept)
	for i := range w.taken.Len() {
		if s.nullKey(w.taken, i) {
			return invariants.Errorf("a row that matches nothing is in the table of a join")
		}
	}
	s.hash(w.taken)
	return s.log.append(w.taken, s.hashes, w.bounds)
}
