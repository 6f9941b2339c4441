package flow

import (
	"fmt"
	"hash/fnv"
	"math"
	"reflect"
	"strconv"
	"strings"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/sql/fn"
)

// formVersion is the version of how rows and keys are encoded in every table of a graph, and of Form itself. Whoever changes one of them so that
// what was written before means something else raises it: every view is filled anew then.
const formVersion = "1"

// keptVersions are the versions of what single operators keep, by the names of their specs; 1 where there is none. Whoever changes the keys or values
// that an operator writes, or what they mean, raises its own: only views with such an operator are filled anew.
var keptVersions = map[string]int{}

// A part of a graph's form is a word and a hash. Each node has one, by its spec; these are those of the whole.
const (
	edgesPart  = "edges"
	tablesPart = "tables"
	latePart   = "late"
)

// Form tells graphs apart that keep different things in the store, or for which it means different things. It is kept beside what the graph keeps: a
// graph that is planned again can go on from that only if it has the same form.
//
// It has the operators and how they are joined, all of their specs, types and constants, and the ids of what they scan and keep. It has no names, nothing
// that only says how the same is computed faster, and no indexes of the view: those come and go. Fields that are zero leave no trace, so that a new one does not
// change the form of graphs that do not use it. See form_test.go before a field or a spec gets another name.
func Form(g *Graph) string {
	parts := make([]string, 0, len(g.Nodes)+4)
	parts = append(parts, formVersion)
	var edges formText
	for i := range g.Nodes {
		n := &g.Nodes[i]
		var w formText
		w.value(reflect.ValueOf(n.Spec).Elem())
		for _, f := range n.Columns {
			w.value(reflect.ValueOf(f.Type))
		}
		name := strings.ToLower(reflect.TypeOf(n.Spec).Elem().Name())
		if v := keptVersions[name]; v != 0 {
			w = strconv.AppendInt(w, int64(v), 10)
		}
		parts = append(parts, w.part(name))
		for _, in := range n.Inputs {
			edges = fmt.Appendf(edges, "%d<%d ", i, in.Node)
		}
	}
	var tables formText
	tables.value(reflect.ValueOf(g.Tables))
	return strings.Join(append(parts, edges.part(edgesPart), tables.part(tablesPart), lateForm(g.Late)), " ")
}

func lateForm(late []Late) string {
	var w formText
	w.value(reflect.ValueOf(late))
	return w.part(latePart)
}

// HasLate tells whether these are the late rows of a graph of a form: in the same relations, and with the same columns.
func HasLate(form string, late []Late) bool {
	parts := strings.Fields(form)
	return len(parts) > 0 && parts[0] == formVersion && parts[len(parts)-1] == lateForm(late)
}

// FormDifference says how a form differs from that which was kept; empty: it does not.
func FormDifference(was, is string) string {
	if was == is {
		return ""
	}
	a, b := strings.Fields(was), strings.Fields(is)
	if len(a) < 4 || len(b) < 4 || a[0] != b[0] {
		return "rows are encoded in another way"
	}
	a, b = a[1:], b[1:]
	for i := range min(len(a), len(b)) {
		before, _, _ := strings.Cut(a[i], ":")
		now, _, _ := strings.Cut(b[i], ":")
		switch {
		case a[i] == b[i]:
		case len(a) != len(b) || before != now:
			return fmt.Sprintf("its plan has %d operators, of which number %d is %q, and had %d, of which that was %q", len(b)-3, i+1, now, len(a)-3, before)
		case now == tablesPart:
			return "its operators keep their state in other tables"
		case now == latePart:
			return "its late rows have another form"
		case now == edgesPart:
			return "the operators of its plan are joined in another way"
		default:
			return fmt.Sprintf("operator %d of its plan, %q, is another or keeps something else", i+1, now)
		}
	}
	return "the record of its form cannot be read"
}

// SameRows tells whether graphs of two forms keep the rows of their views in the same way, whatever else there is.
func SameRows(was, is string) bool {
	a, b := strings.Fields(was), strings.Fields(is)
	const back = 4 // the last node stands before three others
	return len(a) > back && len(b) > back && a[0] == b[0] && a[len(a)-back] == b[len(b)-back]
}

