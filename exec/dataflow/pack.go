package dataflow

import (
	"bytes"
	"encoding/binary"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/storage/key"
	"github.com/freshetdb/freshet/storage/state"
)

// packBytes is about how large a pack of numbered rows is: large, so that rows of a join that lie near each other share what they have in common; and small,
// as who wants one row reads all of a pack.
const packBytes = 128 << 10

// writeNumbered writes rows in packs, each under the number of its first row and how many rows it has. Numbers come in order, and a run has numbers of one block.
func (w *arrangementWriter) writeNumbered(net *batch.Batch, numbers []int64) {
	size := net.Bytes()
	w.makeRoom(size)
	rows := min(max(packBytes*len(numbers)/max(size, 1), 1), batch.Rows)
	columns := net.Cols[:len(net.Cols)-1]
	for from := 0; from < len(numbers); {
		place := numbers[from] % blockNumbers
		if w.run.Len() > 0 && (place == 0 || len(w.run.Values.Data) >= numberedRunBytes) {
			w.cut()
		}
		to := min(from+min(rows, int(blockNumbers-place)), len(numbers))
		keys, values := &w.run.Keys, &w.run.Values
		keys.Data = binary.AppendUvarint(w.a.appendKey(keys.Data, net, from), uint64(to-from))
		keys.End()
		values.Data = w.packer.Append(values.Data, columns, from, to)
		values.End()
		from = to
	}
}

// behind is where the entries begin that lie behind a row's key. That of a pack goes on behind the number of its only row.
func (a *arrangement) behind(k []byte) []byte {
	if a.packed {
		return key.PrefixEnd(k)
	}
	return append(bytes.Clone(k), 0)
}

// packRows tells how many rows an entry of a packed arrangement has by its key; 0 if it is one row that is not in a pack.
func (a *arrangement) packRows(k []byte) (rows int, err error) {
	rest, err := a.enc.DecodeRow([]*batch.Vec{nil}, k)
	if err != nil || len(rest) == 0 {
		return 0, err
	}
	n, size := binary.Uvarint(rest)
	if size != len(rest) || n == 0 || n > state.MaxPackRows {
		return 0, invariants.Errorf("malformed count %x of the rows of a pack", rest)
	}
	return int(n), nil
}

// decodePacks appends the rows of entries from one on, as many as a batch has room for but at least one entry, and answers the next one.
func (d *decoder) decodePacks(run *state.Run, from int) (next int, err error) {
	for next = from; next < run.Len(); next++ {
		k := run.Keys.At(next)
		rows, err := d.a.packRows(k)
		if err != nil {
			return next, err
		}
		before := d.out.Len()
		if before > 0 && before+max(rows, 1) > batch.Rows {
			break
		}
		if rows == 0 {
			if err := d.add(k, run.Values.At(next)); err != nil {
				return next, err
			}
			continue
		}
		if err := d.unpack(k, rows, run.Values.At(next)); err != nil {
			return next, err
		}
		for _, c := range d.copies {
			d.out.Cols[c.to].AppendRange(&d.out.Cols[c.from], before, before+rows)
		}
		d.out.SetLen(before + rows)
	}
	return next, nil
}

// unpack appends the rows of a pack.
func (d *decoder) unpack(k []byte, rows int, value []byte) error {
	last := len(d.dst) - 1
	n, err := d.packs.Decode(d.dst[:last], d.a.kinds[:last], value)
	if err != nil {
		return err
	}
	if n != rows {
		return invariants.Errorf("a pack has %d rows, and its key tells of %d", n, rows)
	}
	numbers := d.dst[last]
	if numbers == nil {
		return nil
	}
	if _, err := d.a.enc.DecodeRow([]*batch.Vec{numbers}, k); err != nil {
		return err
	}
	first := numbers.Ints[len(numbers.Ints)-1]
	for i := range int64(rows) - 1 {
		numbers.Ints = append(numbers.Ints, first+1+i)
	}
	return nil
}
