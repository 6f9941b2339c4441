package fn

import (
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/types"
)

// Signatures is an optional power of a Session: it knows the parameters and results of functions as SQL. Without it they are null.
type Signatures interface {
	// FunctionArguments are a function's parameters, with or without their defaults; ok is false if there is no such function.
	FunctionArguments(oid types.OID, defaults bool) (sql string, ok bool)
	// FunctionResult is its result; ok is false if there is no such function, or it is a procedure.
	FunctionResult(oid types.OID) (sql string, ok bool)
}

func signature(name string, get func(s Signatures, oid types.OID) (string, bool)) *Function {
	return def(name+"(oid) text", sessionRow(name, func(c *Call, s Session, i int) error {
		if known, ok := s.(Signatures); ok {
			if sql, ok := get(known, c.oid(0, i)); ok {
				c.putText(sql)
				return nil
			}
		}
		c.putNull()
		return nil
	}), "the signature of a function as SQL").stable()
}

func signatureFunctions() []*Function {
	return []*Function{
		signature("pg_get_function_arguments", func(s Signatures, oid types.OID) (string, bool) { return s.FunctionArguments(oid, true) }),
		signature("pg_get_function_identity_arguments", func(s Signatures, oid types.OID) (string, bool) { return s.FunctionArguments(oid, false) }),
		signature("pg_get_function_result", Signatures.FunctionResult),
		def("pg_get_function_sqlbody(oid) text", constantNull, "the body of a function in standard SQL; there are none").nulls().stable(),
	}
}

// openExpandArray is information_schema._pg_expandarray(): the elements of an array with their numbers from 1, which JDBC reads keys with.
func openExpandArray(c *TableCall) (RowIterator, error) {
	a, err := types.OpenArray(c.text(0))
	if err != nil {
		return nil, err
	}
	if len(a.Lengths) > 1 {
		return nil, pgerr.New(pgerr.FeatureNotSupported, "an array of several dimensions cannot be numbered")
	}
	values, err := a.Values()
	if err != nil {
		return nil, err
	}
	rows := &valueRows{}
	for i, v := range values {
		rows.rows = append(rows.rows, []types.Value{v, types.IntValue(int64(i + 1))})
	}
	return rows, nil
}
