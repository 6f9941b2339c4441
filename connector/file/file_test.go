package file

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/connector/connectortest"
	"github.com/freshetdb/freshet/connector/format"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/types"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var columns = []connector.Column{
	{Name: "id", Type: types.Of(types.OIDInt8)},
	{Name: "name", Type: types.Of(types.OIDText)},
	{Name: "p", Type: types.Of(types.OIDText), Meta: connector.MetaPartition},
	{Name: "o", Type: types.Of(types.OIDInt8), Meta: connector.MetaOffset},
}

// open makes a source of files.
func open(t testing.TB, encode string, encodeOptions []connector.Setting, columns []connector.Column, options ...string) connector.Source {
	t.Helper()
	var list []connector.Setting
	for i := 0; i < len(options); i += 2 {
		list = append(list, connector.Setting{Name: options[i], Value: options[i+1]})
	}
	v, err := Kind.ParseOptions(list)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Kind.Source(connector.Config{Options: v, Columns: columns, Encode: encode, EncodeOptions: encodeOptions})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func appendTo(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

func jsonRows(from, n int) string {
	var b strings.Builder
	for i := from; i < from+n; i++ {
		fmt.Fprintf(&b, "{\"id\":%d,\"name\":\"row %d\"}\n", i, i)
	}
	return b.String()
}

func TestContract(t *testing.T) {
	header := []connector.Setting{{Name: "header", Value: "true"}}
	for _, c := range []struct {
		name, encode, follow string
		options              []connector.Setting
		files                map[string]string
	}{
		{"json", format.JSON, "false", nil, map[string]string{"a.x": jsonRows(0, 150)}},
		{"json without last line end", format.JSON, "false", nil, map[string]string{"a.x": strings.TrimSpace(jsonRows(0, 30))}},
		{"json with mistakes", format.JSON, "false", nil, map[string]string{"a.x": jsonRows(0, 9) + "{\n\nnonsense\n{\"id\":\"x\"}\r\n" + jsonRows(9, 9)}},
		{"json followed", format.JSON, "true", nil, map[string]string{"a.x": jsonRows(0, 150)}},
		{"several files", format.JSON, "false", nil, map[string]string{"b.x": jsonRows(0, 30), "a.x": "\xEF\xBB\xBF" + jsonRows(30, 30), "c.y": "no"}},
		{"csv", format.CSV, "false", nil, map[string]string{"a.x": "1,a\n2,\"b\nc\"\r\n3,\"d\"\"e\"\n4,\n5,\"\"\n"}},
		{"csv with header", format.CSV, "false", header, map[string]string{"a.x": "name,other,ID\na,b,1\n\"x\ny\",c,2\nz,\"d\n\",3"}},
		{"csv with header, followed", format.CSV, "true", header, map[string]string{"a.x": "\xEF\xBB\xBFname,other,ID\na,b,1\n\"x\ny\",c,2\nz,\"d\n\",3\n"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			folder := t.TempDir()
			for name, text := range c.files {
				write(t, filepath.Join(folder, name), text)
			}
			connectortest.Run(t, connectortest.Case{Columns: columns, Faulty: strings.Contains(c.name, "mistakes"), Make: func(t *testing.T) connector.Source {
				return open(t, c.encode, c.options, columns, "path", filepath.Join(folder, "*.x"), "follow", c.follow)
			}})
		})
	}
}

// follower reads a followed file step by step.
type follower struct {
	t *testing.T
	r connector.Reader
}

func follow(t *testing.T, path string, from connector.Offset) *follower {
	t.Helper()
	s := open(t, format.JSON, nil, columns[:2], "path", path, "follow", "true")
	r, err := s.Open(t.Context(), connector.Start{Partition: path, From: from, Columns: []int{0}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return &follower{t, r}
}

// rows reads what there is: ids of rows, and messages of row errors behind them.
func (f *follower) rows() string {
	f.t.Helper()
	var out []string
	for {
		p, err := f.r.Fetch(connector.Limit{})
		if err != nil {
			f.t.Fatal(err)
		}
		if p == nil {
			return strings.Join(out, " ")
		}
		rows, faults := connectortest.Decode(f.t, p, "", columns, []int{0})
		for _, e := range faults {
			out = append(out, "("+strings.NewReplacer("could not be", "", "\"", "").Replace(e.Err.Message)+")")
		}
		for _, r := range rows {
			out = append(out, r.Values[0])
		}
		p.Release()
	}
}

func (f *follower) want(want string) {
	f.t.Helper()
	got := f.rows()
	if strings.Contains(want, "(") && strings.Contains(got, "(") { // of a message only that there is one, and its key word
		key := want[strings.Index(want, "(")+1 : strings.Index(want, ")")]
		message := got[strings.Index(got, "(") : strings.LastIndex(got, ")")+1]
		if strings.Contains(message, key) {
			got = strings.Replace(got, message, "("+key+")", 1)
		}
	}
	if got != want {
		f.t.Errorf("got rows %s, want %s", got, want)
	}
}

func TestFollowGrowing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	write(t, path, "")
	f := follow(t, path, nil)
	f.want("")
	appendTo(t, path, jsonRows(1, 2)+`{"id":`)
	f.want("1 2")
	f.want("")
	appendTo(t, path, "3")
	f.want("")
	appendTo(t, path, "}\n")
	f.want("3")

	// A new reader goes on where the old one was.
	appendTo(t, path, jsonRows(4, 1))
	g := follow(t, path, f.r.Offset())
	g.want("4")
	f.want("4")
}

func TestFollowTruncated(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	write(t, path, jsonRows(1, 3))
	f := follow(t, path, nil)
	f.want("1 2 3")
	before := f.r.Offset()
	write(t, path, jsonRows(7, 1))
	f.want("(truncated) 7")
	if f.r.Offset().Compare(before) <= 0 {
		t.Errorf("offset went back from %x to %x", before, f.r.Offset())
	}
	// Rewritten with as many bytes as before.
	write(t, path, jsonRows(8, 1))
	f.want("(rewritten) 8")
	write(t, path, jsonRows(10, 5))
	f.want("(rewritten) 10 11 12 13 14")
}

func TestFollowRotated(t *testing.T) {
	path := filepath.Join(t.TempDir(), "app.log")
	write(t, path, jsonRows(1, 3))
	f := follow(t, path, nil)
	f.want("1 2 3")
	old := filepath.Join(filepath.Dir(path), "app-1.log")
	if err := os.Rename(path, old); err != nil {
		t.Fatal(err)
	}
	// The writer has not noticed yet.
	appendTo(t, old, jsonRows(4, 1))
	f.want("4")
	at := f.r.Offset()
	appendTo(t, old, jsonRows(5, 1)+`{"id":6}`)
	write(t, path, jsonRows(7, 2))
	f.want("5 6 7 8")

	// The same, with the reader away at the time of the rotation.
	follow(t, path, at).want("5 6 7 8")
	if err := os.Remove(old); err != nil {
		t.Fatal(err)
	}
	follow(t, path, at).want("(replaced) 7 8")
}

func TestBoundedReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.json")
	write(t, path, jsonRows(1, 3))
	s := open(t, format.JSON, nil, columns, "path", path)
	_, _, at := connectortest.Read(t, s, columns, connector.Start{Partition: path}, connector.Limit{})
	appendTo(t, path, jsonRows(4, 1))
	if rows, _, _ := connectortest.Read(t, s, columns, connector.Start{Partition: path, From: at, Columns: []int{0}}, connector.Limit{}); len(rows) != 1 {
		t.Errorf("got %v, want the row that was appended", rows)
	}
	write(t, path, jsonRows(5, 10))
	if _, err := s.Open(t.Context(), connector.Start{Partition: path, From: at}); pgerr.CodeOf(err) != pgerr.UndefinedFile {
		t.Errorf("another file in its place: %v", err)
	}
}

// TestWait: a reader that waits sees what is appended, and a context that ends.
func TestWait(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	write(t, path, jsonRows(1, 1))
	f := follow(t, path, nil)
	f.r.(*reader).poll = time.Millisecond
	f.want("1")
	done := make(chan error)
	go func() { done <- f.r.Wait(t.Context()) }()
	appendTo(t, path, jsonRows(2, 1))
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	f.want("2")
	ctx, cancel := context.WithCancel(t.Context())
	go func() { done <- f.r.Wait(ctx) }()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("wait ended with %v", err)
	}
}

// TestWrittenWhileRead takes a Fetch step by step, and writes to the file when it has found its end: Wait must notice.
func TestWrittenWhileRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	write(t, path, jsonRows(0, 2))
	f := follow(t, path, nil)
	f.want("0 1")
	r := f.r.(*reader)
	if err := r.look(); err != nil {
		t.Fatal(err)
	}
	if p, err := r.take(connector.Limit{}); p != nil || err != nil {
		t.Fatalf("got %v, %v, want nothing", p, err)
	}
	appendTo(t, path, jsonRows(2, 1))
	if again, err := r.atEnd(); again || err != nil {
		t.Fatalf("got %v, %v, want the end", again, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := r.Wait(ctx); err != nil {
		t.Fatal(err)
	}
	f.want("2")
}

// TestWrittenAnew: a reader that waits notices a file that is written anew with as many bytes as it had.
func TestWrittenAnew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	write(t, path, jsonRows(1, 1))
	long := time.Now().Add(-time.Hour)
	if err := os.Chtimes(path, long, long); err != nil {
		t.Fatal(err)
	}
	f := follow(t, path, nil)
	f.want("1")
	write(t, path, jsonRows(2, 1))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := f.r.Wait(ctx); err != nil {
		t.Fatal(err)
	}
	f.want("(rewritten) 2")
}

func TestErrors(t *testing.T) {
	folder := t.TempDir()
	for path, code := range map[string]pgerr.Code{
		filepath.Join(folder, "nosuch"):   pgerr.UndefinedFile,
		filepath.Join(folder, "*.nosuch"): pgerr.UndefinedFile,
		folder:                            pgerr.InvalidParameterValue,
	} {
		s := open(t, format.JSON, nil, columns, "path", path)
		if _, err := s.Partitions(t.Context()); pgerr.CodeOf(err) != code || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v, want %s", path, err, code)
		}
	}
	for _, settings := range [][]connector.Setting{{}, {{Name: "path", Value: "a"}, {Name: "x", Value: "y"}}, {{Name: "path", Value: "a"}, {Name: "follow", Value: "perhaps"}}} {
		if _, err := Kind.ParseOptions(settings); pgerr.CodeOf(err) != pgerr.InvalidParameterValue {
			t.Errorf("%v: %v", settings, err)
		}
	}
}

