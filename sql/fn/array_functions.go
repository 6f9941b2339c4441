package fn

import (
	"bytes"
	"math"
	"slices"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/types"
)

func arrayDims(c *Call, i int) error {
	a, err := c.openArray(0, i)
	if err != nil {
		return err
	}
	if len(a.Lengths) == 0 {
		c.putNull()
		return nil
	}
	dst := c.Out.Data
	for d := range a.Lengths {
		dst = appendInt(append(dst, '['), int64(a.Lower[d]))
		dst = appendInt(append(dst, ':'), int64(a.Lower[d])+int64(a.Lengths[d])-1)
		dst = append(dst, ']')
	}
	c.putAppended(dst)
	return nil
}

// arrayBound is a number about a dimension, from 1; null if there is none.
func arrayBound(f func(length, lower int32) int32) Kernel {
	return perRow(func(c *Call, i int) error {
		a, err := c.openArray(0, i)
		if err != nil {
			return err
		}
		d := c.int(1, i)
		if d < 1 || d > int64(len(a.Lengths)) {
			c.putNull()
			return nil
		}
		c.putInt(int64(f(a.Lengths[d-1], a.Lower[d-1])))
		return nil
	})
}

func arrayNDims(c *Call, i int) error {
	a, err := c.openArray(0, i)
	if err != nil {
		return err
	}
	if len(a.Lengths) == 0 {
		c.putNull()
		return nil
	}
	c.putInt(int64(len(a.Lengths)))
	return nil
}

func cardinality(c *Call, i int) error {
	a, err := c.openArray(0, i)
	if err == nil {
		c.putInt(int64(a.Len()))
	}
	return err
}

// openOrEmpty is openArray for functions that take null for an empty array.
func (c *Call) openOrEmpty(k, i int) (array, error) {
	if c.isNull(k, i) {
		t, _ := types.ElemOf(c.typeOf(k))
		return withCodec(types.Array{}, t.OID)
	}
	return c.openArray(k, i)
}

// arrayPush is array_append and array_prepend: which argument is the array.
func arrayPush(arrayArg int) Kernel {
	return perRowNulls(func(c *Call, i int) error {
		a, err := c.openOrEmpty(arrayArg, i)
		if err != nil {
			return err
		}
		if len(a.Lengths) > 1 {
			return pgerr.New("22000", "argument must be empty or one-dimensional array")
		}
		values, err := a.all()
		if err != nil {
			return err
		}
		lower := int32(1)
		if len(a.Lower) > 0 {
			lower = a.Lower[0]
		}
		v := c.value(1-arrayArg, i)
		if arrayArg == 0 {
			if len(values) > 0 && lower > math.MaxInt32-int32(len(values)) {
				return pgerr.New(pgerr.NumericValueOutOfRange, "integer out of range")
			}
			values = append(values, v)
		} else {
			values = slices.Insert(values, 0, v)
		}
		c.putAppended(appendArray(c.Out.Data, c.outElem(), values, []int32{int32(len(values))}, []int32{lower}))
		return nil
	})
}

func arrayCat(c *Call, i int) error {
	switch {
	case c.isNull(0, i) && c.isNull(1, i):
		c.putNull()
		return nil
	case c.isNull(0, i):
		c.putBytes(c.bytes(1, i))
		return nil
	case c.isNull(1, i):
		c.putBytes(c.bytes(0, i))
		return nil
	}
	a, err := c.openArray(0, i)
	if err != nil {
		return err
	}
	b, err := c.openArray(1, i)
	if err != nil {
		return err
	}
	switch {
	case len(a.Lengths) == 0 && len(b.Lengths) > 0:
		c.putBytes(c.bytes(1, i))
		return nil
	case len(b.Lengths) == 0:
		c.putBytes(c.bytes(0, i))
		return nil
	}
	lengths, lower, err := joinDimensions(&a, &b)
	if err != nil {
		return err
	}
	values, err := a.all()
	if err != nil {
		return err
	}
	more, err := b.all()
	if err != nil {
		return err
	}
	c.putAppended(appendArray(c.Out.Data, c.outElem(), append(values, more...), lengths, lower))
	return nil
}

