package pgcatalog

import (
	"embed"
	"fmt"
	"strings"
	"sync"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

//go:embed data/*.tsv
var data embed.FS

// fixedRows are recorded rows of a relation, read from data once. The first line of a file names the columns that it has, the others are
// as COPY writes them.
type fixedRows struct {
	name string
	once sync.Once
	all  *batch.Batch
	err  error
	// oids and names find rows by the first two columns, which are OID and name in most relations.
	oids  map[types.OID]int
	names map[string][]int
}

// Recorded rows that others look things up in.
var (
	recordedTypes      = &fixedRows{name: "pg_type"}
	recordedProcs      = &fixedRows{name: "pg_proc"}
	recordedOperators  = &fixedRows{name: "pg_operator"}
	recordedCollations = &fixedRows{name: "pg_collation"}
	recordedOpclasses  = &fixedRows{name: "pg_opclass"}
	recordedOpfamilies = &fixedRows{name: "pg_opfamily"}
	recordedRoles      = &fixedRows{name: "pg_authid"}
)

// load returns the rows with all columns of the relation; those that the file does not have are null.
func (f *fixedRows) load() (*batch.Batch, error) {
	f.once.Do(func() {
		if f.all, f.err = readFixed(f.name); f.err != nil {
			f.err = invariants.Errorf("the recorded rows of %s: %v", f.name, f.err)
			return
		}
		f.index()
	})
	return f.all, f.err
}

func (f *fixedRows) index() {
	f.oids, f.names = map[types.OID]int{}, map[string][]int{}
	oid, name := &f.all.Cols[0], &f.all.Cols[1]
	for i := range f.all.Len() {
		if oid.Kind() == types.Int64 {
			f.oids[types.OID(oid.Ints[i])] = i
		}
		if name.Kind() == types.Bytes {
			n := string(name.BytesAt(i))
			f.names[n] = append(f.names[n], i)
		}
	}
}

// find is the row of an OID in the first column.
func (f *fixedRows) find(oid types.OID) (int, bool) {
	if _, err := f.load(); err != nil {
		return 0, false
	}
	i, ok := f.oids[oid]
	return i, ok
}

// findName is the first row of a name in the second column.
func (f *fixedRows) findName(name string) (int, bool) {
	if _, err := f.load(); err != nil || len(f.names[name]) == 0 {
		return 0, false
	}
	return f.names[name][0], true
}

func readFixed(name string) (*batch.Batch, error) {
	content, err := data.ReadFile("data/" + name + ".tsv")
	if err != nil {
		return nil, fmt.Errorf("reading: %w", err)
	}
	r := named("pg_catalog", name)
	schema := make([]types.Type, len(r.columns))
	for i := range r.columns {
		schema[i] = r.columns[i].typ()
	}
	head, body, _ := strings.Cut(string(content), "\n")
	var places []int
	for column := range strings.SplitSeq(head, "\t") {
		places = append(places, r.place(column))
	}
	all := batch.New(schema...)
	values := make([]types.Value, len(schema))
	for line := range strings.Lines(body) {
		for i := range values {
			values[i] = types.NullValue
		}
		for i, field := range strings.Split(strings.TrimSuffix(line, "\n"), "\t") {
			if field == `\N` {
				continue
			}
			t := schema[places[i]]
			if v, err := types.Parse(t, unescape.Replace(field), types.DefaultSettings); err != nil {
				return nil, fmt.Errorf("%s %q: %w", r.columns[places[i]].name, field, err)
			} else {
				values[places[i]] = v
			}
		}
		all.AppendValues(1, values...)
	}
	return all, nil
}

// unescape undoes what COPY does to the characters that recorded rows may have.
var unescape = strings.NewReplacer(`\\`, `\`, `\t`, "\t", `\n`, "\n")

// named finds a relation by its name; it must exist.
func named(schema, name string) *relation {
	for _, r := range all() {
		if r.schema == schema && r.name == name {
			return r
		}
	}
	return nil
}

// place is where a column is; -1 if there is none of the name.
func (r *relation) place(column string) int {
	for i := range r.columns {
		if r.columns[i].name == column {
			return i
		}
	}
	return -1
}

// fixed fills a relation with its recorded rows.
func fixed(f *fixedRows) fill {
	return func(_ *Env, w *rows) { w.addFixed(f, nil) }
}

// addFixed appends those of the recorded rows that are wanted; nil wants all.
func (w *rows) addFixed(f *fixedRows, wanted func(b *batch.Batch, i int) bool) {
	all, err := f.load()
	if err != nil {
		w.err = err
		return
	}
	if wanted == nil {
		w.addBatch(all)
		return
	}
	for i := range all.Len() {
		if wanted(all, i) {
			w.addFrom(all, i)
		}
	}
}
