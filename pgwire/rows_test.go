package pgwire

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgproto3/v2"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// sink is a client's socket that counts what it is sent.
type sink struct {
	net.Conn
	bytes int64
	fail  error
}

func (s *sink) Write(b []byte) (int, error) {
	if s.fail != nil {
		return 0, s.fail
	}
	s.bytes += int64(len(b))
	return len(b), nil
}

func columnsOf(list ...types.OID) []Column {
	columns := make([]Column, len(list))
	for i, oid := range list {
		columns[i] = Column{Name: fmt.Sprint("c", i), Type: types.Of(oid)}
	}
	return columns
}

func batchOf(columns []Column) *batch.Batch {
	list := make([]types.Type, len(columns))
	for i, c := range columns {
		list[i] = c.Type
	}
	return batch.New(list...)
}

// bench is what the goal in the design is measured on: four columns of integers and one of text.
func benchRows(n int) ([]Column, *batch.Batch) {
	columns := columnsOf(types.OIDInt8, types.OIDInt8, types.OIDInt4, types.OIDInt4, types.OIDText)
	b := batchOf(columns)
	for i := range int64(n) {
		b.AppendValues(1, types.IntValue(1_000_000+i*7919), types.IntValue(i), types.IntValue(i*31%10_000), types.IntValue(-i%100),
			types.TextValue("channel-name"))
	}
	return columns, b
}

// resultsTo makes a portal's Out whose client is w.
func resultsTo(w *sink, columns []Column, formats ...int16) *results {
	r := &results{c: &conn{net: w}}
	r.reset(context.Background(), true, formats)
	r.encoder.reset(columns, formats, types.DefaultSettings)
	r.phase = phaseRows
	return r
}

// TestRowsAllocateNothing is the promise of a steady state: no memory for a row, nor for a batch.
func TestRowsAllocateNothing(t *testing.T) {
	columns, b := benchRows(batch.Rows)
	for _, format := range []int16{textFormat, binaryFormat} {
		r := resultsTo(&sink{}, columns, format)
		if n := testing.AllocsPerRun(20, func() {
			if err := r.Rows(b); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("format %d: %g allocations for a batch of %d rows", format, n, b.Len())
		}
	}
}

// TestRowForms writes a row of every type, in both formats, and as often as the multiplicity says.
func TestRowForms(t *testing.T) {
	columns := columnsOf(types.OIDBool, types.OIDInt2, types.OIDInt4, types.OIDInt8, types.OIDFloat8, types.OIDText, types.OIDOID, types.OIDUnknown, 9999)
	b := batchOf(columns)
	b.AppendValues(2, types.BoolValue(true), types.IntValue(-2), types.IntValue(-4), types.IntValue(-8), types.FloatValue(1.5),
		types.TextValue("täxt"), types.IntValue(1<<32-1), types.TextValue("?"), types.TextValue("(1,2)"))
	b.AppendValues(1, types.BoolValue(false), types.NullValue, types.NullValue, types.NullValue, types.NullValue,
		types.NullValue, types.NullValue, types.NullValue, types.NullValue)
	for _, c := range []struct {
		formats []int16
		want    []string
	}{
		{nil, []string{"t", "-2", "-4", "-8", "1.5", "täxt", "4294967295", "?", "(1,2)"}},
		{[]int16{binaryFormat}, []string{
			"\x01", "\xff\xfe", "\xff\xff\xff\xfc", "\xff\xff\xff\xff\xff\xff\xff\xf8", "\x3f\xf8\x00\x00\x00\x00\x00\x00",
			"täxt", "\xff\xff\xff\xff", "?", "(1,2)",
		}},
		{[]int16{0, 1, 0, 1, 0, 1, 0, 1, 0}, []string{
			"t", "\xff\xfe", "-4", "\xff\xff\xff\xff\xff\xff\xff\xf8", "1.5", "täxt", "4294967295", "?", "(1,2)",
		}},
	} {
		r := resultsTo(&sink{}, columns, c.formats...)
		if err := r.Rows(b); err != nil {
			t.Fatal(err)
		}
		front := pgproto3.NewFrontend(pgproto3.NewChunkReader(strings.NewReader(string(r.c.out))), io.Discard)
		for i := range 3 {
			m, err := front.Receive()
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, v := range m.(*pgproto3.DataRow).Values {
				if v != nil {
					got = append(got, string(v))
				}
			}
			want := c.want
			if i == 2 {
				want = []string{map[bool]string{true: "\x00", false: "f"}[formatOf(c.formats, 0) == binaryFormat]}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("formats %v, row %d (-want +got):\n%s", c.formats, i, diff)
			}
		}
		if _, err := front.Receive(); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("after the rows: %v", err)
		}
	}
}

