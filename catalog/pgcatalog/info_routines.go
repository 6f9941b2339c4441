package pgcatalog

import (
	"strconv"

	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// routine is a row of pg_proc as information_schema shows it.
type routine struct {
	oid          types.OID
	name         string
	kind         byte
	result       types.OID
	args         []types.OID
	names, modes []string
	strict, set  bool
	volatile     byte
}

func routines(env *Env, w *rows) []routine {
	b, err := recordedProcs.load()
	if err != nil {
		w.err = err
		return nil
	}
	r := named("pg_catalog", "pg_proc")
	at := func(column string) *batch.Vec { return &b.Cols[r.place(column)] }
	procs := env.procs()
	var list []routine
	for i := range b.Len() {
		oid := types.OID(b.Cols[0].Ints[i])
		if !procs[oid] {
			continue
		}
		args := at("proargtypes").Value(i)
		if all := at("proallargtypes").Value(i); !all.Null {
			args = all
		}
		list = append(list, routine{
			oid: oid, name: string(b.Cols[1].BytesAt(i)), kind: at("prokind").BytesAt(i)[0], args: oids(args),
			result: types.OID(at("prorettype").Ints[i]), names: texts(at("proargnames").Value(i)), modes: texts(at("proargmodes").Value(i)),
			strict: at("proisstrict").Bools[i], set: at("proretset").Bools[i], volatile: at("provolatile").BytesAt(i)[0],
		})
	}
	return list
}

// texts are the elements of an array of text or "char".
func texts(v types.Value) []string {
	if v.Null {
		return nil
	}
	a, err := types.OpenArray(v.Bytes)
	if err != nil {
		return nil
	}
	values, err := a.Values()
	if err != nil {
		return nil
	}
	list := make([]string, len(values))
	for i, x := range values {
		list[i] = string(x.Bytes)
	}
	return list
}

func (r *routine) specificName() string { return r.name + "_" + strconv.FormatUint(uint64(r.oid), 10) }

func infoRoutines(env *Env, w *rows) {
	database, schema := env.databaseText(), text("pg_catalog")
	for _, r := range routines(env, w) {
		kind := textOrNull("FUNCTION")
		if r.kind != 'f' {
			kind = null
		}
		udtSchema, udtName := env.udt(r.result)
		w.sparse(cell{"specific_catalog", database}, cell{"specific_schema", schema}, cell{"specific_name", text(r.specificName())},
			cell{"routine_catalog", database}, cell{"routine_schema", schema}, cell{"routine_name", text(r.name)},
			cell{"routine_type", kind}, cell{"data_type", text(env.dataType(r.result))}, cell{"type_udt_catalog", database},
			cell{"type_udt_schema", text(udtSchema)}, cell{"type_udt_name", text(udtName)}, cell{"dtd_identifier", text("0")},
			cell{"routine_body", text("EXTERNAL")}, cell{"external_language", text("INTERNAL")}, cell{"parameter_style", text("GENERAL")},
			cell{"is_deterministic", yesNo(r.volatile == 'i')}, cell{"sql_data_access", text("MODIFIES")},
			cell{"is_null_call", yesNo(r.strict)}, cell{"schema_level_routine", text("YES")}, cell{"max_dynamic_result_sets", integer(0)},
			cell{"security_type", text("INVOKER")}, cell{"as_locator", text("NO")}, cell{"is_udt_dependent", text("NO")})
	}
}

var parameterModes = map[string]string{"i": "IN", "o": "OUT", "b": "INOUT", "v": "IN", "t": "OUT"}

func infoParameters(env *Env, w *rows) {
	database, schema := env.databaseText(), text("pg_catalog")
	for _, r := range routines(env, w) {
		for i, arg := range r.args {
			name, mode := "", "i"
			if i < len(r.names) {
				name = r.names[i]
			}
			if i < len(r.modes) {
				mode = r.modes[i]
			}
			udtSchema, udtName := env.udt(arg)
			w.sparse(cell{"specific_catalog", database}, cell{"specific_schema", schema}, cell{"specific_name", text(r.specificName())},
				cell{"ordinal_position", integer(i + 1)}, cell{"parameter_mode", text(parameterModes[mode])}, cell{"is_result", text("NO")},
				cell{"as_locator", text("NO")}, cell{"parameter_name", textOrNull(name)}, cell{"data_type", text(env.dataType(arg))},
				cell{"udt_catalog", database}, cell{"udt_schema", text(udtSchema)}, cell{"udt_name", text(udtName)},
				cell{"dtd_identifier", text(strconv.Itoa(i + 1))})
		}
	}
}
