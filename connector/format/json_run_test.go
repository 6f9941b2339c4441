package format

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// usualLine is a line like its neighbours, in one of two layouts: in the second nothing comes behind the last wanted value.
func usualLine(r *rand.Rand, layout int) []byte {
	hex := fmt.Sprintf("%016x", r.Uint64())
	word := []string{"x", "mail", "view", "sponsored-search", "a word of twenty-four..."}[r.IntN(5)]
	if layout == 0 {
		return fmt.Appendf(nil, `{"u":"%s-%s","b":"%s","k":"%s","c":%d,"n":%d,"a":%d,"z":"%s"}`, hex, hex, word, word, 1436918400000+r.IntN(3), r.IntN(1000), r.IntN(3)-1, word)
	}
	return fmt.Appendf(nil, `{ "c": %d, "b": "%s", "u": "%s", "a": %d}`, 1436918400000+r.IntN(3), hex, hex, r.IntN(3)-1)
}

// spoil makes small changes to a line: bytes that mean something to JSON or to lines come, go, or take the place of others.
func spoil(r *rand.Rand, line []byte) []byte {
	for range 1 + r.IntN(2) {
		i := r.IntN(len(line))
		odd := []string{`"`, `\`, `\"`, "\n", "\t", "\x00", "ü", "\xA0", " ", "!", "A", "7", ",", "}", `","a":1,"b":"x`}[r.IntN(15)]
		switch r.IntN(4) {
		case 0:
			line = slices.Concat(line[:i], []byte(odd), line[i:])
		case 1:
			line = slices.Concat(line[:i], line[i+1:])
		default:
			line = slices.Concat(line[:i], []byte(odd), line[min(i+len(odd), len(line)):])
		}
		if len(line) == 0 {
			return line
		}
	}
	return line
}

// TestRuns: long runs of lines, with any others between them, are decoded as each by itself, wherever the text ends.
func TestRuns(t *testing.T) {
	f, err := New(JSON, nil, whereColumns)
	if err != nil {
		t.Fatal(err)
	}
	seed, longest := rand.Uint64(), 0
	r := rand.New(rand.NewPCG(seed, 0))
	for range 400 {
		start := randomWhere(r)
		if r.IntN(4) == 0 {
			start.Where, start.Left = nil, nil
		}
		layout, spoiled := r.IntN(2), r.IntN(30)
		d := f.Decoder(start)
		var text []byte
		for range 200 {
			line := usualLine(r, layout)
			if r.IntN(30) < spoiled && r.IntN(4) == 0 {
				line = spoil(r, line)
			}
			text = append(append(text, line...), []string{"\n", "\n", "\n", "\r\n"}[r.IntN(4)]...)
		}
		if r.IntN(2) == 0 {
			text = text[:len(text)-r.IntN(250)]
		}
		text = append(text, usualLine(r, layout)...)[:len(text)] // which is in memory, and not to be read
		got, want := decodeWhere(t, d, start, text), selectWhere(t, f, start, text)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(decoded{})); diff != "" {
			t.Fatalf("seed %d, %+v, rows\n%s\n%s", seed, start, text, diff)
		}
		longest = max(longest, d.json.shape.run.ahead)
	}
	if longest != runRows {
		t.Errorf("the longest runs had %d rows", longest)
	}
}

// TestRunsFull: batches are filled to their last row, and not beyond.
func TestRunsFull(t *testing.T) {
	f, err := New(JSON, nil, whereColumns)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	var text []byte
	for range 3 * batch.Rows {
		text = append(append(text, usualLine(r, 0)...), '\n')
	}
	positive := batch.Predicate{Column: 0, Op: batch.Greater, Values: []types.Value{types.IntValue(0)}}
	d := f.Decoder(connector.Start{Columns: []int{0, 4}, Left: []int{4}, Where: []batch.Predicate{positive}})
	rows, left := batchOf([]int{0, 4}), batchOf([]int{4})
	at := d.Decode(rows, left, Chunk{Data: text}, nil)
	if rows.Len() >= batch.Rows || left.Len() != batch.Rows {
		t.Fatalf("%d rows, and %d left out", rows.Len(), left.Len())
	}
	if lines := bytes.Count(text[:at], []byte("\n")); lines != rows.Len()+left.Len() || text[at-1] != '\n' {
		t.Errorf("%d lines were read for %d rows and %d that are left out", lines, rows.Len(), left.Len())
	}
	if last := left.Cols[0].Ints[batch.Rows-1]; text[last] != '{' || last == 0 || text[last-1] != '\n' {
		t.Errorf("the last row is said to begin at byte %d", last)
	}
}