// joinDimensions are those of one array behind the other; one of them may be an element of the other.
func joinDimensions(a, b *array) (lengths, lower []int32, err error) {
	incompatible := func(detail string) error {
		return pgerr.New(pgerr.ArraySubscriptError, "cannot concatenate incompatible arrays").WithDetail("%s", detail)
	}
	switch len(a.Lengths) - len(b.Lengths) {
	case 0:
		if !sameInts(a.Lengths[1:], b.Lengths[1:]) || !sameInts(a.Lower[1:], b.Lower[1:]) {
			return nil, nil, incompatible("Arrays with differing element dimensions are not compatible for concatenation.")
		}
		lengths, lower = slices.Clone(a.Lengths), a.Lower
		lengths[0] += b.Lengths[0]
	case 1:
		if !sameInts(a.Lengths[1:], b.Lengths) || !sameInts(a.Lower[1:], b.Lower) {
			return nil, nil, incompatible("Arrays with differing dimensions are not compatible for concatenation.")
		}
		lengths, lower = slices.Clone(a.Lengths), a.Lower
		lengths[0]++
	case -1:
		if !sameInts(b.Lengths[1:], a.Lengths) || !sameInts(b.Lower[1:], a.Lower) {
			return nil, nil, incompatible("Arrays with differing dimensions are not compatible for concatenation.")
		}
		lengths, lower = slices.Clone(b.Lengths), b.Lower
		lengths[0]++
	default:
		return nil, nil, incompatible("Arrays of " + string(appendInt(nil, int64(len(a.Lengths)))) + " and " + string(appendInt(nil, int64(len(b.Lengths)))) + " dimensions are not compatible for concatenation.")
	}
	return lengths, lower, nil
}

// same tells whether an element is the one that is looked for, nulls being the same.
func (a *array) same(x, y types.Value) bool {
	if x.Null || y.Null {
		return x.Null && y.Null
	}
	return a.codec.Compare(x, y) == 0
}

func oneDimension(what string) error {
	return pgerr.New(pgerr.FeatureNotSupported, what+" multidimensional arrays is not supported")
}

func arrayRemove(c *Call, i int) error {
	if c.isNull(0, i) {
		c.putNull()
		return nil
	}
	a, err := c.openArray(0, i)
	if err != nil {
		return err
	}
	if len(a.Lengths) > 1 {
		return oneDimension("removing elements from")
	}
	values, err := a.all()
	if err != nil {
		return err
	}
	v := c.value(1, i)
	kept := slices.DeleteFunc(values, func(x types.Value) bool { return a.same(x, v) })
	c.putAppended(appendArray(c.Out.Data, a.elem, kept, []int32{int32(len(kept))}, a.Lower))
	return nil
}

func arrayReplace(c *Call, i int) error {
	if c.isNull(0, i) {
		c.putNull()
		return nil
	}
	a, err := c.openArray(0, i)
	if err != nil {
		return err
	}
	lengths, lower := a.Lengths, a.Lower
	values, err := a.all()
	if err != nil {
		return err
	}
	for n := range values {
		if a.same(values[n], c.value(1, i)) {
			values[n] = c.value(2, i)
		}
	}
	c.putAppended(appendArray(c.Out.Data, a.elem, values, lengths, lower))
	return nil
}

func arrayPosition(c *Call, i int) error {
	if c.isNull(0, i) {
		c.putNull()
		return nil
	}
	a, err := c.openArray(0, i)
	if err != nil {
		return err
	}
	if len(a.Lengths) > 1 {
		return oneDimension("searching for elements in")
	}
	if len(a.Lengths) == 0 {
		c.putNull()
		return nil
	}
	start := int64(math.MinInt64)
	if len(c.Args) > 2 {
		if c.isNull(2, i) {
			return pgerr.New(pgerr.NullValueNotAllowed, "initial position must not be null")
		}
		start = c.int(2, i)
	}
	values, err := a.all()
	if err != nil {
		return err
	}
	for n, x := range values {
		if at := int64(a.Lower[0]) + int64(n); at >= start && a.same(x, c.value(1, i)) {
			c.putInt(at)
			return nil
		}
	}
	c.putNull()
	return nil
}

