package optest

import (
	"bytes"
	"math"
	"slices"
	"sort"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
)

// Stored is a state table in memory as the store would have it: the rows of an epoch, sorted. It is a state.Reader and does not
// change; Apply makes the next epoch's.
type Stored struct {
	rows []storedRow
}

type storedRow struct{ key, value []byte }

// Len is the number of rows.
func (s *Stored) Len() int { return len(s.rows) }

// Bytes is how much the rows take.
func (s *Stored) Bytes() int {
	n := 0
	for _, r := range s.rows {
		n += len(r.key) + len(r.value)
	}
	return n
}

// Apply returns the table with the changes of all workers made to it. Two workers that write one key are a fault.
func (s *Stored) Apply(workers ...*state.Changes) *Stored {
	rows := map[string][]byte{}
	for _, r := range s.rows {
		if !slices.ContainsFunc(workers, func(c *state.Changes) bool { return slices.ContainsFunc(c.DeleteRanges, r.in) }) {
			rows[string(r.key)] = r.value
		}
	}
	written := map[string]bool{}
	for _, c := range workers {
		for i := range c.Run.Len() {
			k := string(c.Run.Keys.At(i))
			invariants.Assertf(!written[k], "key %x is written twice in one tick", k)
			written[k] = true
			if c.Run.IsDeleted(i) {
				delete(rows, k)
			} else {
				rows[k] = slices.Clone(c.Run.Values.At(i))
			}
		}
	}
	next := &Stored{}
	for k, value := range rows {
		expired := slices.ContainsFunc(workers, func(c *state.Changes) bool {
			bound, _, ok := key.BoundOf([]byte(k))
			return c.ExpiredTo != math.MinInt64 && ok && bound <= c.ExpiredTo
		})
		if !expired {
			next.rows = append(next.rows, storedRow{[]byte(k), value})
		}
	}
	slices.SortFunc(next.rows, func(a, b storedRow) int { return bytes.Compare(a.key, b.key) })
	return next
}

func (r storedRow) in(x state.Range) bool {
	return bytes.Compare(r.key, x.From) >= 0 && (x.To == nil || bytes.Compare(r.key, x.To) < 0)
}

// Get implements state.Reader.
func (s *Stored) Get(dst, k []byte) (value []byte, ok bool, err error) {
	i := sort.Search(len(s.rows), func(i int) bool { return bytes.Compare(s.rows[i].key, k) >= 0 })
	if i == len(s.rows) || !bytes.Equal(s.rows[i].key, k) {
		return dst, false, nil
	}
	return append(dst, s.rows[i].value...), true, nil
}

// GetMany implements state.Reader.
func (s *Stored) GetMany(keys, values *key.Keys, found []bool) ([]bool, error) {
	for i := range keys.Len() {
		invariants.Assertf(i == 0 || keys.Compare(i-1, i) <= 0, "GetMany's keys are not sorted")
		value, ok, err := s.Get(nil, keys.At(i))
		if err != nil {
			return nil, err
		}
		values.Append(value)
		found = append(found, ok)
	}
	return found, nil
}

// Scan implements state.Reader.
func (s *Stored) Scan(r state.Range) (state.Cursor, error) {
	c := &cursor{}
	for _, row := range s.rows {
		if row.in(r) {
			c.rows = append(c.rows, row)
		}
	}
	if r.Reverse {
		slices.Reverse(c.rows)
	}
	return c, nil
}

type cursor struct{ rows []storedRow }

func (c *cursor) Next(out *state.Run, rows int) (more bool, err error) {
	n := min(rows, len(c.rows))
	for _, row := range c.rows[:n] {
		out.Put(row.key, row.value)
	}
	c.rows = c.rows[n:]
	return len(c.rows) > 0, nil
}

func (c *cursor) Close() error { return nil }
