package pgcatalog

import (
	"testing"

	"github.com/freshetdb/freshet/sql/batch"
)

func TestScanAll(t *testing.T) {
	env := &Env{Snapshot: Base()}
	for _, r := range all() {
		n := 0
		ok, err := Scan(env, r.oid, Hint{}, func(b *batch.Batch) error { n += b.Len(); return nil })
		if !ok || err != nil {
			t.Errorf("%s: %v, %v", r.name, ok, err)
		}
		if fills()[r.schema+"."+r.name] != nil {
			t.Log(r.name, n)
		}
	}
}
