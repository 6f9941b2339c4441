package slt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// patience is how long an eventual result or a tick may take: only a test that fails waits for it.
const patience = time.Minute

// Conn is one session of a database. Errors of statements are *pgerr.Error.
type Conn interface {
	Exec(ctx context.Context, sql string) (*Result, error)
	// Idle tells that the session is in no transaction.
	Idle() bool
	Close()
}

// Database is what files are run against.
type Database interface {
	// Name is what onlyif and skipif call it.
	Name() string
	Connect(ctx context.Context) (Conn, error)
	Close()
}

// Stream is the power of a Database to be fed and to be stopped. Records that need it are for databases that have it only.
type Stream interface {
	// Tick waits until everything in the files of its sources is visible.
	Tick(ctx context.Context) error
	// Watermark moves the watermark of a relation to at least a time: microseconds since 1970-01-01 UTC.
	Watermark(ctx context.Context, relation uint32, micros int64) error
	// Restart stops the database, with crash as if the power had gone, and starts it again. Sessions are gone.
	Restart(ctx context.Context, crash bool) error
}

// Options say how files are run.
type Options struct {
	// Open makes an empty database. dir is the run's folder.
	Open func(t *testing.T, dir string) Database
	// CrashAfterTick crashes the database after each tick, and after each statement that may have made one.
	CrashAfterTick bool
}

// Run runs files, a subtest each.
func Run(t *testing.T, glob string, o Options) {
	t.Helper()
	files, err := filepath.Glob(glob)
	if err != nil || len(files) == 0 {
		t.Fatalf("no files %s: %v", glob, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".slt"), func(t *testing.T) { runFile(t, file, o) })
	}
}

func runFile(t *testing.T, file string, o Options) {
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	records, err := parse(f)
	_ = f.Close() // it was only read
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	r := &runner{t: t, dir: dir, database: o.Open(t, dir), options: o, conns: map[string]Conn{}, name: "default"}
	defer r.close()
	for _, rec := range records {
		if !rec.appliesTo(r.database.Name()) || o.CrashAfterTick && slices.Contains(rec.skip, crashing) {
			continue
		}
		if rec.command == "halt" {
			return
		}
		if err := r.run(rec); err != nil {
			t.Fatalf("%s:%d: %s %s\n%s\n%v", file, rec.line, rec.command, rec.rest, rec.sql(dir), err)
		}
	}
}

type runner struct {
	t        *testing.T
	dir      string
	database Database
	options  Options
	conns    map[string]Conn
	name     string
}

func (r *runner) close() {
	r.closeConns()
	r.database.Close()
}

func (r *runner) closeConns() {
	for _, c := range r.conns {
		c.Close()
	}
	clear(r.conns)
}

func (r *runner) conn(ctx context.Context) (Conn, error) {
	if c := r.conns[r.name]; c != nil {
		return c, nil
	}
	c, err := r.database.Connect(ctx)
	if err != nil {
		return nil, fmt.Errorf("connecting: %w", err)
	}
	r.conns[r.name] = c
	return c, nil
}

func (r *runner) run(rec *record) error {
	ctx, cancel := context.WithTimeout(r.t.Context(), 2*patience)
	defer cancel()
	switch rec.command {
	case "statement":
		if err := r.statement(ctx, rec); err != nil {
			return err
		}
		return r.crashIfAsked(ctx)
	case "query":
		return r.query(ctx, rec)
	case "eventually":
		return r.eventually(ctx, rec)
	case "connection":
		r.name = rec.rest
		return nil
	case "ingest":
		return r.ingest(rec)
	}
	stream, ok := r.database.(Stream)
	if !ok {
		return fmt.Errorf("database %s cannot do this: put onlyif before it", r.database.Name())
	}
	switch rec.command {
	case "tick":
		if err := stream.Tick(ctx); err != nil {
			return err
		}
		return r.crashIfAsked(ctx)
	case "watermark":
		if err := r.watermark(ctx, stream, rec); err != nil {
			return describe(err)
		}
		return r.crashIfAsked(ctx)
	case "restart", "crash":
		r.closeConns()
		return stream.Restart(ctx, rec.command == "crash")
	default:
		return errors.New("unknown command")
	}
}

// watermark moves the time of a relation.
func (r *runner) watermark(ctx context.Context, stream Stream, rec *record) error {
	name, at, _ := strings.Cut(rec.rest, " ")
	c, err := r.conn(ctx)
	if err != nil {
		return err
	}
	result, err := c.Exec(ctx, fmt.Sprintf("SELECT '%s'::regclass::oid, (extract(epoch FROM timestamp '%s') * 1000000)::bigint", name, at))
	if err != nil {
		return err
	}
	relation, err := strconv.ParseUint(*result.Rows[0][0], 10, 32)
	if err != nil {
		return err
	}
	micros, err := strconv.ParseInt(*result.Rows[0][1], 10, 64)
	if err != nil {
		return err
	}
	return stream.Watermark(ctx, uint32(relation), micros)
}