func arrayPositions(c *Call, i int) error {
	if c.isNull(0, i) {
		c.putNull()
		return nil
	}
	a, err := c.openArray(0, i)
	if err != nil {
		return err
	}
	if len(a.Lengths) > 1 {
		return oneDimension("searching for elements in")
	}
	values, err := a.all()
	if err != nil {
		return err
	}
	var found []types.Value
	for n, x := range values {
		if a.same(x, c.value(1, i)) {
			found = append(found, types.IntValue(int64(a.Lower[0])+int64(n)))
		}
	}
	c.putList(types.OIDInt4, found)
	return nil
}

// arrayContains tells whether all elements of one argument are in the other; a null is in none.
func arrayContains(outer, innerArg int) Kernel {
	return arraySets(outer, innerArg, true)
}

func arraySets(outer, innerArg int, all bool) Kernel {
	return perRow(func(c *Call, i int) error {
		a, err := c.openArray(outer, i)
		if err != nil {
			return err
		}
		b, err := c.openArray(innerArg, i)
		if err != nil {
			return err
		}
		values, err := a.all()
		if err != nil {
			return err
		}
		result := all
		for {
			v, ok, err := b.next(nil)
			if err != nil {
				return err
			}
			if !ok {
				break
			}
			has := !v.Null && slices.ContainsFunc(values, func(x types.Value) bool { return !x.Null && a.codec.Compare(x, v) == 0 })
			if has != all {
				result = !all
				break
			}
		}
		c.putBool(result)
		return nil
	})
}

func arrayToString(c *Call, i int) error {
	if c.isNull(0, i) || c.isNull(1, i) {
		c.putNull()
		return nil
	}
	a, err := c.openArray(0, i)
	if err != nil {
		return err
	}
	dst, first := c.Out.Data, true
	for {
		v, ok, err := a.next(nil)
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		withNull := len(c.Args) > 2 && !c.isNull(2, i)
		if v.Null && !withNull {
			continue
		}
		if !first {
			dst = append(dst, c.bytes(1, i)...)
		}
		if err := c.room(dst, len(v.Bytes)); err != nil {
			return err
		}
		first = false
		if v.Null {
			dst = append(dst, c.bytes(2, i)...)
			continue
		}
		dst = a.codec.AppendText(dst, v, c.settings())
	}
	c.putAppended(dst)
	return nil
}

// splitText cuts a text at a separator: at every character where it is null, not at all where it is empty.
func splitText(s, separator []byte, separatorNull bool) [][]byte {
	switch {
	case len(s) == 0:
		return nil
	case separatorNull:
		return bytes.SplitAfter(s, nil)
	case len(separator) == 0:
		return [][]byte{s}
	default:
		return bytes.Split(s, separator)
	}
}

func stringToArray(c *Call, i int) error {
	if c.isNull(0, i) {
		c.putNull()
		return nil
	}
	var values []types.Value
	for _, part := range splitText(c.bytes(0, i), c.bytes(1, i), c.isNull(1, i)) {
		v := types.BytesValue(part)
		if len(c.Args) > 2 && !c.isNull(2, i) && bytes.Equal(part, c.bytes(2, i)) {
			v = types.NullValue
		}
		values = append(values, v)
	}
	c.putList(types.OIDText, values)
	return nil
}

func trimArray(c *Call, i int) error {
	a, err := c.openArray(0, i)
	if err != nil {
		return err
	}
	n, length := c.int(1, i), int64(0)
	if len(a.Lengths) > 0 {
		length = int64(a.Lengths[0])
	}
	if n < 0 || n > length {
		return pgerr.Newf(pgerr.ArraySubscriptError, "number of elements to trim must be between 0 and %d", length)
	}
	if length == 0 || n == length {
		c.putList(a.elem, nil)
		return nil
	}
	lengths := slices.Clone(a.Lengths)
	values, err := a.all()
	if err != nil {
		return err
	}
	lengths[0] -= int32(n)
	c.putAppended(appendArray(c.Out.Data, a.elem, values[:len(values)/int(length)*int(lengths[0])], lengths, ones(len(lengths))))
	return nil
}

