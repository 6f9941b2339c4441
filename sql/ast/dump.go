package ast

import (
	"fmt"
	"reflect"
	"strings"
)

// Dump gives the tree below n as text, one node a line, with all it holds but positions. Two trees are equal when their
// dumps are.
func Dump(n Node) string {
	var d dumper
	d.value(reflect.ValueOf(n))
	return d.b.String() + "\n"
}

// Equal tells whether two trees are the same but for positions.
func Equal(a, b Node) bool { return equal(reflect.ValueOf(a), reflect.ValueOf(b)) }

func equal(a, b reflect.Value) bool {
	if a.IsValid() != b.IsValid() || a.IsValid() && a.Type() != b.Type() {
		return false
	}
	switch a.Kind() {
	case reflect.Invalid:
		return true
	case reflect.Pointer, reflect.Interface:
		if a.IsNil() || b.IsNil() {
			return a.IsNil() == b.IsNil()
		}
		return equal(a.Elem(), b.Elem())
	case reflect.Slice:
		if a.Len() != b.Len() {
			return false
		}
		for i := range a.Len() {
			if !equal(a.Index(i), b.Index(i)) {
				return false
			}
		}
		return true
	case reflect.Struct:
		for i := range a.NumField() {
			if a.Type().Field(i).Type != posType && !equal(a.Field(i), b.Field(i)) {
				return false
			}
		}
		return true
	default:
		return a.Equal(b)
	}
}

type dumper struct {
	b     strings.Builder
	depth int
}

func (d *dumper) line(format string, args ...any) {
	d.b.WriteByte('\n')
	for range d.depth {
		d.b.WriteString("  ")
	}
	fmt.Fprintf(&d.b, format, args...)
}

func (d *dumper) value(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			d.b.WriteString("nil")
			return
		}
		d.value(v.Elem())
	case reflect.Struct:
		d.b.WriteString(v.Type().Name())
		d.fields(v)
	case reflect.Slice:
		d.slice(v)
	case reflect.String:
		fmt.Fprintf(&d.b, "%q", v.String())
	default:
		fmt.Fprintf(&d.b, "%v", v)
	}
}

// slice puts lists of plain values on one line, lists of nodes below each other.
func (d *dumper) slice(v reflect.Value) {
	switch v.Type().Elem().Kind() {
	case reflect.String, reflect.Int:
		fmt.Fprintf(&d.b, "%q", v.Interface())
		return
	}
	d.depth++
	for i := range v.Len() {
		d.line("- ")
		d.value(v.Index(i))
	}
	d.depth--
}

var posType = reflect.TypeFor[Pos]()

func (d *dumper) fields(v reflect.Value) {
	d.depth++
	for i := range v.NumField() {
		f, x := v.Type().Field(i), v.Field(i)
		if f.Type == posType || x.IsZero() || x.Kind() == reflect.Slice && x.Len() == 0 {
			continue
		}
		d.line("%s: ", f.Name)
		d.value(x)
	}
	d.depth--
}