// crashIfAsked pulls the plug, unless a session is in a transaction, which would be lost by right.
func (r *runner) crashIfAsked(ctx context.Context) error {
	stream, ok := r.database.(Stream)
	if !ok || !r.options.CrashAfterTick {
		return nil
	}
	for _, c := range r.conns {
		if !c.Idle() {
			return nil
		}
	}
	r.closeConns()
	return stream.Restart(ctx, true)
}

func (r *runner) statement(ctx context.Context, rec *record) error {
	c, err := r.conn(ctx)
	if err != nil {
		return err
	}
	result, err := c.Exec(ctx, rec.sql(r.dir))
	kind, rest, _ := strings.Cut(rec.rest, " ")
	if kind == "error" {
		return checkError(err, rest)
	}
	if err != nil {
		return describe(err)
	}
	switch kind {
	case "ok":
		return nil
	case "count":
		if !strings.HasSuffix(result.Tag, " "+rest) {
			return fmt.Errorf("the command tag is %q", result.Tag)
		}
		return nil
	case "notice":
		pattern, err := regexp.Compile(rest)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(result.Notices, pattern.MatchString) {
			return fmt.Errorf("the notices are %q", result.Notices)
		}
		return nil
	default:
		return errors.New("statement is ok, count, notice or error")
	}
}

func checkError(err error, want string) error {
	if err == nil {
		return errors.New("it succeeded")
	}
	code, pattern, _ := strings.Cut(want, " ")
	if got := string(pgerr.CodeOf(err)); got != code {
		return fmt.Errorf("the SQLSTATE is %s: %w", got, describe(err))
	}
	re, bad := regexp.Compile(pattern)
	if bad != nil {
		return bad
	}
	if text := describe(err).Error(); !re.MatchString(text) {
		return fmt.Errorf("the error does not match: %s", text)
	}
	return nil
}

// describe writes all of an error that a user sees.
func describe(err error) error {
	var e *pgerr.Error
	if !errors.As(err, &e) {
		return err
	}
	text := fmt.Sprintf("%s: %s", e.Code, e.Message)
	if e.Detail != "" {
		text += "\nDETAIL: " + e.Detail
	}
	if e.Hint != "" {
		text += "\nHINT: " + e.Hint
	}
	if e.Where != "" {
		text += "\nCONTEXT: " + e.Where
	}
	if e.Position > 0 {
		text += fmt.Sprintf("\nPOSITION: %d", e.Position)
	}
	return errors.New(text)
}

func (r *runner) query(ctx context.Context, rec *record) error {
	got, err := r.ask(ctx, rec)
	if err != nil {
		return describe(err)
	}
	if diff := cmp.Diff(expected(rec), got); diff != "" {
		return fmt.Errorf("rows (-want +got):\n%s", diff)
	}
	return nil
}

// eventually asks again until the rows are the expected ones.
func (r *runner) eventually(ctx context.Context, rec *record) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	want := expected(rec)
	for {
		got, err := r.ask(ctx, rec)
		if err != nil {
			return describe(err)
		}
		if slices.Equal(want, got) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("rows (-want +got):\n%s", cmp.Diff(want, got))
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func (r *runner) ask(ctx context.Context, rec *record) ([]string, error) {
	c, err := r.conn(ctx)
	if err != nil {
		return nil, err
	}
	result, err := c.Exec(ctx, rec.sql(r.dir))
	if err != nil {
		return nil, err
	}
	columns := slices.Contains(rec.args, "columns")
	got := result.lines(columns)
	sortRows(rec, got, columns)
	return got, nil
}

func expected(rec *record) []string {
	want := slices.Clone(rec.want)
	sortRows(rec, want, slices.Contains(rec.args, "columns"))
	return want
}

func sortRows(rec *record, lines []string, columns bool) {
	if !slices.Contains(rec.args, "rowsort") {
		return
	}
	if columns && len(lines) > 0 {
		lines = lines[1:]
	}
	slices.Sort(lines)
}

// ingest appends lines to the file of a source.
func (r *runner) ingest(rec *record) error {
	f, err := os.OpenFile(filepath.Join(r.dir, rec.rest), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	lines := rec.body
	if len(lines) > 0 {
		_, err = f.WriteString(strings.Join(lines, "\n") + "\n")
	}
	return errors.Join(err, f.Close())
}