// TestLongRows: rows longer than a piece are whole, for any limit.
func TestLongRows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.json")
	var text bytes.Buffer
	for i, n := range []int{0, 10, pieceSize - 20, pieceSize, 3 * pieceSize, 5, minPieceSize} {
		fmt.Fprintf(&text, "{\"name\":%q,\"id\":%d}\n", strings.Repeat("x", n), i)
	}
	write(t, path, text.String())
	s := open(t, format.JSON, nil, columns, "path", path)
	for _, limit := range []connector.Limit{{}, {Bytes: 1}, {Rows: 1}, {Rows: 3}} {
		rows, faults, _ := connectortest.Read(t, s, columns, connector.Start{Partition: path, Columns: []int{0}}, limit)
		var got []string
		for _, r := range rows {
			got = append(got, r.Values...)
		}
		if diff := cmp.Diff([]string{"0", "1", "2", "3", "4", "5", "6"}, got); diff != "" || len(faults) > 0 {
			t.Errorf("%+v: %s %v", limit, diff, faults)
		}
	}
}

// TestTooLongRow: a row that is longer than rows may be is reported, and the others go on.
func TestTooLongRow(t *testing.T) {
	if testing.Short() {
		t.Skip("writes a file of 128 MiB")
	}
	path := filepath.Join(t.TempDir(), "a.json")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	// A hole in the file, so that no disk is filled.
	if _, err := f.WriteString(jsonRows(1, 1) + "{"); err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte("}\n"+jsonRows(2, 2)), maxRowSize+1000); err != nil {
		t.Fatal(err)
	}
	f.Close()
	for _, follow := range []string{"false", "true"} {
		s := open(t, format.JSON, nil, columns, "path", path, "follow", follow)
		rows, faults, _ := connectortest.Read(t, s, columns, connector.Start{Partition: path, Columns: []int{0}}, connector.Limit{})
		if len(rows) != 3 || len(faults) != 1 || faults[0].Offset != int64(len(jsonRows(1, 1))) || faults[0].Err.Code != pgerr.ProgramLimitExceeded {
			t.Errorf("follow=%s: rows %v, errors %v", follow, rows, faults)
		}
	}
}

