package ast

import (
	"reflect"
	"sync"
)

// Walk calls visit for n and, where visit returns true, for all nodes below it, parents before children, in the order of
// their struct's fields. It finds children by the structs' types, so no node can be forgotten.
func Walk(n Node, visit func(Node) bool) {
	if n == nil || isNil(n) || !visit(n) {
		return
	}
	walkFields(reflect.ValueOf(n).Elem(), visit)
}

func walkFields(v reflect.Value, visit func(Node) bool) {
	for _, i := range childFields(v.Type()) {
		walkValue(v.Field(i), visit)
	}
}

func walkValue(v reflect.Value, visit func(Node) bool) {
	switch v.Kind() {
	case reflect.Slice:
		for i := range v.Len() {
			walkValue(v.Index(i), visit)
		}
	case reflect.Struct:
		walkFields(v, visit)
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return
		}
		if n, ok := v.Interface().(Node); ok {
			Walk(n, visit)
		}
	}
}

// childFieldsOf caches, by struct type, the fields that can hold nodes.
var childFieldsOf sync.Map

func childFields(t reflect.Type) []int {
	if c, ok := childFieldsOf.Load(t); ok {
		return c.([]int)
	}
	var fields []int
	for i := range t.NumField() {
		if holdsNodes(t.Field(i).Type) {
			fields = append(fields, i)
		}
	}
	childFieldsOf.Store(t, fields)
	return fields
}

var nodeType = reflect.TypeFor[Node]()

func holdsNodes(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Slice:
		return holdsNodes(t.Elem())
	case reflect.Pointer, reflect.Interface:
		return t.Implements(nodeType)
	case reflect.Struct:
		return len(childFields(t)) > 0
	default:
		return false
	}
}

func isNil(n Node) bool {
	v := reflect.ValueOf(n)
	return v.Kind() == reflect.Pointer && v.IsNil()
}

// Rewrite replaces expressions at and below e from the inside out by what replace returns for them. It does not enter
// subqueries, whose columns are their own.
func Rewrite(e *Expr, replace func(Expr) Expr) {
	if *e == nil {
		return
	}
	if _, subquery := (*e).(*Subquery); !subquery {
		rewriteFields(reflect.ValueOf(*e).Elem(), replace)
	}
	*e = replace(*e)
}

var (
	exprType  = reflect.TypeFor[Expr]()
	queryType = reflect.TypeFor[*Query]()
)

func rewriteFields(v reflect.Value, replace func(Expr) Expr) {
	for _, i := range childFields(v.Type()) {
		rewriteValue(v.Field(i), replace)
	}
}

func rewriteValue(v reflect.Value, replace func(Expr) Expr) {
	switch {
	case v.Type() == queryType:
	case v.Type() == exprType:
		Rewrite(v.Addr().Interface().(*Expr), replace)
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			rewriteValue(v.Index(i), replace)
		}
	case v.Kind() == reflect.Struct:
		rewriteFields(v, replace)
	case v.Kind() == reflect.Pointer && !v.IsNil() && v.Elem().Kind() == reflect.Struct:
		rewriteFields(v.Elem(), replace)
	}
}
