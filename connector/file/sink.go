package file

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/connector/format"
	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

var sinkOptions = []connector.Option{
	{
		Name: "path", Type: connector.Text, Required: true,
		Doc: "A folder, which is made if it is not there. It is relative to the folder that the server was started in.",
	},
	{
		Name: "partition_by", Type: connector.Text,
		Doc: "Columns, with commas between, whose values are the names of subfolders, such as dt=2026-01-31/hm=12%3A00, instead of being written into the files.",
	},
	{
		Name: "rollover.interval", Aliases: []string{"sink.rolling-policy.rollover-interval"}, Type: connector.Duration, Default: "1s", Max: 86_400_000_000,
		Doc: "How long rows wait at most until a file is complete and gets its name. off: each epoch has files of its own.",
	},
	{
		Name: "rollover.bytes", Type: connector.Integer, Default: "67_108_864", Min: 1, Max: 1 << 40,
		Doc: "About how many bytes of changes files are completed after, however short the time.",
	},
	{
		Name: "op_column", Type: connector.Text,
		Doc: "The name of the first field of each row, which is insert or delete; op if it is left out. Rows of a relation whose rows are never taken back have it only if it is given.",
	},
}

// bufferBytes is how much of one file waits in memory: large writes, and files need not be kept open.
const bufferBytes = 256 << 10

// sink writes a folder. See the package comment.
type sink struct {
	dir        string
	extension  string
	writer     *format.Writer
	written    []int // columns that are written
	partitions []partitionColumn
	appendOnly bool
	withOp     bool // each row says whether it comes or goes
	interval   time.Duration
	size       int64

	opened bool
	epoch  uint64 // that the folder has
	first  uint64 // of what was written since; 0: nothing was
	files  map[string]*stagedFile
	staged int // files since Open, for their names
	view   batch.Batch
	op     batch.Vec
	dirOf  []byte
	text   []byte
}

// partitionColumn is one whose values are names of folders.
type partitionColumn struct {
	column int
	prefix string // name=
	codec  *types.Codec
}

// stagedFile is a file that is not complete.
type stagedFile struct {
	dir    string // of the file, in the sink's folder
	name   string // in the folder of staged files; empty: it is all in the buffer
	buffer []byte
}

func newSink(c connector.Config) (connector.Sink, error) {
	s := &sink{
		dir: c.Options.Text("path"), appendOnly: c.AppendOnly, size: c.Options.Int("rollover.bytes"),
		interval: time.Duration(c.Options.Micros("rollover.interval")) * time.Microsecond,
	}
	encode := c.Encode
	if encode == "" {
		encode = format.JSON
	}
	s.extension = "." + strings.ToLower(encode)
	if err := s.partitionBy(c); err != nil {
		return nil, err
	}
	var columns []connector.Column
	if !c.AppendOnly || c.Options.Has("op_column") {
		name := "op"
		if c.Options.Has("op_column") {
			name = c.Options.Text("op_column")
		}
		columns = append(columns, connector.Column{Name: name, Type: types.Of(types.OIDText)})
		s.withOp, s.op = true, batch.NewVec(types.Of(types.OIDText))
	}
	for i, x := range c.Columns {
		if slices.ContainsFunc(s.partitions, func(p partitionColumn) bool { return p.column == i }) {
			continue
		}
		if s.withOp && x.Name == columns[0].Name {
			return nil, pgerr.Newf(pgerr.DuplicateColumn, "column %q would be there twice in what the sink writes", x.Name).
				WithHint("Option op_column gives the field that says insert or delete another name.")
		}
		columns = append(columns, x)
		s.written = append(s.written, i)
	}
	var err error
	s.writer, err = format.NewWriter(encode, c.EncodeOptions, columns)
	return s, err
}

func (s *sink) partitionBy(c connector.Config) error {
	if !c.Options.Has("partition_by") {
		return nil
	}
	for name := range strings.SplitSeq(c.Options.Text("partition_by"), ",") {
		name = strings.TrimSpace(name)
		at := slices.IndexFunc(c.Columns, func(x connector.Column) bool { return x.Name == name })
		if at < 0 {
			return pgerr.Newf(pgerr.UndefinedColumn, "column %q named in option partition_by does not exist", name)
		}
		codec, ok := types.CodecOf(c.Columns[at].Type.OID)
		if !ok {
			return pgerr.Newf(pgerr.FeatureNotSupported, "values of column %q cannot be names of folders", name)
		}
		s.partitions = append(s.partitions, partitionColumn{at, string(appendEscaped(nil, []byte(name))) + "=", codec})
	}
	return nil
}

// Pace implements connector.Pacer.
func (s *sink) Pace() (time.Duration, int64) { return s.interval, s.size }

// folders are those that sinks of the process write to.
var folders = struct {
	sync.Mutex
	owner map[string]*sink
}{owner: map[string]*sink{}}

