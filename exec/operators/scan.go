package operators

import "github.com/freshetdb/freshet/storage/state"

// readRows is how many rows are read from a table at once.
const readRows = 1024

// backgroundRows is how many rows a tick reads that nobody has asked for. Tests have few rows, and read fewer.
var backgroundRows = 4096

// scanTable calls f for all entries of a range of a table.
func scanTable(t *state.Table, r state.Range, run *state.Run, f func(k, value []byte) error) (err error) {
	cursor, err := t.Scan(r)
	if err != nil {
		return err
	}
	defer func() {
		if e := cursor.Close(); err == nil {
			err = e
		}
	}()
	for more := true; more; {
		run.Reset()
		if more, err = cursor.Next(run, readRows); err != nil {
			return err
		}
		for i := range run.Len() {
			if err := f(run.Keys.At(i), run.Values.At(i)); err != nil {
				return err
			}
		}
	}
	return nil
}

// scanChunk calls f for the next entries of a table from a key on. It returns, in the memory of from, where to go on, and whether there may be more.
func scanChunk(t *state.Table, from []byte, run *state.Run, f func(k, value []byte) error) (next []byte, more bool, err error) {
	cursor, err := t.Scan(state.Range{From: from})
	if err != nil {
		return from, true, err
	}
	defer func() {
		if e := cursor.Close(); err == nil {
			err = e
		}
	}()
	run.Reset()
	if more, err = cursor.Next(run, backgroundRows); err != nil {
		return from, true, err
	}
	for i := range run.Len() {
		if err := f(run.Keys.At(i), run.Values.At(i)); err != nil {
			return from, true, err
		}
	}
	if n := run.Len(); n > 0 {
		from = append(append(from[:0], run.Keys.At(n-1)...), 0)
	}
	return from, more, nil
}
