package meta

import (
	"bytes"
	"encoding/hex"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// records is a Writer into memory.
type records struct{ pairs map[string]string }

func (r *records) Set(k, v []byte) error { r.pairs[string(k)] = string(v); return nil }

func (r *records) Delete(k []byte) error { delete(r.pairs, string(k)); return nil }

func (r *records) DeleteRange(from, to []byte) error {
	for k := range r.pairs {
		if k >= string(from) && (to == nil || k < string(to)) {
			delete(r.pairs, k)
		}
	}
	return nil
}

func (r *records) contents() (c Contents, err error) {
	var keys []string
	for k := range r.pairs {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		if err := c.Add([]byte(k), []byte(r.pairs[k])); err != nil {
			return c, err
		}
	}
	return c, nil
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		graph := rapid.Custom(func(t *rapid.T) GraphID { return GraphID(rapid.Uint32Range(1, 2).Draw(t, "graph")) })
		small := rapid.Uint32Range(0, 2)
		r := &records{pairs: map[string]string{}}
		model := Contents{}
		for range rapid.IntRange(1, 3).Draw(t, "commits") {
			changes := Changes{
				DropGraphs: rapid.SliceOfN(graph, 0, 1).Draw(t, "drop"),
				Forget:     rapid.SliceOfN(rapid.Uint64Range(0, 3), 0, 1).Draw(t, "forget"),
			}
			for range rapid.IntRange(0, 2).Draw(t, "n") {
				changes.Statements = append(changes.Statements, Statement{
					Sequence: rapid.Uint64Range(0, 3).Draw(t, "sequence"),
					Objects:  rapid.SliceOfN(rapid.Uint64(), 0, 3).Draw(t, "objects"), SQL: rapid.String().Draw(t, "sql"),
				})
				changes.Offsets = append(changes.Offsets, Offset{
					Graph: graph.Draw(t, "g"), Source: small.Draw(t, "source"), Partition: rapid.String().Draw(t, "partition"),
					Position: rapid.SliceOf(rapid.Byte()).Draw(t, "position"),
				})
				changes.Watermarks = append(changes.Watermarks, Watermark{
					Graph: graph.Draw(t, "g"), Input: small.Draw(t, "input"),
					Time: rapid.Int64().Draw(t, "time"), Idle: rapid.Bool().Draw(t, "idle"),
				})
				changes.Settings = append(changes.Settings, Setting{rapid.String().Draw(t, "name"), rapid.String().Draw(t, "value")})
			}
			model.Epoch = Epoch{Number: rapid.Uint64().Draw(t, "epoch"), Now: rapid.Int64().Draw(t, "now")}
			if err := errors.Join(changes.Write(r), model.Epoch.Write(r)); err != nil {
				t.Fatal(err)
			}
			apply(&model, changes)
		}
		got, err := r.contents()
		if err != nil {
			t.Fatal(err)
		}
		options := cmp.Options{
			cmpopts.EquateEmpty(),
			cmpopts.SortSlices(func(a, b Statement) bool { return a.Sequence < b.Sequence }),
			cmpopts.SortSlices(func(a, b Setting) bool { return a.Name < b.Name }),
			cmpopts.SortSlices(func(a, b Watermark) bool { return a.Graph < b.Graph || a.Graph == b.Graph && a.Input < b.Input }),
			cmpopts.SortSlices(func(a, b Offset) bool {
				if a.Graph != b.Graph {
					return a.Graph < b.Graph
				}
				return a.Source < b.Source || a.Source == b.Source && a.Partition < b.Partition
			}),
		}
		if diff := cmp.Diff(model, got, options); diff != "" {
			t.Fatal(diff)
		}
	})
}

// apply does to lists what Write does to records.
func apply(c *Contents, changes Changes) {
	for _, g := range changes.DropGraphs {
		c.Offsets = slices.DeleteFunc(c.Offsets, func(o Offset) bool { return o.Graph == g })
		c.Watermarks = slices.DeleteFunc(c.Watermarks, func(m Watermark) bool { return m.Graph == g })
	}
	for _, sequence := range changes.Forget {
		c.Statements = slices.DeleteFunc(c.Statements, func(s Statement) bool { return s.Sequence == sequence })
	}
	for _, s := range changes.Statements {
		c.Statements = slices.DeleteFunc(c.Statements, func(old Statement) bool { return old.Sequence == s.Sequence })
		c.Statements = append(c.Statements, s)
	}
	for _, o := range changes.Offsets {
		c.Offsets = slices.DeleteFunc(c.Offsets, func(old Offset) bool {
			return old.Graph == o.Graph && old.Source == o.Source && old.Partition == o.Partition
		})
		c.Offsets = append(c.Offsets, o)
	}
	for _, m := range changes.Watermarks {
		c.Watermarks = slices.DeleteFunc(c.Watermarks, func(old Watermark) bool { return old.Graph == m.Graph && old.Input == m.Input })
		c.Watermarks = append(c.Watermarks, m)
	}
	for _, s := range changes.Settings {
		c.Settings = slices.DeleteFunc(c.Settings, func(old Setting) bool { return old.Name == s.Name })
		c.Settings = append(c.Settings, s)
	}
}

