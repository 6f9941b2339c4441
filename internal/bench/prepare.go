package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/freshetdb/freshet/connector/gen"
	"github.com/freshetdb/freshet/sql/types"
)

// statements make the sources, and what the setup says. Files are written.
func (b *bench) statements(ctx context.Context) ([]string, error) {
	var list []string
	if b.query.setup != "" {
		text, err := b.query.text(b.query.setup)
		if err != nil {
			return nil, err
		}
		list = append(list, text)
	}
	for _, name := range b.query.streams {
		t := b.inputs[name]
		_, columns, err := t.columns()
		if err != nil {
			return nil, err
		}
		var elements []string
		for _, c := range columns {
			elements = append(elements, c.Name+" "+types.FormatType(c.Type))
		}
		time := eventTimes[b.Benchmark]
		elements = append(elements, fmt.Sprintf("WATERMARK FOR %s AS %s - INTERVAL '4 seconds'", time, time))
		options, format, err := b.options(ctx, t)
		if err != nil {
			return nil, err
		}
		list = append(list, fmt.Sprintf("CREATE SOURCE %s (%s) WITH (%s)%s", name, strings.Join(elements, ", "), options, format))
	}
	return list, nil
}

// options are the WITH options of a table, and what follows them.
func (b *bench) options(ctx context.Context, t table) (options, format string, err error) {
	if b.Source == "json" {
		path, err := b.file(ctx, t)
		return fmt.Sprintf("connector = 'file', path = %s", quote(path)), " FORMAT PLAIN ENCODE JSON", err
	}
	list := []string{"connector = " + quote(t.kind.Name)}
	for _, s := range t.settings() {
		list = append(list, fmt.Sprintf("%q = %s", s.Name, quote(s.Value)))
	}
	return strings.Join(list, ", "), "", nil
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// file answers the file with the table's rows as JSON, and has it in the page cache.
func (b *bench) file(ctx context.Context, t table) (string, error) {
	dir := b.dir
	if b.Input != "" {
		dir = b.Input
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	name := fmt.Sprintf("%s-%s-%d.json", t.kind.Name, t.name, t.events)
	if t.hotAuctionRatio > 0 {
		name = fmt.Sprintf("%s-%s-%d-hot-%d.json", t.kind.Name, t.name, t.events, t.hotAuctionRatio)
	}
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		b.tell("writing %s", path)
		if err := writeFile(ctx, path, t); err != nil {
			return "", err
		}
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	_, err = io.Copy(io.Discard, f)
	return path, errors.Join(err, f.Close())
}

// writeFile writes the file under another name first, so that one with the name is whole.
func writeFile(ctx context.Context, path string, t table) error {
	f, err := os.Create(path + ".part")
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(interruptible{ctx, f}, 1<<20)
	err = gen.WriteJSON(w, t.kind, t.settings(), 0, t.events)
	if err = errors.Join(err, w.Flush(), f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return os.Rename(f.Name(), path)
}

// interruptible refuses to write on when ctx has ended.
type interruptible struct {
	ctx context.Context //nolint:containedctx // io.Writer has no place for it
	io.Writer
}

func (w interruptible) Write(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.Writer.Write(p)
}
