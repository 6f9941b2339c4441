package pgcatalog

import (
	"sync"

	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

// requiredProcs are functions that rows of pg_type and pg_cast refer to, which drivers and psql join with pg_proc.
var requiredProcs = sync.OnceValue(func() map[types.OID]bool {
	required := map[types.OID]bool{}
	b, err := recordedTypes.load()
	if err != nil {
		return required
	}
	r := named("pg_catalog", "pg_type")
	for _, column := range []string{
		"typsubscript", "typinput", "typoutput", "typreceive", "typsend", "typmodin", "typmodout", "typanalyze",
	} {
		at := r.place(column)
		for i := range b.Len() {
			if listedTypes()[types.OID(b.Cols[0].Ints[i])] {
				required[types.OID(b.Cols[at].Ints[i])] = true
			}
		}
	}
	casts, err := recordedCasts.load()
	if err != nil {
		return required
	}
	for i := range casts.Len() {
		if isListedCast(casts, i) {
			required[types.OID(casts.Cols[named("pg_catalog", "pg_cast").place("castfunc")].Ints[i])] = true
		}
	}
	return required
})

// builtinProcs are the recorded functions that Freshet has: pg_proc of fn.Builtins.
var builtinProcs = sync.OnceValue(func() map[types.OID]bool { return procsOf(fn.Builtins()) })

// procs are the OIDs of the functions that pg_proc has.
func (e *Env) procs() map[types.OID]bool {
	if e.functions() == fn.Builtins() {
		return builtinProcs()
	}
	return procsOf(e.Functions)
}

// procsOf finds those recorded functions whose names and arguments the registry has.
func procsOf(registry *fn.Registry) map[types.OID]bool {
	found := map[types.OID]bool{}
	b, err := recordedProcs.load()
	if err != nil {
		return found
	}
	args := named("pg_catalog", "pg_proc").place("proargtypes")
	for oid := range requiredProcs() {
		found[oid] = true
	}
	for i := range b.Len() {
		if hasFunction(registry, string(b.Cols[1].BytesAt(i)), oids(b.Cols[args].Value(i))) {
			found[types.OID(b.Cols[0].Ints[i])] = true
		}
	}
	return found
}

// oids are the elements of an oidvector or oid[].
func oids(v types.Value) []types.OID {
	a, err := types.OpenArray(v.Bytes)
	if err != nil {
		return nil
	}
	values, err := a.Values()
	if err != nil {
		return nil
	}
	list := make([]types.OID, len(values))
	for i, x := range values {
		list[i] = types.OID(x.Int)
	}
	return list
}

func pgProc(env *Env, w *rows) {
	procs := env.procs()
	w.addFixed(recordedProcs, func(b *batch.Batch, i int) bool { return procs[types.OID(b.Cols[0].Ints[i])] })
}

var recordedAggregates = &fixedRows{name: "pg_aggregate"}

func pgAggregate(env *Env, w *rows) {
	procs := env.procs()
	w.addFixed(recordedAggregates, func(b *batch.Batch, i int) bool { return procs[types.OID(b.Cols[0].Ints[i])] })
}

func pgOperator(env *Env, w *rows) {
	r := named("pg_catalog", "pg_operator")
	left, right := r.place("oprleft"), r.place("oprright")
	registry := env.functions()
	w.addFixed(recordedOperators, func(b *batch.Batch, i int) bool {
		l, r := types.OID(b.Cols[left].Ints[i]), types.OID(b.Cols[right].Ints[i])
		for _, o := range registry.Operators(string(b.Cols[1].BytesAt(i))) {
			if o.Left == l && o.Right == r {
				return true
			}
		}
		return false
	})
}

func pgCast(_ *Env, w *rows) {
	w.addFixed(recordedCasts, isListedCast)
}

// isListedCast tells whether a cast is between two types that Freshet has.
func isListedCast(b *batch.Batch, i int) bool {
	_, from := types.Lookup(types.OID(b.Cols[1].Ints[i]))
	_, to := types.Lookup(types.OID(b.Cols[2].Ints[i]))
	return from && to
}

func pgRange(_ *Env, w *rows) {
	w.addFixed(recordedRanges, func(b *batch.Batch, i int) bool { return listedTypes()[types.OID(b.Cols[0].Ints[i])] })
}

var (
	recordedCasts  = &fixedRows{name: "pg_cast"}
	recordedRanges = &fixedRows{name: "pg_range"}
)

// hasFunction tells whether a registry has a function with PostgreSQL's name and arguments.
func hasFunction(registry *fn.Registry, name string, args []types.OID) bool {
	for _, f := range registry.Functions(name) {
		if sameArgs(f.Args, args, f.Variadic) {
			return true
		}
	}
	for _, f := range registry.Aggregates(name) {
		if sameArgs(f.Args, args, f.Variadic) {
			return true
		}
	}
	for _, f := range registry.TableFunctions(name) {
		if sameArgs(f.Args, args, f.Variadic) {
			return true
		}
	}
	return false
}

// sameArgs compares arguments with those of pg_proc, where the last one of a variadic function is an array.
func sameArgs(args, recorded []types.OID, variadic bool) bool {
	if len(args) != len(recorded) {
		return false
	}
	for i, a := range args {
		if a == recorded[i] {
			continue
		}
		elem, isArray := types.ElemOf(types.Of(recorded[i]))
		if !variadic || i != len(args)-1 || recorded[i] != types.OIDAny && (!isArray || elem.OID != a) {
			return false
		}
	}
	return true
}
