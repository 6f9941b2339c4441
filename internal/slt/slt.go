// Package slt runs end-to-end tests written as text: SQLite's sqllogictest format, with what a streaming database needs beside it.
//
// A file is a list of records, separated by empty lines; # begins a comment line. A record is a command, perhaps followed by lines of
// SQL, perhaps a line ---- and what is expected:
//
//	statement ok                     the SQL succeeds
//	statement count 3                and its command tag ends with that number
//	statement notice <regexp>        and a notice matches
//	statement error 42P01 <regexp>   it fails with the SQLSTATE, and its message (and hint) matches, if there is a regexp
//	query [rowsort]                  the SQL gives the rows below ----, in that order, or sorted as lines with rowsort
//	query columns [rowsort]          the same with a first line of column names
//	eventually [rowsort]             a query that is asked until it gives the rows: for what arrives in its own time
//
//	ingest SOURCE                    the lines below go into the file that feeds a source: $DIR/SOURCE in its definition
//	tick                             waits until all that was ingested has arrived and is visible
//	watermark NAME TIME              moves the watermark of a table or a source to a time, as a row of that time would
//	restart                          stops the database and starts it again on its data
//	crash                            the same, but it loses what was not on disk, like a machine without power
//	connection NAME                  the records that follow use another session; "default" is the first
//
//	onlyif NAME, skipif NAME         the next record is for the database of that name only (freshet, postgres), or for the others;
//	                                 skipif crashing: not where a crash follows every statement
//	halt                             nothing below is run (by the database that it is for)
//
// Values in expected rows stand between single spaces, as PostgreSQL's text form has them. NULL is a null, (empty) an empty
// string; in a value white space and backslashes are written \s, \n, \t, \\. $DIR in SQL is a folder of the run.
package slt

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// record is one command of a file.
type record struct {
	line    int
	command string
	args    []string
	// rest is the command's line behind its first word, as written.
	rest string
	body []string
	// want is what stands below ----; hasWant tells an empty expectation from none.
	want    []string
	hasWant bool
	// only and skip name databases.
	only, skip []string
}

// parse reads the records of a file.
func parse(r io.Reader) ([]*record, error) {
	var records []*record
	var only, skip []string
	var current *record
	scanner := bufio.NewScanner(r)
	scanner.Buffer(nil, 16<<20)
	for line := 1; scanner.Scan(); line++ {
		text := strings.TrimRight(scanner.Text(), " \t\r")
		switch {
		case text == "":
			current = nil
		case current == nil && strings.HasPrefix(text, "#"):
		case current == nil:
			word, rest, _ := strings.Cut(text, " ")
			rest = strings.TrimSpace(rest)
			switch word {
			case "onlyif":
				only = append(only, rest)
				continue
			case "skipif":
				skip = append(skip, rest)
				continue
			}
			current = &record{line: line, command: word, rest: rest, args: strings.Fields(rest), only: only, skip: skip}
			only, skip = nil, nil
			records = append(records, current)
		case text == "----" && !current.hasWant:
			current.hasWant = true
		case current.hasWant:
			current.want = append(current.want, text)
		default:
			current.body = append(current.body, text)
		}
	}
	if err := scanner.Err(); err != nil {
		return nil, fmt.Errorf("reading records: %w", err)
	}
	return records, nil
}

// crashing is the name, for onlyif and skipif, of a database that crashes after every statement.
const crashing = "crashing"

// appliesTo tells whether a record is for a database.
func (r *record) appliesTo(name string) bool {
	for _, s := range r.skip {
		if s == name {
			return false
		}
	}
	for _, o := range r.only {
		if o == name {
			return true
		}
	}
	return len(r.only) == 0
}

// sql is the record's SQL text.
func (r *record) sql(dir string) string {
	return strings.ReplaceAll(strings.Join(r.body, "\n"), "$DIR", dir)
}

// Value is one value of a result as text; nil is a null.
type Value = *string

// Result is what a statement gave.
type Result struct {
	Columns []string
	Rows    [][]Value
	// Tag is the last command tag.
	Tag string
	// Notices are the messages of notices, with their hints.
	Notices []string
}

// lines writes a result as expected rows are written.
func (r *Result) lines(columns bool) []string {
	var lines []string
	if columns {
		lines = append(lines, strings.Join(r.Columns, " "))
	}
	for _, row := range r.Rows {
		var words []string
		for _, v := range row {
			words = append(words, word(v))
		}
		lines = append(lines, strings.Join(words, " "))
	}
	return lines
}

var escapes = strings.NewReplacer(`\`, `\\`, " ", `\s`, "\n", `\n`, "\t", `\t`)

func word(v Value) string {
	switch {
	case v == nil:
		return "NULL"
	case *v == "":
		return "(empty)"
	default:
		return escapes.Replace(*v)
	}
}
