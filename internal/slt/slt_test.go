package slt

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	records, err := parse(strings.NewReader(`# a comment

statement ok
CREATE TABLE t (
  a int
)

onlyif freshet
skipif postgres
query columns rowsort
SELECT 1
----
a
1 NULL

# below is empty on purpose
query
SELECT 2
----

halt

statement ok
always`))
	if err != nil {
		t.Fatal(err)
	}
	if len(records) != 5 {
		t.Fatalf("%d records", len(records))
	}
	if diff := cmp.Diff([]string{"CREATE TABLE t (", "  a int", ")"}, records[0].body); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
	q := records[1]
	if q.line != 10 || !q.appliesTo("freshet") || q.appliesTo("postgres") || q.appliesTo("other") {
		t.Errorf("line %d, conditions %v %v", q.line, q.only, q.skip)
	}
	if diff := cmp.Diff([]string{"a", "1 NULL"}, q.want); diff != "" {
		t.Errorf("want (-want +got):\n%s", diff)
	}
	if last := records[2]; !last.hasWant || len(last.want) > 0 || !last.appliesTo("postgres") {
		t.Errorf("the empty expectation is %v %v", last.hasWant, last.want)
	}
}

func TestLines(t *testing.T) {
	empty, text := "", "a b\\\n"
	r := &Result{Columns: []string{"x", "y"}, Rows: [][]Value{{nil, &empty}, {&text, &text}}}
	want := []string{"x y", "NULL (empty)", `a\sb\\\n a\sb\\\n`}
	if diff := cmp.Diff(want, r.lines(true)); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}