// Open finds the last epoch of the folder, and finishes what a crash has left half done.
func (s *sink) Open(context.Context) (uint64, error) {
	dir, err := filepath.Abs(s.dir)
	if err != nil {
		return 0, writeError(s.dir, err)
	}
	folders.Lock()
	defer folders.Unlock()
	if o := folders.owner[dir]; o != nil && o != s {
		return 0, pgerr.Newf(pgerr.ObjectInUse, "another sink writes to %q", s.dir)
	}
	s.dir = dir
	s.files, s.first, s.staged = map[string]*stagedFile{}, 0, 0
	if s.epoch, err = openFolder(dir); err != nil {
		return 0, err
	}
	folders.owner[dir] = s
	s.opened = true
	return s.epoch, nil
}

func (s *sink) Write(_ context.Context, epoch uint64, b *batch.Batch) error {
	if epoch <= s.epoch {
		return nil
	}
	if s.first == 0 {
		s.first = epoch
	}
	s.look(b)
	for i := range b.Len() {
		diff := b.DiffAt(i)
		if diff < 0 && s.appendOnly {
			return invariants.Errorf("a row leaves a relation that is append-only")
		}
		f := s.fileOf(b, i)
		for range max(diff, -diff) {
			var err error
			if f.buffer, err = s.writer.Append(f.buffer, &s.view, i); err != nil {
				return err
			}
		}
		if len(f.buffer) >= bufferBytes {
			if err := s.spill(f, false); err != nil {
				return err
			}
		}
	}
	return nil
}

// look makes the view that of what is written of a batch.
func (s *sink) look(b *batch.Batch) {
	s.view.Cols = s.view.Cols[:0]
	if s.withOp {
		s.op.Reset()
		for i := range b.Len() {
			if b.DiffAt(i) > 0 {
				s.op.AppendString("insert")
			} else {
				s.op.AppendString("delete")
			}
		}
		s.view.Cols = append(s.view.Cols, s.op)
	}
	for _, c := range s.written {
		s.view.Cols = append(s.view.Cols, b.Cols[c])
	}
}

// fileOf finds the file that a row goes into.
func (s *sink) fileOf(b *batch.Batch, i int) *stagedFile {
	s.dirOf = s.dirOf[:0]
	for n, p := range s.partitions {
		if n > 0 {
			s.dirOf = append(s.dirOf, '/')
		}
		s.dirOf = append(s.dirOf, p.prefix...)
		v := b.Cols[p.column].Value(i)
		s.text = s.text[:0]
		if !v.Null {
			s.text = p.codec.AppendText(s.text, v, types.DefaultSettings)
		}
		if len(s.text) == 0 {
			s.dirOf = append(s.dirOf, noValue...)
			continue
		}
		s.dirOf = appendEscaped(s.dirOf, s.text)
	}
	f := s.files[string(s.dirOf)]
	if f == nil {
		f = &stagedFile{dir: string(s.dirOf)}
		s.files[f.dir] = f
	}
	if f.name == "" && len(f.buffer) == 0 {
		f.buffer = s.writer.AppendHeader(f.buffer)
	}
	return f
}

// noValue is the folder of null and of empty text, as Hive calls it.
const noValue = "__HIVE_DEFAULT_PARTITION__"

// appendEscaped writes a value as the name of a folder: what means something in paths or to Hive is % and two hexadecimal digits.
func appendEscaped(dst, text []byte) []byte {
	for _, c := range text {
		if c < ' ' || c == 0x7f || strings.IndexByte("\"#%'*/:=?\\{}[]^", c) >= 0 {
			dst = fmt.Appendf(dst, "%%%02X", c)
			continue
		}
		dst = append(dst, c)
	}
	return dst
}

// spill writes what waits for a file; whole tells that no more comes, so that it is to be on disk.
func (s *sink) spill(f *stagedFile, whole bool) error {
	if f.name == "" {
		s.staged++ // with an epoch that the folder does not have, so that it is no name of an earlier flush
		f.name = fmt.Sprintf("%d-%d.part", s.first, s.staged)
	}
	path := filepath.Join(s.dir, control, f.name)
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return writeError(path, err)
	}
	_, err = file.Write(f.buffer)
	if err == nil && whole {
		err = file.Sync()
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	f.buffer = f.buffer[:0]
	if err != nil {
		return writeError(path, err)
	}
	return nil
}

// Flush completes the files, and makes them those of the epochs up to the given one.
func (s *sink) Flush(_ context.Context, epoch uint64) error {
	if epoch <= s.epoch || s.first == 0 {
		return nil
	}
	next := folderState{Epoch: epoch}
	for _, f := range s.files {
		if f.name == "" && len(f.buffer) == 0 {
			continue
		}
		if err := s.spill(f, true); err != nil {
			return err
		}
		name := fmt.Sprintf("part-%012d-%012d%s", s.first, epoch, s.extension)
		next.Files = append(next.Files, move{f.name, filepath.ToSlash(filepath.Join(f.dir, name))})
	}
	if err := next.commit(s.dir); err != nil {
		return err
	}
	s.epoch, s.first = epoch, 0
	clear(s.files)
	return nil
}

// Close drops what was not flushed.
func (s *sink) Close() error {
	if !s.opened {
		return nil
	}
	s.opened = false
	folders.Lock()
	defer folders.Unlock()
	delete(folders.owner, s.dir)
	s.files = nil
	return removeStaged(s.dir, nil)
}

func writeError(path string, err error) error {
	return pgerr.Newf(pgerr.IOError, "could not write to %q: %v", path, reasonOf(err))
}