func arrayFill(c *Call, i int) error {
	if c.isNull(1, i) || len(c.Args) > 2 && c.isNull(2, i) {
		return pgerr.New(pgerr.NullValueNotAllowed, "dimension array or low bound array cannot be null")
	}
	dims, err := c.smallInts(1, i)
	if err != nil {
		return err
	}
	lower := ones(len(dims))
	if len(c.Args) > 2 {
		if lower, err = c.smallInts(2, i); err != nil {
			return err
		}
		if len(lower) != len(dims) {
			return pgerr.New(pgerr.ArraySubscriptError, "wrong number of array subscripts").
				WithDetail("Low bound array has different size than dimensions array.")
		}
	}
	if len(dims) > types.MaxDimensions {
		return pgerr.Newf(pgerr.ProgramLimitExceeded, "number of array dimensions (%d) exceeds the maximum allowed (%d)", len(dims), types.MaxDimensions)
	}
	count := int64(1)
	const most = 1 << 27
	for _, n := range dims {
		if n < 0 || count*int64(n) > most {
			return pgerr.New(pgerr.ProgramLimitExceeded, "array size exceeds the maximum allowed (134217727)")
		}
		count *= int64(n)
	}
	if len(dims) == 0 {
		count = 0
	}
	if count*int64(len(c.value(0, i).Bytes)) > int64(maxText) {
		return arrayTooLarge()
	}
	c.putAppended(appendArray(c.Out.Data, c.outElem(), slices.Repeat([]types.Value{c.value(0, i)}, int(count)), dims, lower))
	return nil
}

// arrayTooLarge is PostgreSQL's error for an array of more bytes than a value may have.
func arrayTooLarge() error {
	return pgerr.Newf(pgerr.ProgramLimitExceeded, "array size exceeds the maximum allowed (%d)", maxText)
}

func (c *Call) smallInts(k, i int) ([]int32, error) {
	a, err := c.openArray(k, i)
	if err != nil {
		return nil, err
	}
	if len(a.Lengths) > 1 {
		return nil, pgerr.New(pgerr.ArraySubscriptError, "wrong number of array subscripts").WithDetail("Dimension array must be one dimensional.")
	}
	values, err := a.all()
	var all []int32
	for _, v := range values {
		if v.Null {
			return nil, pgerr.New(pgerr.NullValueNotAllowed, "dimension values cannot be null")
		}
		all = append(all, int32(v.Int))
	}
	return all, err
}

func arrayOperators() []*Operator {
	return []*Operator{
		op("||", "anycompatiblearray", "anycompatiblearray", "anycompatiblearray", perRowNulls(arrayCat), "the arrays one after the other", "ARRAY[1,2,3] || ARRAY[4,5,6] → {1,2,3,4,5,6}").with((*Function).nulls),
		op("||", "anycompatiblearray", "anycompatible", "anycompatiblearray", arrayPush(0), "with an element at the end", "ARRAY[4,5,6] || 7 → {4,5,6,7}").with((*Function).nulls),
		op("||", "anycompatible", "anycompatiblearray", "anycompatiblearray", arrayPush(1), "with an element at the beginning", "3 || ARRAY[4,5,6] → {3,4,5,6}").with((*Function).nulls),
		op("@>", "anyarray", "anyarray", "bool", arrayContains(0, 1), "whether the first has all elements of the second", "ARRAY[1,4,3] @> ARRAY[3,1,3] → t"),
		op("<@", "anyarray", "anyarray", "bool", arrayContains(1, 0), "whether the second has all elements of the first", "ARRAY[2,2,7] <@ ARRAY[1,7,4,2,6] → t"),
		op("&&", "anyarray", "anyarray", "bool", arraySets(0, 1, false), "whether they have an element in common", "ARRAY[1,4,3] && ARRAY[2,1] → t"),
	}
}

