package fn

import (
	"bytes"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/sql/types/jsontext"
)

// Aggregates that put the rows of a group into one value, in their order: that of ORDER BY within the call, completed by the values.

func collectAggregates() []*Aggregate {
	all := []*Aggregate{
		agg("string_agg(text, text) text", "The values, with the second argument between them; NULL if there are none.",
			"SELECT string_agg(x, ', ' ORDER BY x) FROM (VALUES ('b'), ('a')) t(x) → a, b").collects(collectString),
		agg("string_agg(bytea, bytea) bytea", "The values, with the second argument between them; NULL if there are none.").collects(collectString),
		agg("array_agg(anynonarray) anyarray", "The values, nulls among them, as an array; NULL if there are no rows.",
			"SELECT array_agg(x ORDER BY x) FROM (VALUES (2), (1), (NULL)) t(x) → {1,2,NULL}").collects(collectArray),
		agg("array_agg(anyarray) anyarray", "The arrays as an array of one more dimension; NULL if there are no rows.").collects(collectArrays),
	}
	for _, j := range []struct {
		prefix, typ string
		binary      bool
		object      string
	}{{"json", "json", false, `{ "a" : 1, "b" : 2 }`}, {"jsonb", "jsonb", true, `{"a": 1, "b": 2}`}} {
		all = append(all,
			agg(j.prefix+"_agg(anyelement) "+j.typ, "The values, nulls among them, as a JSON array; NULL if there are no rows.",
				"SELECT "+j.prefix+"_agg(x ORDER BY x) FROM (VALUES (2), (1)) t(x) → [1, 2]").collects(collectJSON(j.binary)),
			agg(j.prefix+"_object_agg(any, any) "+j.typ, "An object of the first arguments as keys and the second ones as values; NULL if there are no rows.",
				"SELECT "+j.prefix+"_object_agg(k, v) FROM (VALUES ('a', 1), ('b', 2)) t(k, v) → "+j.object).collects(collectObject(j.binary)))
	}
	return all
}

func (a *Aggregate) collects(f func(c *AggRows)) *Aggregate {
	a.Collect, a.Ordered, a.NullCall = f, true, true
	return a
}

// each calls f for every row, as often as it is there, until it returns an error.
func (c *AggRows) each(f func(i int) error) error {
	for i, count := range c.Counts {
		for range count {
			if err := f(i); err != nil {
				return err
			}
		}
	}
	return nil
}

func collectString(c *AggRows) {
	values, separators := c.Args[0], c.Args[1]
	any, from := false, len(c.Out.Data)
	add := func(b []byte) error {
		if has := len(c.Out.Data) - from; has+len(b) >= maxText {
			return notEnlarged(has, len(b))
		}
		c.Out.Data = append(c.Out.Data, b...)
		return nil
	}
	err := c.each(func(i int) error {
		if values.IsNull(i) {
			return nil
		}
		if any && !separators.IsNull(i) {
			if err := add(separators.BytesAt(i)); err != nil {
				return err
			}
		}
		any = true
		return add(values.BytesAt(i))
	})
	if err != nil {
		c.Out.Data = c.Out.Data[:from]
		c.fail(err)
		return
	}
	if !any {
		c.Out.AppendNull()
		return
	}
	c.Out.FinishBytes()
}

func collectArray(c *AggRows) {
	values, n := c.Args[0], int64(0)
	for _, count := range c.Counts {
		n += count
	}
	codec, ok := types.CodecOf(values.Type().OID)
	if n == 0 || !ok {
		c.Out.AppendNull()
		return
	}
	from := len(c.Out.Data)
	c.Out.Data = types.AppendArrayHeader(c.Out.Data, values.Type().OID, values.HasNulls(), []int32{int32(n)}, []int32{1})
	err := c.each(func(i int) error {
		c.Out.Data = codec.AppendItem(c.Out.Data, values.Value(i))
		if len(c.Out.Data)-from > maxText {
			return arrayTooLarge()
		}
		return nil
	})
	if err != nil {
		c.Out.Data = c.Out.Data[:from]
		c.fail(err)
		return
	}
	c.Out.FinishBytes()
}