// TestGolden holds the bytes on disk: docs/formats.md shows the same.
func TestGolden(t *testing.T) {
	r := &records{pairs: map[string]string{}}
	c := Changes{
		Statements: []Statement{{Sequence: 1, Objects: []uint64{16384}, SQL: "CREATE TABLE t ()"}},
		Offsets:    []Offset{{Graph: 2, Source: 3, Partition: "p", Position: []byte{9}}},
		Watermarks: []Watermark{{Graph: 2, Input: 1, Time: -1, Idle: true}},
		Settings:   []Setting{{"name", "value"}},
	}
	if err := errors.Join(c.Write(r), Epoch{Number: 7, Now: 1}.Write(r), Expiry{Table: 5, Bound: 6}.Write(r)); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for k, v := range r.pairs {
		got[hex.EncodeToString([]byte(k))] = hex.EncodeToString([]byte(v))
	}
	want := map[string]string{
		"45":                        "01" + "0000000000000007" + "0000000000000001",
		"43" + "0000000000000001":   "01" + "01" + "808001" + "11" + hex.EncodeToString([]byte("CREATE TABLE t ()")),
		"4f0000000200000003" + "70": "01" + "09",
		"53" + "6e616d65":           "01" + "76616c7565",
		"570000000200000001":        "01" + "ffffffffffffffff" + "01",
		"5800000005":                "01" + "0000000000000006",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if err := (Expiry{Table: 5}).Remove(r); err != nil || len(r.pairs) != 5 {
		t.Errorf("%v, %d records after Remove", err, len(r.pairs))
	}
}

func TestNewerVersion(t *testing.T) {
	var c Contents
	err := c.Add([]byte{kindEpoch}, append([]byte{version + 1}, make([]byte, 16)...))
	var newer *VersionError
	if !errors.As(err, &newer) || newer.Version != version+1 || newer.Kind != kindEpoch {
		t.Errorf("got %v", err)
	}
}

// FuzzAdd holds that damaged records are errors, and that what is read is what would be written.
func FuzzAdd(f *testing.F) {
	f.Add([]byte{kindEpoch}, append([]byte{version}, make([]byte, 16)...))
	f.Add([]byte("C\x00\x00\x00\x00\x00\x00\x00\x01"), []byte("\x01\x01\x05\x01a"))
	f.Add([]byte("C\x00\x00\x00\x00\x00\x00\x00\x01"), []byte("\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"))
	f.Add([]byte("O\x00\x00\x00\x00\x00\x00\x00\x01p"), []byte("\x01"))
	f.Add([]byte("W\x00\x00\x00\x00\x00\x00\x00\x01"), append([]byte{version}, bytes.Repeat([]byte{1}, 9)...))
	f.Add([]byte("X\x00\x00\x00\x01"), append([]byte{version}, make([]byte, 8)...))
	f.Fuzz(func(t *testing.T, k, v []byte) {
		var c Contents
		if c.Add(k, v) != nil {
			return
		}
		r := &records{pairs: map[string]string{}}
		changes := Changes{Statements: c.Statements, Offsets: c.Offsets, Watermarks: c.Watermarks, Settings: c.Settings}
		err := changes.Write(r)
		if k[0] == kindEpoch {
			err = errors.Join(err, c.Epoch.Write(r))
		}
		for _, x := range c.Expiries {
			err = errors.Join(err, x.Write(r))
		}
		again, err2 := r.contents()
		if err := errors.Join(err, err2); err != nil || len(r.pairs) != 1 {
			t.Fatalf("%v, %d records", err, len(r.pairs))
		}
		if diff := cmp.Diff(c, again, cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestMalformed(t *testing.T) {
	for _, c := range []struct{ k, v string }{
		{"", "\x01"},
		{"E", ""},
		{"E", "\x00" + string(make([]byte, 16))},
		{"E", "\x01" + string(make([]byte, 17))},
		{"Z", "\x01"},
		{"W\x00\x00\x00\x00\x00\x00\x00\x01", "\x01" + string(make([]byte, 8)) + "\x02"},
	} {
		var contents Contents
		var malformed *MalformedError
		if err := contents.Add([]byte(c.k), []byte(c.v)); !errors.As(err, &malformed) {
			t.Errorf("%q: %q: got %v", c.k, c.v, err)
		}
	}
}
