package fn

import (
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/types"
)

// array is an array taken apart, with its elements' codec.
type array struct {
	types.Array
	codec *types.Codec
	elem  types.OID
}

// openArray takes argument k of row i apart. elem is the type of its elements.
func (c *Call) openArray(k, i int) (array, error) {
	a, err := types.OpenArray(c.bytes(k, i))
	if err != nil {
		return array{}, err
	}
	t, _ := types.ElemOf(c.typeOf(k))
	return withCodec(a, t.OID)
}

func withCodec(a types.Array, elem types.OID) (array, error) {
	codec, ok := types.CodecOf(elem)
	if !ok {
		codec, _ = types.CodecOf(types.OIDText)
	}
	return array{a, codec, elem}, nil
}

// next returns the next element, borrowed; ok is false at the end.
func (a *array) next(scratch []byte) (v types.Value, ok bool, err error) {
	item, null, ok := a.Next()
	switch {
	case !ok:
		return v, false, nil
	case null:
		return types.NullValue, true, nil
	}
	v, err = a.codec.Decode(scratch, item, -1)
	return v, true, err
}

// all returns all elements.
func (a *array) all() ([]types.Value, error) {
	values := make([]types.Value, 0, a.Len())
	for {
		v, ok, err := a.next(nil)
		if err != nil || !ok {
			return values, err
		}
		values = append(values, v)
	}
}

// appendArray appends an array with dimensions.
func appendArray(dst []byte, elem types.OID, values []types.Value, lengths, lower []int32) []byte {
	if len(values) == 0 {
		return types.AppendArrayHeader(dst, elem, false, nil, nil)
	}
	codec, ok := types.CodecOf(elem)
	if !ok {
		codec, _ = types.CodecOf(types.OIDText)
	}
	hasNull := false
	for _, v := range values {
		hasNull = hasNull || v.Null
	}
	dst = types.AppendArrayHeader(dst, elem, hasNull, lengths, lower)
	for _, v := range values {
		dst = codec.AppendItem(dst, v)
	}
	return dst
}

// putList puts a one-dimensional array.
func (c *Call) putList(elem types.OID, values []types.Value) {
	c.putAppended(appendArray(c.Out.Data, elem, values, []int32{int32(len(values))}, []int32{1}))
}

// outElem is the element type of the result.
func (c *Call) outElem() types.OID {
	t, _ := types.ElemOf(c.Out.Type())
	return t.OID
}

func arrayError(code pgerr.Code, message string) error { return pgerr.New(code, message) }

// ArrayConstructor is ARRAY[...] of elements of a type, which may be arrays: then the result has one more dimension.
func ArrayConstructor(elem types.Type) *Function {
	if _, nested := types.ElemOf(elem); nested && elem.OID != types.OIDInt2Vector && elem.OID != types.OIDOIDVector {
		return &Function{
			Name: "array", Args: []types.OID{elem.OID}, Variadic: true, Result: elem.OID, NullCall: true, Monotone: -1,
			Kernel: perRowNulls(arrayOfArrays), ResultType: func([]types.Type) types.Type { return elem },
		}
	}
	result, _ := types.ArrayOf(elem)
	return &Function{
		Name: "array", Args: []types.OID{elem.OID}, Variadic: true, Result: result.OID, NullCall: true, Monotone: -1,
		Kernel: perRowNulls(arrayOf), ResultType: func([]types.Type) types.Type { return result },
	}
}

func arrayOf(c *Call, i int) error {
	elem := c.outElem()
	codec, ok := types.CodecOf(elem)
	if !ok {
		codec, _ = types.CodecOf(types.OIDText)
	}
	if len(c.Args) == 0 {
		c.putList(elem, nil)
		return nil
	}
	hasNull := false
	for k := range c.Args {
		hasNull = hasNull || c.isNull(k, i)
	}
	lengths, lower := [1]int32{int32(len(c.Args))}, [1]int32{1}
	dst := types.AppendArrayHeader(c.Out.Data, elem, hasNull, lengths[:], lower[:])
	for k := range c.Args {
		dst = codec.AppendItem(dst, c.value(k, i))
	}
	c.putAppended(dst)
	return nil
}