func collectArrays(c *AggRows) {
	if len(c.Counts) == 0 {
		c.Out.AppendNull()
		return
	}
	var all []types.Value
	var lengths, lower []int32
	var elem types.OID
	n := int32(0)
	err := c.each(func(i int) error {
		if c.Args[0].IsNull(i) {
			return pgerr.New(pgerr.NullValueNotAllowed, "cannot accumulate null arrays")
		}
		open, err := types.OpenArray(c.Args[0].BytesAt(i))
		if err != nil {
			return err
		}
		a, err := withCodec(open, open.Elem)
		if err != nil {
			return err
		}
		switch {
		case len(a.Lengths) == 0:
			return pgerr.New(pgerr.ArraySubscriptError, "cannot accumulate empty arrays")
		case n == 0:
			lengths, lower, elem = a.Lengths, a.Lower, open.Elem
			if len(lengths)+1 > types.MaxDimensions {
				return pgerr.Newf(pgerr.ProgramLimitExceeded, "number of array dimensions (%d) exceeds the maximum allowed (%d)", len(lengths)+1, types.MaxDimensions)
			}
		case !sameInts(lengths, a.Lengths) || !sameInts(lower, a.Lower):
			return pgerr.New(pgerr.ArraySubscriptError, "cannot accumulate arrays of different dimensionality")
		}
		items, err := a.all()
		if err != nil {
			return err
		}
		for _, v := range items {
			v.Bytes = bytes.Clone(v.Bytes)
			all = append(all, v)
		}
		n++
		return nil
	})
	if err != nil {
		c.fail(err)
		return
	}
	c.Out.Data = appendArray(c.Out.Data, elem, all, append([]int32{n}, lengths...), append([]int32{1}, lower...))
	c.Out.FinishBytes()
}

// finishJSON ends a text of JSON that was appended to Out.Data from a place on.
func (c *AggRows) finishJSON(from int, binary bool, err error) {
	if err == nil && binary {
		text := bytes.Clone(c.Out.Data[from:])
		c.Out.Data, err = jsontext.AppendJSONB(c.Out.Data[:from], text)
	}
	if err != nil {
		c.Out.Data = c.Out.Data[:from]
		c.fail(err)
		return
	}
	c.Out.FinishBytes()
}

func collectJSON(binary bool) func(c *AggRows) {
	return func(c *AggRows) {
		if len(c.Counts) == 0 {
			c.Out.AppendNull()
			return
		}
		values, from := c.Args[0], len(c.Out.Data)
		_, isArray := types.ElemOf(values.Type())
		dst := append(c.Out.Data, '[')
		err := c.each(func(i int) error {
			if len(dst) > from+1 {
				dst = append(dst, ", "...)
				if !values.IsNull(i) && (isArray || types.IsRecord(values.Type().OID)) {
					dst = append(dst, "\n "...)
				}
			}
			var err error
			dst, err = AppendJSON(dst, values.Type(), values.Value(i), c.Settings, nil)
			return err
		})
		c.Out.Data = append(dst, ']')
		c.finishJSON(from, binary, err)
	}
}

func collectObject(binary bool) func(c *AggRows) {
	return func(c *AggRows) {
		if len(c.Counts) == 0 {
			c.Out.AppendNull()
			return
		}
		keys, values, from := c.Args[0], c.Args[1], len(c.Out.Data)
		dst := append(c.Out.Data, "{ "...)
		err := c.each(func(i int) error {
			if keys.IsNull(i) {
				return pgerr.New(pgerr.InvalidParameterValue, "field name must not be null")
			}
			if len(dst) > from+2 {
				dst = append(dst, ", "...)
			}
			var err error
			if dst, err = appendJSONKey(dst, keys.Type(), keys.Value(i), c.Settings); err != nil {
				return err
			}
			dst, err = AppendJSON(append(dst, " : "...), values.Type(), values.Value(i), c.Settings, nil)
			return err
		})
		c.Out.Data = append(dst, " }"...)
		c.finishJSON(from, binary, err)
	}
}

// appendJSONKey writes a value as a key of an object.
func appendJSONKey(dst []byte, t types.Type, v types.Value, s *types.Settings) ([]byte, error) {
	_, isArray := types.ElemOf(t)
	if isArray || types.IsRecord(t.OID) || t.OID == types.OIDJSON || t.OID == types.OIDJSONB {
		return nil, pgerr.New(pgerr.InvalidParameterValue, "key value must be scalar, not array, composite, or json")
	}
	text, err := AppendJSON(nil, t, v, s, nil)
	if err != nil {
		return nil, err
	}
	if text[0] == '"' {
		return append(dst, text...), nil
	}
	return append(append(append(dst, '"'), text...), '"'), nil
}
