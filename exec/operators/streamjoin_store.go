package operators

import (
	"encoding/binary"
	"math/bits"
	"slices"

	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
)

// The table of a side has its rows in records of many, written once, in the tick in which they came. Where rows expire, a record has rows that live
// about equally long, and expires as a whole with the last of them: so at most about half of what is on disk has expired, whatever rows live
// how long. Where they do not, the table only grows at its end.
//
//	[bound of the record] epoch | worker | number -> rows (state.AppendRows), with their bounds behind the columns

// logRecords writes and reads records.
type logRecords struct {
	byLife [65][]ref
	rows   *batch.Batch // the columns, and the bounds
	view   batch.Batch  // the columns
	bounds *batch.Vec   // the bounds; nil: rows do not expire
	number uint32
	key    []byte
	value  []byte
	sel    []int32
	taken  *batch.Batch
	kept   []int64 // the bounds of taken
}

const (
	// recordBytes is about the most that a record of several rows has.
	recordBytes = 256 << 10
	// lifeShift makes the shortest lives that are told apart about a second long.
	lifeShift = 20
)

// recordRows is the most rows of a record. Tests have few rows, and set it lower.
var recordRows = 1024

func (w *logRecords) init(columns []types.Type, expires bool) {
	all := slices.Clone(columns)
	if expires {
		all = append(all, types.Of(types.OIDInt8))
	}
	w.rows, w.taken = batch.New(all...), batch.New(columns...)
	w.view.Cols = w.rows.Cols[:len(columns)]
	if expires {
		w.bounds = &w.rows.Cols[len(columns)]
	}
}

// store writes what has come in the tick and has not expired at its end.
func (s *streamSide) store(epoch uint64, worker int, watermark int64) {
	w := &s.records
	w.number, w.key = 0, w.key[:0]
	if s.log.expires {
		w.key = key.AppendBound(w.key, 0)
	}
	w.key = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint64(w.key, epoch), uint32(worker))
	for r := s.stored; s.log.has(r); r = (r>>logShift + 1) << logShift {
		c, k := s.log.chunk(r), int(r&(logRows-1))
		if !s.log.expires {
			for ; k < len(c.links); k += recordRows {
				s.writeRange(&c.rows, k, min(k+recordRows, len(c.links)))
			}
			continue
		}
		s.sortByLife(c, r>>logShift<<logShift, k, watermark)
	}
	for life, list := range w.byLife {
		if len(list) > 0 {
			s.writeList(list)
			w.byLife[life] = list[:0]
		}
	}
}

// sortByLife lists the rows of a chunk, whose first has place base, from one on by how long they still live, and writes lists that are full.
func (s *streamSide) sortByLife(c *logChunk, base ref, from int, watermark int64) {
	w := &s.records
	for k := from; k < len(c.bounds); k++ {
		bound := c.bounds[k]
		if bound <= watermark {
			continue
		}
		since := watermark
		if since == op.NoWatermark { // nothing expires yet
			since = c.bounds[0]
		}
		life := bits.Len64(uint64(max(bound, since)-since) >> lifeShift)
		list := append(w.byLife[life], base+ref(k))
		if len(list) == recordRows {
			s.writeList(list)
			list = list[:0]
		}
		w.byLife[life] = list
	}
}

// writeList writes rows that expire as one record, or several if they are large.
func (s *streamSide) writeList(list []ref) {
	w := &s.records
	w.rows.Reset()
	for c := range s.columns {
		s.log.gather(&w.rows.Cols[c], c, list)
	}
	if w.rows.Bytes() > recordBytes && len(list) > 1 {
		s.writeList(list[:len(list)/2])
		s.writeList(list[len(list)/2:])
		return
	}
	for _, r := range list {
		w.bounds.Ints = append(w.bounds.Ints, s.log.chunk(r).bounds[r&(logRows-1)])
	}
	if s.log.repeated {
		for _, r := range list {
			w.rows.Diff = append(w.rows.Diff, s.log.diff(r))
		}
	}
	w.rows.SetLen(len(list))
	key.AppendBound(w.key[:0], slices.Max(w.bounds.Ints))
	s.put(w.rows, 0, len(list))
}

// writeRange writes rows that do not expire as one record, or several if they are large.
func (s *streamSide) writeRange(rows *batch.Batch, from, to int) {
	size := 0
	for i := range rows.Cols {
		if v := &rows.Cols[i]; v.Kind() == types.Bytes {
			size += int(v.Offsets[to] - v.Offsets[from])
		}
	}
	if size > recordBytes && to-from > 1 {
		half := (from + to) / 2
		s.writeRange(rows, from, half)
		s.writeRange(rows, half, to)
		return
	}
	s.put(rows, from, to)
}

// put writes a record.
func (s *streamSide) put(rows *batch.Batch, from, to int) {
	w := &s.records
	w.number++
	w.value = state.AppendRows(w.value[:0], rows, from, to)
	s.table.Put(binary.BigEndian.AppendUint32(w.key, w.number), w.value)
}

// start reads the rows that were there before a restart, when the first change comes: until then the server answers, and nothing waits.
func (j *streamJoin) start() error {
	if j.started {
		return nil
	}
	j.started = true
	for i := range j.sides {
		if err := j.sides[i].load(&j.env, j.closed); err != nil {
			return err
		}
	}
	return nil
}

// load reads the rows that were in the table before a restart.
func (s *streamSide) load(env *Env, closed int64) error {
	if s.table.Fresh() {
		return nil
	}
	var run state.Run
	err := scanTable(s.table, state.Range{}, &run, func(_, value []byte) error { return s.restore(env, closed, value) })
	s.stored = s.log.end()
	return err
}

// restore takes the rows of a record that are this worker's and have not expired.
func (s *streamSide) restore(env *Env, closed int64, value []byte) error {
	w := &s.records
	w.rows.Reset()
	if err := state.DecodeRows(w.rows, value); err != nil {
		return err
	}
	n := w.rows.Len()
	w.view.Cols, w.view.Diff = w.rows.Cols[:len(s.columns)], w.rows.Diff
	w.view.SetLen(n)
	w.sel, w.kept = w.sel[:0], w.kept[:0]
	if env.Owns != nil {
		w.sel = env.Owns(s.side, &w.view, w.sel)
	} else {
		for i := range n {
			w.sel = append(w.sel, int32(i))
		}
	}
	if w.bounds != nil {
		living := w.sel[:0]
		for _, i := range w.sel {
			if bound := w.bounds.Ints[i]; bound > closed {
				living, w.kept = append(living, i), append(w.kept, bound)
			}
		}
		w.sel = living
	}
	w.taken.Reset()
	w.taken.Gather(&w.view, w.sel)
	for i := range w.taken.Len() {
		if s.nullKey(w.taken, i) {
			return invariants.Errorf("a row that matches nothing is in the table of a join")
		}
	}
	s.hash(w.taken)
	return s.log.append(w.taken, s.hashes, w.kept)
}
