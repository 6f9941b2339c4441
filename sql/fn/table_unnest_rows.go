package fn

import (
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// UnnestRows is unnest() of an array of rows, whose fields a query has defined as columns of these types.
func UnnestRows(rows types.Type, fields []types.Type) *TableFunction {
	f := &TableFunction{Name: "unnest", Args: []types.OID{rows.OID}, Open: func(c *TableCall) (RowIterator, error) {
		open, err := types.OpenArray(c.Args[0].Bytes)
		return &unnestRows{open, fields}, err
	}}
	for _, t := range fields {
		f.Columns = append(f.Columns, OutColumn{Name: "unnest", Type: t.OID})
	}
	return f
}

type unnestRows struct {
	array  types.Array
	fields []types.Type
}

func (u *unnestRows) Next(out *batch.Batch, rows int) (more bool, err error) {
	n := min(rows, u.array.Len())
	for range n {
		item, null, ok := u.array.Next()
		if !ok {
			return false, errArrayCutOff()
		}
		if null {
			for c := range u.fields {
				out.Cols[c].AppendNull()
			}
			continue
		}
		if err := u.row(out, item); err != nil {
			return false, err
		}
	}
	out.SetLen(out.Len() + n)
	return u.array.Len() > 0, nil
}

func (u *unnestRows) row(out *batch.Batch, item []byte) error {
	const mismatch = "function return row and query-specified return row do not match"
	r := types.OpenRecord(item)
	if r.Len() != len(u.fields) {
		return pgerr.New(pgerr.DatatypeMismatch, mismatch).
			WithDetail("Returned row contains %d attributes, but query expects %d.", r.Len(), len(u.fields))
	}
	for c, t := range u.fields {
		f, _ := r.Next()
		if f.OID != t.OID {
			return pgerr.New(pgerr.DatatypeMismatch, mismatch).WithDetail("Returned type %s at ordinal position %d, but query expects %s.",
				types.FormatType(types.Of(f.OID)), c+1, types.FormatType(types.Of(t.OID)))
		}
		v, err := fieldValue(f)
		if err != nil {
			return err
		}
		out.Cols[c].Append(v)
	}
	return nil
}

func errArrayCutOff() error {
	return pgerr.New(pgerr.InvalidBinaryRepresentation, "an array ends too soon")
}