func TestNoAllocation(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.json")
	write(t, path, jsonRows(0, 100_000))
	s := open(t, format.JSON, nil, columns, "path", path)
	b := connectortest.Batch(columns, []int{0, 1, 2, 3})
	r, err := s.Open(t.Context(), connector.Start{Partition: path, Columns: []int{0, 1, 2, 3}})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	once := func() {
		p, err := r.Fetch(connector.Limit{Bytes: 100_000})
		if err != nil {
			t.Fatal(err)
		}
		for more := true; more; b.Reset() {
			if more, err = p.Decode(b, nil, nil); err != nil {
				t.Fatal(err)
			}
		}
		p.Release()
	}
	once()
	if n := testing.AllocsPerRun(10, once); n > 0 {
		t.Errorf("%v allocations for a piece", n)
	}
}

func TestTraits(t *testing.T) {
	s := open(t, format.JSON, nil, columns, "path", "x", "follow", "on")
	if s.Traits().Bounded {
		t.Error("a followed file is not bounded")
	}
	if _, err := s.Open(t.Context(), connector.Start{Partition: "x", From: connector.Offset("short")}); err == nil {
		t.Error("a damaged offset was taken")
	}
}

func BenchmarkFile(b *testing.B) {
	path := filepath.Join(b.TempDir(), "a.json")
	var text bytes.Buffer
	for i := range 100_000 {
		fmt.Fprintf(&text, `{"user_id":"2f6face5-1b77-4389-9eb7-91a2dbc5363f","page_id":"a02c9493-cd46-4c22-967d-8b0827f89696","ad_id":"36d9a9e6-d391-4ddd-8f85-4a5b79246abd","ad_type":"banner","event_type":"view","event_time":%d,"ip_address":"10.156.164.165"}`+"\n", 1436918400000+i)
	}
	write(b, path, text.String())
	cols := []connector.Column{
		{Name: "ad_id", Type: types.Of(types.OIDText)},
		{Name: "event_type", Type: types.Of(types.OIDText)},
		{Name: "event_time", Type: types.Of(types.OIDTimestamptz)},
	}
	s := open(b, format.JSON, nil, cols, "path", path)
	rows := connectortest.Batch(cols, []int{0, 1, 2})
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	total := 0
	for b.Loop() {
		r, err := s.Open(b.Context(), connector.Start{Partition: path, Columns: []int{0, 1, 2}})
		if err != nil {
			b.Fatal(err)
		}
		for {
			p, err := r.Fetch(connector.Limit{})
			if errors.Is(err, io.EOF) {
				break
			}
			for more := true; more; rows.Reset() {
				if more, err = p.Decode(rows, nil, nil); err != nil {
					b.Fatal(err)
				}
				total += rows.Len()
			}
			p.Release()
		}
		r.Close()
	}
	b.ReportMetric(float64(total)/b.Elapsed().Seconds()/1e6, "Mrows/s")
}
