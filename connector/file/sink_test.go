package file

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/connector/connectortest"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

func makeSink(t *testing.T, c connector.Config, settings ...string) connector.Sink {
	t.Helper()
	kind := Kind.ForSink()
	var list []connector.Setting
	for i := 0; i < len(settings); i += 2 {
		list = append(list, connector.Setting{Name: settings[i], Value: settings[i+1]})
	}
	var err error
	if c.Options, err = kind.ParseOptions(list); err != nil {
		t.Fatal(err)
	}
	s, err := kind.Sink(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var numbers = []connector.Column{{Name: "n", Type: types.Of(types.OIDInt8)}}

func TestSinkContract(t *testing.T) {
	connectortest.RunSink(t, func(t *testing.T) connector.Sink {
		t.Helper()
		return makeSink(t, connector.Config{Columns: numbers}, "path", t.TempDir())
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func openSink(t *testing.T, s connector.Sink, want uint64) {
	t.Helper()
	if last, err := s.Open(t.Context()); err != nil || last != want {
		t.Fatalf("opened at epoch %d, want %d: %v", last, want, err)
	}
}

// write writes numbers, the negative ones as rows that leave.
func writeRows(t *testing.T, s connector.Sink, epoch uint64, list ...int64) {
	t.Helper()
	b := batch.New(types.Of(types.OIDInt8))
	for _, n := range list {
		if n < 0 {
			b.AppendValues(-1, types.IntValue(-n))
		} else {
			b.AppendValues(1, types.IntValue(n))
		}
	}
	must(t, s.Write(t.Context(), epoch, b))
}

// content is all files of a folder, but those of the sink's own.
func content(t *testing.T, dir string) string {
	t.Helper()
	var out []string
	must(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if err == nil && d.Name() == control {
				return filepath.SkipDir
			}
			return err
		}
		text, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		out = append(out, name+": "+strings.ReplaceAll(string(text), "\n", ";"))
		return err
	}))
	slices.Sort(out)
	return strings.Join(out, "\n")
}

func check(t *testing.T, dir, want string) {
	t.Helper()
	if got := content(t, dir); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestSinkFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	s := makeSink(t, connector.Config{Columns: numbers, AppendOnly: true}, "path", dir)
	openSink(t, s, 0)
	writeRows(t, s, 3, 1, 2)
	writeRows(t, s, 4, 3)
	must(t, s.Flush(t.Context(), 4))
	writeRows(t, s, 7, 4)
	must(t, s.Close())
	want := `part-000000000003-000000000004.json: {"n":1};{"n":2};{"n":3};`
	check(t, dir, want)
	openSink(t, s, 4)
	writeRows(t, s, 4, 3) // is there already
	writeRows(t, s, 7, 4)
	must(t, s.Flush(t.Context(), 8))
	check(t, dir, want+"\n"+`part-000000000007-000000000008.json: {"n":4};`)
	other := makeSink(t, connector.Config{Columns: numbers}, "path", dir)
	if _, err := other.Open(t.Context()); pgerr.CodeOf(err) != pgerr.ObjectInUse {
		t.Errorf("two sinks in one folder: %v", err)
	}
	must(t, s.Close())
	openSink(t, other, 8)
	writeRows(t, other, 9, -4, 5)
	must(t, other.Flush(t.Context(), 9))
	must(t, other.Close())
	check(t, dir, want+"\n"+`part-000000000007-000000000008.json: {"n":4};`+"\n"+
		`part-000000000009-000000000009.json: {"op":"delete","n":4};{"op":"insert","n":5};`)
}

func TestSinkPartitions(t *testing.T) {
	dir := t.TempDir()
	text := types.Of(types.OIDText)
	s := makeSink(t, connector.Config{
		Columns:    []connector.Column{{Name: "dt", Type: types.Of(types.OIDDate)}, {Name: "x", Type: text}, {Name: "hm", Type: text}},
		AppendOnly: true, Encode: "CSV", EncodeOptions: []connector.Setting{{Name: "header", Value: "true"}},
	}, "path", dir, "partition_by", "dt, hm")
	openSink(t, s, 0)
	b := batch.New(types.Of(types.OIDDate), text, text)
	long := strings.Repeat("x", bufferBytes)
	for _, row := range [][2]string{{"a,b", "12:00"}, {"", "../.."}, {long, "12:00"}, {`say "hi"`, ""}} {
		b.AppendValues(1, types.IntValue(20_000), types.TextValue(row[0]), types.TextValue(row[1]))
	}
	b.AppendValues(2, types.NullValue, types.NullValue, types.NullValue)
	must(t, s.Write(t.Context(), 1, b))
	must(t, s.Flush(t.Context(), 1))
	must(t, s.Close())
	const name = "part-000000000001-000000000001.csv: x;"
	date := string(mustCodec(t, types.OIDDate).AppendText(nil, types.IntValue(20_000), types.DefaultSettings))
	check(t, dir, "dt="+date+"/hm=..%2F../"+name+`"";`+"\n"+
		"dt="+date+"/hm=12%3A00/"+name+`"a,b";`+long+";\n"+
		"dt="+date+"/hm="+noValue+"/"+name+`"say ""hi""";`+"\n"+
		"dt="+noValue+"/hm="+noValue+"/"+name+`;;`)
}

func mustCodec(t *testing.T, oid types.OID) *types.Codec {
	t.Helper()
	c, ok := types.CodecOf(oid)
	if !ok {
		t.Fatal("no codec")
	}
	return c
}

// TestSinkCrash stops after each step of a flush, as a crash would, and goes on as the runtime does: from the epoch that Open answers.
func TestSinkCrash(t *testing.T) {
	columns := []connector.Column{{Name: "p", Type: types.Of(types.OIDInt8)}, {Name: "n", Type: types.Of(types.OIDInt8)}}
	for moved := -2; moved <= 4; moved++ {
		dir := t.TempDir()
		c := connector.Config{Columns: columns, AppendOnly: true}
		s := makeSink(t, c, "path", dir, "partition_by", "p").(*sink)
		openSink(t, s, 0)
		rows := func(s connector.Sink, epoch uint64) {
			b := batch.New(types.Of(types.OIDInt8), types.Of(types.OIDInt8))
			for i := range int64(4) {
				b.AppendValues(1, types.IntValue(i), types.IntValue(int64(epoch)))
			}
			must(t, s.Write(t.Context(), epoch, b))
		}
		rows(s, 1)
		must(t, s.Flush(t.Context(), 1))
		rows(s, 2)
		var next folderState
		next.Epoch, next.Version = 2, stateVersion
		for _, f := range s.files { // what Flush does, up to a step
			must(t, s.spill(f, moved > -2))
			next.Files = append(next.Files, move{f.name, f.dir + "/part-000000000002-000000000002.json"})
		}
		if moved >= 0 {
			some := folderState{Epoch: 2, Files: next.Files[:moved]}
			must(t, next.write(dir))
			must(t, some.finish(dir))
		}
		folders.owner = map[string]*sink{} // the process is gone
		s = makeSink(t, c, "path", dir, "partition_by", "p").(*sink)
		last, err := s.Open(context.Background())
		must(t, err)
		if want := uint64(1 + min(moved+1, 1)); moved >= -1 && last != want {
			t.Errorf("%d moved: opened at epoch %d, want %d", moved, last, want)
		}
		for epoch := last + 1; epoch <= 3; epoch++ {
			rows(s, epoch)
			must(t, s.Flush(t.Context(), epoch))
		}
		must(t, s.Close())
		var want []string
		for p := range 4 {
			for epoch := range 3 {
				want = append(want, strings.NewReplacer("P", string(rune('0'+p)), "E", string(rune('1'+epoch))).
					Replace(`p=P/part-00000000000E-00000000000E.json: {"n":E};`))
			}
		}
		check(t, dir, strings.Join(want, "\n"))
	}
}

func TestSinkMistakes(t *testing.T) {
	kind := Kind.ForSink()
	for name, c := range map[string]struct {
		settings []connector.Setting
		config   connector.Config
		code     pgerr.Code
	}{
		"no path":        {nil, connector.Config{}, pgerr.InvalidParameterValue},
		"a source's":     {[]connector.Setting{{Name: "path", Value: "x"}, {Name: "follow", Value: "true"}}, connector.Config{}, pgerr.InvalidParameterValue},
		"no such column": {[]connector.Setting{{Name: "path", Value: "x"}, {Name: "partition_by", Value: "n,m"}}, connector.Config{}, pgerr.UndefinedColumn},
		"twice":          {[]connector.Setting{{Name: "path", Value: "x"}, {Name: "op_column", Value: "n"}}, connector.Config{}, pgerr.DuplicateColumn},
		"encoding":       {[]connector.Setting{{Name: "path", Value: "x"}}, connector.Config{Encode: "BYTES"}, pgerr.FeatureNotSupported},
	} {
		c.config.Columns = numbers
		var err error
		if c.config.Options, err = kind.ParseOptions(c.settings); err == nil {
			_, err = kind.Sink(c.config)
		}
		if pgerr.CodeOf(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
}