func arrayOfArrays(c *Call, i int) error {
	var values []types.Value
	var lengths []int32
	mismatch := arrayError(pgerr.ArraySubscriptError, "multidimensional arrays must have array expressions with matching dimensions")
	for k := range c.Args {
		if c.isNull(k, i) {
			if k > 0 && len(lengths) > 0 {
				return mismatch
			}
			continue
		}
		a, err := c.openArray(k, i)
		if err != nil {
			return err
		}
		if k > 0 && !sameInts(lengths, a.Lengths) {
			return mismatch
		}
		lengths = a.Lengths
		more, err := a.all()
		if err != nil {
			return err
		}
		values = append(values, more...)
	}
	if len(lengths) == 0 {
		c.putList(c.outElem(), nil)
		return nil
	}
	if len(lengths) == types.MaxDimensions {
		return pgerr.Newf(pgerr.ProgramLimitExceeded, "number of array dimensions (%d) exceeds the maximum allowed (%d)", types.MaxDimensions+1, types.MaxDimensions)
	}
	lengths = append([]int32{int32(len(c.Args))}, lengths...)
	c.putAppended(appendArray(c.Out.Data, c.outElem(), values, lengths, ones(len(lengths))))
	return nil
}

func sameInts(a, b []int32) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func ones(n int) []int32 {
	lower := make([]int32, n)
	for i := range lower {
		lower[i] = 1
	}
	return lower
}

// RowConstructor is ROW(...) of fields of these types, which may have names.
func RowConstructor(fields []types.Type, names []string) *Function {
	f := &Function{Name: "row", Result: types.OIDRecord, NullCall: true, Monotone: -1}
	for _, field := range fields {
		f.Args = append(f.Args, field.OID)
	}
	f.Kernel = perRowNulls(func(c *Call, i int) error {
		dst := types.AppendRecordHeader(c.Out.Data, len(c.Args), names)
		for k := range c.Args {
			dst = types.AppendField(dst, c.typeOf(k).OID, c.value(k, i))
		}
		c.putAppended(dst)
		return nil
	})
	return f
}

// RowNullTest is row IS NULL, which is true also if all its fields are null, or IS NOT NULL, which is true if none of them is.
func RowNullTest(not bool) *Function {
	return &Function{
		Name: "row_null_test", Args: []types.OID{types.OIDRecord}, Result: types.OIDBool, NullCall: true, Monotone: -1,
		Kernel: perRowNulls(func(c *Call, i int) error {
			if c.isNull(0, i) {
				c.putBool(!not)
				return nil
			}
			r := types.OpenRecord(c.bytes(0, i))
			all := true
			for {
				f, ok := r.Next()
				if !ok {
					c.putBool(all)
					return nil
				}
				all = all && f.Null != not
			}
		}),
	}
}

// FieldFunction is (row).field of a row whose field number index (from 0) has the given type.
func FieldFunction(index int, field types.Type) *Function {
	return &Function{
		Name: "field", Args: []types.OID{types.OIDRecord}, Result: field.OID, Monotone: -1,
		ResultType: func([]types.Type) types.Type { return field },
		Kernel: perRow(func(c *Call, i int) error {
			r := types.OpenRecord(c.bytes(0, i))
			for range index {
				r.Next()
			}
			f, ok := r.Next()
			switch {
			case !ok || f.Null:
				c.putNull()
			default:
				codec, known := types.CodecOf(f.OID)
				if !known {
					codec, _ = types.CodecOf(types.OIDText)
				}
				v, err := codec.Decode(nil, f.Item, -1)
				if err != nil {
					return err
				}
				c.putValue(v)
			}
			return nil
		}),
	}
}
