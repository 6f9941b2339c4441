package pgoracle

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// Result is what came of running a text.
type Result struct {
	// Lines are, for each statement, the column names, the rows and the command tag, as text.
	Lines []string
	Code  string // SQLSTATE of the error that ended it; "": none
	// Message is the error's, for the reader of a report; it is not compared, since positions and aliases may be named.
	Message string
	// Rows is the number of rows among Lines.
	Rows int
}

var (
	copyFromStdin = regexp.MustCompile(`(?is)^\s*copy\s.*\sfrom\s+stdin\b`)
	copyToStdout  = regexp.MustCompile(`(?is)^\s*copy\s.*\sto\s+stdout\b`)
	parameter     = regexp.MustCompile(`\$[1-9]`)
)

// Run executes a text of one or more statements by the simple protocol. COPY is fed with the fixture's data. A statement
// with parameters is prepared and gets a plausible value for each. The error is a lost connection, not a failed
// statement.
func Run(ctx context.Context, conn *pgconn.PgConn, sql string) (Result, error) {
	var result Result
	var err error
	switch {
	case copyFromStdin.MatchString(sql):
		var tag pgconn.CommandTag
		tag, err = conn.CopyFrom(ctx, strings.NewReader(copyLines(sql)), sql)
		result.Lines = append(result.Lines, tag.String())
	case copyToStdout.MatchString(sql):
		var out bytes.Buffer
		_, err = conn.CopyTo(ctx, &out, sql)
		result.Lines = strings.Split(out.String(), "\n")
	case parameter.MatchString(sql):
		err = runPrepared(ctx, conn, sql, &result)
	default:
		reader := conn.Exec(ctx, sql)
		for reader.NextResult() {
			result.add(reader.ResultReader().Read())
		}
		err = reader.Close()
	}
	var refused *pgconn.PgError
	if errors.As(err, &refused) && !conn.IsClosed() {
		result.Code, result.Message = refused.Code, refused.Message
		err = nil
	}
	return result, err
}

// runPrepared runs one statement by the extended protocol.
func runPrepared(ctx context.Context, conn *pgconn.PgConn, sql string, result *Result) error {
	description, err := conn.Prepare(ctx, "", sql, nil)
	if err != nil {
		return err
	}
	var values [][]byte
	for _, oid := range description.ParamOIDs {
		values = append(values, parameterValues[oid])
	}
	read := conn.ExecPrepared(ctx, "", values, nil, nil).Read()
	result.add(read)
	return read.Err
}

// parameterValues are values for parameters, by the OID of their type; those of other types are NULL. They name what
// every database has, so that catalog queries return something.
var parameterValues = map[uint32][]byte{
	16: []byte("t"), 18: []byte("r"), 19: []byte("pg_class"), 20: []byte("1"), 21: []byte("1"), 23: []byte("1"),
	25: []byte("pg_class"), 26: []byte("1259"), 700: []byte("1"), 701: []byte("1"), 1043: []byte("pg_class"),
	1700: []byte("1"), 1002: []byte("{r}"), 1003: []byte("{pg_class}"), 1005: []byte("{1}"), 1007: []byte("{1}"),
	1009: []byte("{pg_class}"), 1016: []byte("{1}"), 1028: []byte("{1259}"),
}

// add appends the lines of one statement.
func (r *Result) add(read *pgconn.Result) {
	if len(read.FieldDescriptions) > 0 {
		var names []string
		for _, field := range read.FieldDescriptions {
			names = append(names, field.Name)
		}
		r.Lines = append(r.Lines, "columns "+strings.Join(names, ", "))
	}
	for _, row := range read.Rows {
		var line strings.Builder
		for i, value := range row {
			if i > 0 {
				line.WriteString(" | ")
			}
			if value == nil {
				line.WriteString("NULL")
			} else if read.FieldDescriptions[i].Format == pgproto3.TextFormat {
				line.Write(value)
			} else {
				fmt.Fprintf(&line, "%x", value) // a binary cursor
			}
		}
		r.Lines = append(r.Lines, line.String())
		r.Rows++
	}
	r.Lines = append(r.Lines, read.CommandTag.String())
}

// same reports whether two results are equal: their lines in order, or as bags.
func (r Result) same(other Result, ordered bool) bool {
	if r.Code != other.Code {
		return false
	}
	a, b := r.Lines, other.Lines
	if !ordered {
		a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	}
	return slices.Equal(a, b)
}

// String gives the result's end and its first lines, for reports.
func (r Result) String() string {
	const shown = 5
	lines := r.Lines
	if len(lines) > shown {
		lines = append(slices.Clone(lines[:shown]), fmt.Sprintf("... %d lines", len(r.Lines)))
	}
	if r.Code != "" {
		lines = append(slices.Clone(lines), r.Code+" "+r.Message)
	}
	return strings.Join(lines, "\n")
}
