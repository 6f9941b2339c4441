package file

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/connector/format"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/batch"
)

// Kind is the kind for files.
var Kind = &connector.Kind{
	Name: "file",
	Doc: "Reads files of rows from the server's own disk: one file, those that match a pattern, or files that grow. " +
		"Writes files into a folder there. Of a row only the columns are looked at that some query of the source needs: a value that does not " +
		"fit its column makes the row a bad one only while some query needs the column.",
	Options: []connector.Option{
		{
			Name: "path", Type: connector.Text, Required: true,
			Doc: "A file, or a pattern with *, ? and [...] for several. It is relative to the folder that the server was started in.",
		},
		{
			Name: "follow", Type: connector.Boolean, Default: "false",
			Doc: "true: the file may grow, be truncated or rotated, and the stream has no end.",
		},
	},
	Encodes:     []string{format.JSON, format.CSV, format.Text},
	SinkOptions: sinkOptions,
	SinkEncodes: []string{format.JSON, format.CSV},
	Sink:        newSink,
	Replay:      true,
	ExactlyOnce: true,
	Source: func(c connector.Config) (connector.Source, error) {
		encode := c.Encode
		if encode == "" {
			encode = format.JSON
		}
		f, err := format.New(encode, c.EncodeOptions, c.Columns)
		if err != nil {
			return nil, err
		}
		path := c.Options.Text("path")
		if _, err := filepath.Match(path, ""); err != nil {
			return nil, pgerr.Newf(pgerr.InvalidParameterValue, "invalid value for option \"path\": %q", path).
				WithHint("A [ in a pattern needs its ].")
		}
		return &source{path: path, follow: c.Options.Bool("follow"), format: f}, nil
	},
}

// source is a path.
type source struct {
	path   string
	follow bool
	format *format.Format
}

// pollInterval is how often a followed file is looked at while it does not grow: often enough to feel immediate, and a few
// system calls a second.
const pollInterval = 50 * time.Millisecond

func (s *source) Traits() connector.Traits { return connector.Traits{Bounded: !s.follow} }

// Decides leaves it to the decoder: a row that is left out is read as a whole, but not copied.
func (s *source) Decides(p batch.Predicate) bool { return s.format.Decides(p) }

// Defers says no: a line is read once.
func (s *source) Defers(int) bool { return false }

func (s *source) Close() error { return nil }

func (s *source) Partitions(context.Context) ([]string, error) {
	if !strings.ContainsAny(s.path, "*?[") {
		return []string{s.path}, checkFile(s.path)
	}
	paths, err := filepath.Glob(s.path)
	if err != nil {
		return nil, ioError(s.path, err)
	}
	paths = slices.DeleteFunc(paths, func(p string) bool {
		info, err := os.Stat(p)
		return err != nil || !info.Mode().IsRegular()
	})
	if len(paths) == 0 {
		return nil, pgerr.Newf(pgerr.UndefinedFile, "no file matches %q", s.path).WithHint("%s", relativeHint(s.path))
	}
	return paths, nil
}

// checkFile tells why a path is no file that can be read.
func checkFile(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return ioError(path, err)
	}
	if !info.Mode().IsRegular() {
		return pgerr.Newf(pgerr.InvalidParameterValue, "%q is not a regular file", path).
			WithHint("For the files of a folder write a pattern, such as %q.", filepath.Join(path, "*.json"))
	}
	f, err := os.Open(path)
	if err != nil {
		return ioError(path, err)
	}
	return f.Close()
}

func ioError(path string, err error) error {
	reason := err
	var inner *fs.PathError
	if errors.As(err, &inner) {
		reason = inner.Err
	}
	code := pgerr.IOError
	if errors.Is(err, fs.ErrNotExist) {
		code = pgerr.UndefinedFile
	}
	e := pgerr.Newf(code, "could not open file %q: %v", path, reason)
	if code == pgerr.UndefinedFile {
		return e.WithHint("%s", relativeHint(path))
	}
	return e
}

// relativeHint says where a path is looked for, which is not where the user is.
func relativeHint(path string) string {
	if full, err := filepath.Abs(path); err == nil && full != path {
		return "Paths are on the server; this one is " + full + "."
	}
	return "Paths are on the server."
}
