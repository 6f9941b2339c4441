package all

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/connector/format"
	"github.com/freshetdb/freshet/internal/pgerr"
)

// TestTables holds what documentation is generated from to be complete and without contradictions.
func TestTables(t *testing.T) {
	var names []string
	for _, k := range Kinds() {
		names = append(names, k.Name)
		if k.Doc == "" || k.Source == nil && k.Sink == nil {
			t.Errorf("%s: no description, or neither source nor sink", k.Name)
		}
		checkTable(t, k.Name, k.AllOptions())
		for _, e := range k.Encodes {
			checkTable(t, e, format.Options(e))
			if got, err := k.CheckEncode(strings.ToLower(e)); got != e || err != nil {
				t.Errorf("%s: encode %s is %s, %v", k.Name, e, got, err)
			}
		}
		if _, err := k.CheckEncode("AVRO"); err == nil {
			t.Errorf("%s takes AVRO", k.Name)
		}
		for sink, has := range map[bool]bool{false: k.Source != nil, true: k.Sink != nil} {
			if found, err := connector.Find(Kinds(), strings.ToUpper(k.Name), sink); (found == k) != has || (err == nil) != has {
				t.Errorf("%s, sink: %t, is found: %v, %v", k.Name, sink, found, err)
			}
		}
	}
	if slices.Sort(names); len(slices.Compact(names)) != len(Kinds()) {
		t.Errorf("two connectors have one name: %v", names)
	}
	_, err := connector.Find(Kinds(), "kafkaesque", true)
	var e *pgerr.Error
	if !errors.As(err, &e) || e.Code != pgerr.InvalidParameterValue || e.Hint != "Valid connectors are: file, blackhole." {
		t.Errorf("a connector that does not exist: %v", err)
	}
}

func checkTable(t *testing.T, what string, table []connector.Option) {
	t.Helper()
	seen := map[string]bool{}
	for _, o := range table {
		for _, name := range append([]string{o.Name}, o.Aliases...) {
			if seen[name] {
				t.Errorf("%s: two options %q", what, name)
			}
			seen[name] = true
		}
		if !strings.HasSuffix(o.Doc, ".") {
			t.Errorf("%s: option %q has no description", what, o.Name)
		}
		if o.Default != "" && o.Required {
			t.Errorf("%s: option %q is required and has a default", what, o.Name)
		}
		if _, err := connector.ParseOptions(what, []connector.Option{o}, nil); err != nil && !o.Required {
			t.Errorf("%s: default of %q: %v", what, o.Name, err)
		}
	}
}