// TestRowsSuspend cuts batches at the row limit wherever it falls, also between two of the same row.
func TestRowsSuspend(t *testing.T) {
	columns := columnsOf(types.OIDInt4)
	single, double := batchOf(columns), batchOf(columns)
	for i := range int64(300) {
		single.AppendValues(1, types.IntValue(i))
		if i < 150 {
			double.AppendValues(2, types.IntValue(i))
		}
	}
	for _, limit := range []int64{1, 2, 7, chunkRows, chunkRows + 1, 299, 300, 301} {
		for name, b := range map[string]*batch.Batch{"once": single, "twice": double} {
			r := resultsTo(&sink{}, columns)
			r.limit = limit
			var pieces []int64
			rows := 0
			r.suspend = func() bool {
				pieces = append(pieces, r.sent)
				rows += countRows(r.c.out)
				r.c.out = r.c.out[:0]
				r.sent = 0
				return true
			}
			if err := r.Rows(b); err != nil {
				t.Fatal(err)
			}
			rows += countRows(r.c.out)
			if rows != 300 || len(pieces) != int(300/limit) || r.sent != 300%limit {
				t.Errorf("%s, limit %d: %d rows, %d pieces, then %d", name, limit, rows, len(pieces), r.sent)
			}
			for _, n := range pieces {
				if n != limit {
					t.Errorf("%s, limit %d: a piece of %d", name, limit, n)
				}
			}
		}
	}
	r := resultsTo(&sink{}, columns)
	r.limit, r.suspend = 1, func() bool { return false }
	if err, again := r.Rows(single), r.Rows(single); !errors.Is(err, ErrPortalClosed) || !errors.Is(again, ErrPortalClosed) || r.sent != 1 {
		t.Errorf("closed: %v, then %v, after %d rows", err, again, r.sent)
	}
}

// countRows counts the messages of out.
func countRows(out []byte) (n int) {
	for ; len(out) > 0; n++ {
		out = out[1+binary.BigEndian.Uint32(out[1:]):]
	}
	return n
}

// TestRowsStop when the client is gone or the statement cancelled.
func TestRowsStop(t *testing.T) {
	columns, b := benchRows(batch.Rows)
	lost := errors.New("reset by peer")
	if err := resultsTo(&sink{fail: lost}, columns).Rows(b); !errors.Is(err, lost) || !errors.Is(err, errClientGone) {
		t.Errorf("client gone: %v", err)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	cause := errors.New("cancelled")
	cancel(cause)
	r := resultsTo(&sink{}, columns)
	r.ctx = ctx
	if err := r.Rows(b); !errors.Is(err, cause) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestOutIsUsedInOrder: mistakes of a session are found, not sent.
func TestOutIsUsedInOrder(t *testing.T) {
	if invariants.Enabled {
		t.Skip("builds with invariants panic")
	}
	columns, b := benchRows(1)
	negative := batchOf(columns)
	negative.AppendRow(b, 0, -1)
	fresh := func() *results {
		r := &results{c: &conn{net: &sink{}}}
		r.reset(context.Background(), false, nil)
		return r
	}
	for name, mistake := range map[string]func(r *results) error{
		"rows first":      func(r *results) error { return r.Rows(b) },
		"columns twice":   func(r *results) error { return errors.Join(r.Columns(columns), r.Columns(columns)) },
		"too few columns": func(r *results) error { return errors.Join(r.Columns(columns[:3]), r.Rows(b)) },
		"other kinds":     func(r *results) error { return errors.Join(r.Columns(columnsOf(25, 25, 25, 25, 25)), r.Rows(b)) },
		"rows that leave": func(r *results) error { return errors.Join(r.Columns(columns), r.Rows(negative)) },
		"rows afterwards": func(r *results) error { return errors.Join(r.Columns(columns), r.Complete("SELECT 0"), r.Rows(b)) },
		"copy in a result": func(r *results) error {
			_, err := r.CopyIn(CopyFormat{})
			_, err2 := r.CopyOut(CopyFormat{})
			return errors.Join(err, err2)
		},
		"copy data outside": func(r *results) error {
			send, _ := r.CopyOut(CopyFormat{})
			return errors.Join(r.Complete("COPY 0"), send(nil))
		},
	} {
		var violation *invariants.Violation
		if err := mistake(fresh()); !errors.As(err, &violation) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestIntText(t *testing.T) {
	numbers := []int64{0, 1, 9, 10, 11, 99, 100, 101, 999, 1000, math.MaxInt32, math.MinInt32, math.MaxInt64, math.MinInt64}
	for p, i := int64(10), 0; i < 18; p, i = p*10, i+1 {
		numbers = append(numbers, p-1, p, p+1, 1<<(3*i), 1<<(3*i)-1)
	}
	for _, n := range numbers {
		for _, n := range []int64{n, -n} {
			want := strconv.FormatInt(n, 10)
			got := make([]byte, 24)
			got = got[:putIntText(got, 0, n)]
			if string(got[4:]) != want || int(binary.BigEndian.Uint32(got)) != len(want) {
				t.Errorf("%d: %q", n, got)
			}
		}
	}
}

func TestCountTag(t *testing.T) {
	for tag, want := range map[string]string{"SELECT 10": "SELECT 7", "INSERT 0 3": "INSERT 0 7", "BEGIN": "BEGIN", "CREATE TABLE": "CREATE TABLE", "": ""} {
		if got := countTag(tag, 7); got != want {
			t.Errorf("%q: %q, want %q", tag, got, want)
		}
	}
}

// cpu is the processor time that the process has used: on a machine that others use, the clock says little.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkRows writes rows from vectors into the buffer; a row is 4 integers and a text.
func BenchmarkRows(b *testing.B) {
	columns, rows := benchRows(batch.Rows)
	for name, format := range map[string]int16{"text": textFormat, "binary": binaryFormat} {
		b.Run(name, func(b *testing.B) {
			w := &sink{}
			r := resultsTo(w, columns, format)
			b.ReportAllocs()
			n, before := 0, cpu()
			for b.Loop() {
				if err := r.Rows(rows); err != nil {
					b.Fatal(err)
				}
				n += rows.Len()
			}
			b.SetBytes(w.bytes / int64(max(1, b.N)))
			b.ReportMetric(float64(n)/b.Elapsed().Seconds()/1e6, "Mrows/s")
			b.ReportMetric(float64(n)/(cpu()-before).Seconds()/1e6, "Mrows/cpu-s")
		})
	}
}