func arrayFunctions() []*Function {
	return []*Function{
		def("array_append(anycompatiblearray, anycompatible) anycompatiblearray", arrayPush(0), "with an element at the end", "array_append(ARRAY[1,2], 3) → {1,2,3}").nulls(),
		def("array_prepend(anycompatible, anycompatiblearray) anycompatiblearray", arrayPush(1), "with an element at the beginning", "array_prepend(1, ARRAY[2,3]) → {1,2,3}").nulls(),
		def("array_cat(anycompatiblearray, anycompatiblearray) anycompatiblearray", perRowNulls(arrayCat), "the arrays one after the other", "array_cat(ARRAY[1,2,3], ARRAY[4,5]) → {1,2,3,4,5}").nulls(),
		def("array_remove(anycompatiblearray, anycompatible) anycompatiblearray", perRowNulls(arrayRemove), "without the elements that are equal to a value", "array_remove(ARRAY[1,2,3,2], 2) → {1,3}").nulls(),
		def("array_replace(anycompatiblearray, anycompatible, anycompatible) anycompatiblearray", perRowNulls(arrayReplace), "with the elements that are equal to a value replaced", "array_replace(ARRAY[1,2,5,4], 5, 3) → {1,2,3,4}").nulls(),
		def("array_position(anycompatiblearray, anycompatible) int4", perRowNulls(arrayPosition), "subscript of the first element that is equal to a value", "array_position(ARRAY['sun','mon','tue'], 'mon') → 2").nulls(),
		def("array_position(anycompatiblearray, anycompatible, int4) int4", perRowNulls(arrayPosition), "the same, from a subscript on", "array_position(ARRAY[1,2,1], 1, 2) → 3").nulls(),
		def("array_positions(anycompatiblearray, anycompatible) int4[]", perRowNulls(arrayPositions), "subscripts of all elements that are equal to a value", "array_positions(ARRAY['A','A','B','A'], 'A') → {1,2,4}").nulls(),
		def("array_length(anyarray, int4) int4", arrayBound(func(length, _ int32) int32 { return length }), "length of a dimension", "array_length(array[1,2,3], 1) → 3"),
		def("array_lower(anyarray, int4) int4", arrayBound(func(_, lower int32) int32 { return lower }), "first subscript of a dimension", "array_lower('[0:2]={1,2,3}'::integer[], 1) → 0"),
		def("array_upper(anyarray, int4) int4", arrayBound(func(length, lower int32) int32 { return lower + length - 1 }), "last subscript of a dimension", "array_upper(ARRAY[1,8,3,7], 1) → 4"),
		def("array_ndims(anyarray) int4", perRow(arrayNDims), "number of dimensions", "array_ndims(ARRAY[[1,2,3], [4,5,6]]) → 2"),
		def("array_dims(anyarray) text", perRow(arrayDims), "bounds of all dimensions", "array_dims(ARRAY[[1,2,3], [4,5,6]]) → [1:2][1:3]"),
		def("cardinality(anyarray) int4", perRow(cardinality), "number of elements of all dimensions together", "cardinality(ARRAY[[1,2],[3,4]]) → 4"),
		def("array_to_string(anyarray, text) text", perRowNulls(arrayToString), "the elements that are not null as text, with a separator", "array_to_string(ARRAY[1, 2, NULL, 5], ',') → 1,2,5").nulls().stable(),
		def("array_to_string(anyarray, text, text) text", perRowNulls(arrayToString), "the same, with a text for nulls", "array_to_string(ARRAY[1, 2, NULL, 5], ',', '*') → 1,2,*,5").nulls().stable(),
		def("string_to_array(text, text) text[]", perRowNulls(stringToArray), "the text cut at a separator; at every character if that is null", "string_to_array('xx~~yy~~zz', '~~') → {xx,yy,zz}").nulls(),
		def("string_to_array(text, text, text) text[]", perRowNulls(stringToArray), "the same; parts that are equal to the third argument are null", "string_to_array('xx~~yy~~zz', '~~', 'yy') → {xx,NULL,zz}").nulls(),
		def("trim_array(anyarray, int4) anyarray", perRow(trimArray), "without the last n elements", "trim_array(ARRAY[1,2,3,4,5,6], 2) → {1,2,3,4}"),
		def("array_fill(anyelement, int4[]) anyarray", perRowNulls(arrayFill), "an array of a value, with given lengths", "array_fill(11, ARRAY[2,3]) → {{11,11,11},{11,11,11}}").nulls(),
		def("array_fill(anyelement, int4[], int4[]) anyarray", perRowNulls(arrayFill), "the same, with given first subscripts", "array_fill(7, ARRAY[3], ARRAY[2]) → [2:4]={7,7,7}").nulls(),
	}
}