// notInForm are fields that say how the same is computed faster, or what follows from the rest, beside all that are called Name.
var notInForm = map[reflect.Type][]string{
	relationType:                   {"AppendOnly", "Times", "Stream"},
	reflect.TypeFor[Materialize](): {"Net"},
	reflect.TypeFor[Output]():      {"Net"},
	reflect.TypeFor[Aggregate]():   {"Most"},
	reflect.TypeFor[MultiJoin]():   {"Shares"},
	reflect.TypeFor[TopN]():        {"Decided"},
	reflect.TypeFor[FrameBound]():  {"InRange"}, // of the types
}

// formText is what a part of a form is hashed of.
type formText []byte

func (w formText) part(name string) string {
	h := fnv.New64a()
	_, _ = h.Write(w)
	return fmt.Sprintf("%s:%016x", name, h.Sum64())
}

var (
	functionType      = reflect.TypeFor[fn.Function]()
	aggregateType     = reflect.TypeFor[fn.Aggregate]()
	tableFunctionType = reflect.TypeFor[fn.TableFunction]()
	relationType      = reflect.TypeFor[Relation]()
)

// value writes a value so that no two different ones are written alike.
func (w *formText) value(v reflect.Value) {
	switch v.Kind() {
	case reflect.Bool:
		*w = strconv.AppendBool(*w, v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		*w = strconv.AppendInt(*w, v.Int(), 10)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		*w = strconv.AppendUint(*w, v.Uint(), 10)
	case reflect.Float64:
		*w = strconv.AppendUint(*w, math.Float64bits(v.Float()), 16)
	case reflect.String:
		*w = strconv.AppendQuote(*w, v.String())
	case reflect.Slice:
		w.list(v)
	case reflect.Pointer:
		w.value(v.Elem())
	case reflect.Interface: // a pointer to one of a closed set of structs
		*w = append(*w, v.Elem().Type().Elem().Name()...)
		w.value(v.Elem())
	case reflect.Struct:
		w.fields(v)
	default:
		invariants.Assertf(false, "a graph has a %s, whose form nobody knows", v.Type())
	}
	*w = append(*w, ',')
}

func (w *formText) list(v reflect.Value) {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		*w = strconv.AppendQuote(*w, string(v.Bytes()))
		return
	}
	*w = append(*w, '[')
	for i := range v.Len() {
		x := v.Index(i)
		if (x.Kind() == reflect.Pointer || x.Kind() == reflect.Interface) && x.IsNil() {
			*w = append(*w, "nil,"...) // it has its place
			continue
		}
		w.value(x)
	}
	*w = append(*w, ']')
}

func (w *formText) fields(v reflect.Value) {
	t := v.Type()
	switch t {
	case functionType, aggregateType, tableFunctionType: // what they do is their business: of them there are the name and the types
		*w = fmt.Appendf(*w, "%q%d", v.FieldByName("Name").String(), v.FieldByName("Args").Interface())
		if t != tableFunctionType {
			*w = fmt.Appendf(*w, "%d", v.FieldByName("Result").Interface())
		}
		return
	}
	*w = append(*w, '{')
	for i := range t.NumField() {
		field, x := t.Field(i), v.Field(i)
		if field.Name == "Name" || excluded(t, field.Name) || empty(x) {
			continue
		}
		if t == relationType && field.Name == "Arrangements" {
			x = x.Slice(0, 1)
		}
		*w = append(append(*w, field.Name...), '=')
		w.value(x)
	}
	*w = append(*w, '}')
}

func excluded(t reflect.Type, field string) bool {
	for _, name := range notInForm[t] {
		if name == field {
			return true
		}
	}
	return false
}

// empty tells that a field says nothing: a list without elements means the same whether it is nil or not.
func empty(v reflect.Value) bool { return v.IsZero() || v.Kind() == reflect.Slice && v.Len() == 0 }
