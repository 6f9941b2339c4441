package fn

import (
	"bytes"
	"math"
	"strconv"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/sql/types/jsontext"
	"github.com/freshetdb/freshet/sql/types/numeric"
)

// AppendJSON writes a value of a type as JSON: to_json(). names are the keys of a row's fields; nil: f1, f2 and so on.
func AppendJSON(dst []byte, t types.Type, v types.Value, s *types.Settings, names []string) ([]byte, error) {
	if v.Null {
		return append(dst, "null"...), nil
	}
	if elem, ok := types.ElemOf(t); ok {
		return appendJSONArray(dst, elem, v, s)
	}
	if types.IsRecord(t.OID) {
		return appendJSONRow(dst, v, s, names)
	}
	switch t.OID {
	case types.OIDBool:
		if v.Bool() {
			return append(dst, "true"...), nil
		}
		return append(dst, "false"...), nil
	case types.OIDInt2, types.OIDInt4, types.OIDInt8:
		return appendText(dst, t, v, s), nil
	case types.OIDFloat4, types.OIDFloat8:
		return appendNumber(dst, t, v, s, math.IsNaN(v.Float) || inf(v.Float)), nil
	case types.OIDNumeric:
		return appendNumber(dst, t, v, s, !numeric.Decode(v.Bytes).Finite()), nil
	case types.OIDJSON, types.OIDJSONB:
		return append(dst, v.Bytes...), nil
	case types.OIDDate, types.OIDTimestamp, types.OIDTimestamptz:
		return appendJSONTime(dst, t, v, s), nil
	default:
		return jsontext.AppendString(dst, appendText(nil, t, v, s)), nil
	}
}

func appendText(dst []byte, t types.Type, v types.Value, s *types.Settings) []byte {
	codec, ok := types.CodecOf(t.OID)
	if !ok {
		return append(dst, v.Bytes...)
	}
	return codec.AppendText(dst, v, s)
}

func appendNumber(dst []byte, t types.Type, v types.Value, s *types.Settings, quoted bool) []byte {
	if !quoted {
		return appendText(dst, t, v, s)
	}
	return append(appendText(append(dst, '"'), t, v, s), '"')
}

// appendJSONTime writes ISO 8601: a T before the time, and minutes in the zone.
func appendJSONTime(dst []byte, t types.Type, v types.Value, s *types.Settings) []byte {
	from := len(dst) + 1
	dst = appendText(append(dst, '"'), t, v, s)
	if infiniteTime(v.Int) {
		return append(dst, '"')
	}
	if at := bytes.IndexByte(dst[from:], ' '); at >= 0 && t.OID != types.OIDDate {
		dst[from+at] = 'T'
		if t.OID == types.OIDTimestamptz {
			text := dst[from:]
			zone := bytes.LastIndexAny(text, "+-")
			if end := zone + 3; end == len(text) {
				dst = append(dst, ":00"...)
			} else if text[end] == ' ' { // a year before Christ
				dst = append(dst[:from+end], ":00 BC"...)
			}
		}
	}
	return append(dst, '"')
}

func appendJSONArray(dst []byte, elem types.Type, v types.Value, s *types.Settings) ([]byte, error) {
	open, err := types.OpenArray(v.Bytes)
	if err != nil {
		return nil, err
	}
	a, err := withCodec(open, elem.OID)
	if err != nil {
		return nil, err
	}
	if a.Len() == 0 {
		return append(dst, "[]"...), nil
	}
	return a.appendJSON(dst, 0, s)
}

// appendJSON writes one dimension.
func (a *array) appendJSON(dst []byte, dimension int, s *types.Settings) ([]byte, error) {
	dst = append(dst, '[')
	for n := range a.Lengths[dimension] {
		if n > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dimension < len(a.Lengths)-1 {
			dst, err = a.appendJSON(dst, dimension+1, s)
		} else {
			var v types.Value
			if v, _, err = a.next(nil); err == nil {
				dst, err = AppendJSON(dst, types.Of(a.elem), v, s, nil)
			}
		}
		if err != nil {
			return nil, err
		}
	}
	return append(dst, ']'), nil
}

func appendJSONRow(dst []byte, v types.Value, s *types.Settings, names []string) ([]byte, error) {
	r := types.OpenRecord(v.Bytes)
	dst = append(dst, '{')
	for n := 0; ; n++ {
		f, ok := r.Next()
		if !ok {
			return append(dst, '}'), nil
		}
		if n > 0 {
			dst = append(dst, ',')
		}
		name := "f" + string(appendInt(nil, int64(n+1)))
		if f.Name != nil {
			name = string(f.Name)
		}
		if n < len(names) {
			name = names[n]
		}
		dst = append(jsontext.AppendString(dst, []byte(name)), ':')
		value, err := fieldValue(f)
		if err == nil {
			dst, err = AppendJSON(dst, types.Of(f.OID), value, s, nil)
		}
		if err != nil {
			return nil, err
		}
	}
}

func fieldValue(f types.Field) (types.Value, error) {
	if f.Null {
		return types.NullValue, nil
	}
	codec, ok := types.CodecOf(f.OID)
	if !ok {
		codec, _ = types.CodecOf(types.OIDText)
	}
	return codec.Decode(nil, f.Item, -1)
}

// toJSON is to_json() and to_jsonb(); names are those of a row's fields.
func toJSON(binary bool, names []string) Kernel {
	return perRow(func(c *Call, i int) error {
		text, err := AppendJSON(nil, c.typeOf(0), c.value(0, i), c.settings(), names)
		if err != nil {
			return err
		}
		return c.putJSONText(text, binary)
	})
}

func (c *Call) putJSONText(text []byte, binary bool) error {
	if !binary {
		c.putBytes(text)
		return nil
	}
	dst, err := jsontext.AppendJSONB(c.Out.Data, text)
	if err == nil {
		c.putAppended(dst)
	}
	return err
}

// RowToJSON is row_to_json(), or to_jsonb(), of a row whose fields have names.
func RowToJSON(names []string, binary bool) *Function {
	result := types.OIDJSON
	if binary {
		result = types.OIDJSONB
	}
	return &Function{
		Name: "row_to_json", Args: []types.OID{types.OIDRecord}, Result: result, Volatility: Stable, Monotone: -1,
		Kernel: toJSON(binary, names),
	}
}

func buildArray(binary bool) Kernel {
	return perRowNulls(func(c *Call, i int) error {
		text := []byte{'['}
		for k := range c.Args {
			if k > 0 {
				text = append(text, ", "...)
			}
			var err error
			if text, err = AppendJSON(text, c.typeOf(k), c.value(k, i), c.settings(), nil); err != nil {
				return err
			}
		}
		return c.putJSONText(append(text, ']'), binary)
	})
}

func buildObject(binary bool) Kernel {
	name := "json_build_object()"
	if binary {
		name = "jsonb_build_object()"
	}
	return perRowNulls(func(c *Call, i int) error {
		if len(c.Args)%2 != 0 {
			return pgerr.New(pgerr.InvalidParameterValue, "argument list must have even number of elements").
				WithHint("The arguments of %s must consist of alternating keys and values.", name)
		}
		text := []byte{'{'}
		for k := 0; k < len(c.Args); k += 2 {
			if k > 0 {
				text = append(text, ", "...)
			}
			if c.isNull(k, i) {
				if binary {
					return pgerr.Newf(pgerr.InvalidParameterValue, "argument %d: key must not be null", k+1)
				}
				return pgerr.Newf(pgerr.InvalidParameterValue, "argument %d cannot be null", k+1).WithHint("Object keys should be text.")
			}
			key, err := c.appendKey(nil, k, i)
			if err != nil {
				return err
			}
			text = append(jsontext.AppendString(text, key), " : "...)
			if text, err = AppendJSON(text, c.typeOf(k+1), c.value(k+1, i), c.settings(), nil); err != nil {
				return err
			}
		}
		return c.putJSONText(append(text, '}'), binary)
	})
}

// appendKey writes an argument as a key: the text that its JSON is without quotes.
func (c *Call) appendKey(dst []byte, k, i int) ([]byte, error) {
	t := c.typeOf(k)
	_, isArray := types.ElemOf(t)
	if isArray || types.IsRecord(t.OID) || t.OID == types.OIDJSON || t.OID == types.OIDJSONB {
		return nil, pgerr.New(pgerr.InvalidParameterValue, "key value must be scalar, not array, composite, or json")
	}
	text, err := AppendJSON(dst, t, c.value(k, i), c.settings(), nil)
	if err != nil || text[0] != '"' {
		return text, err
	}
	return jsontext.Unquote(text)
}

// jsonObject is json_object() of one array of keys and values, or of two.
func jsonObject(binary bool) Kernel {
	return perRow(func(c *Call, i int) error {
		a, err := c.openArray(0, i)
		if err != nil {
			return err
		}
		keys, err := a.all()
		if err != nil {
			return err
		}
		var pairs []types.Value
		switch {
		case len(c.Args) > 1:
			b, err := c.openArray(1, i)
			if err != nil {
				return err
			}
			values, err := b.all()
			if err != nil {
				return err
			}
			if len(a.Lengths) > 1 || len(a.Lengths) != len(b.Lengths) {
				return pgerr.New(pgerr.ArraySubscriptError, "wrong number of array subscripts")
			}
			if len(keys) != len(values) {
				return pgerr.New(pgerr.ArraySubscriptError, "mismatched array dimensions")
			}
			for n := range keys {
				pairs = append(pairs, keys[n], values[n])
			}
		case len(a.Lengths) == 1 && len(keys)%2 != 0:
			return pgerr.New(pgerr.ArraySubscriptError, "array must have even number of elements")
		case len(a.Lengths) == 2 && a.Lengths[1] != 2:
			return pgerr.New(pgerr.ArraySubscriptError, "array must have two columns")
		case len(a.Lengths) > 2:
			return pgerr.New(pgerr.ArraySubscriptError, "wrong number of array subscripts")
		default:
			pairs = keys
		}
		text := []byte{'{'}
		for n := 0; n < len(pairs); n += 2 {
			if n > 0 {
				text = append(text, ", "...)
			}
			if pairs[n].Null {
				return pgerr.New(pgerr.NullValueNotAllowed, "null value not allowed for object key")
			}
			text = append(jsontext.AppendString(text, pairs[n].Bytes), " : "...)
			if pairs[n+1].Null {
				text = append(text, "null"...)
			} else {
				text = jsontext.AppendString(text, pairs[n+1].Bytes)
			}
		}
		return c.putJSONText(append(text, '}'), binary)
	})
}

func appendInt(dst []byte, n int64) []byte { return strconv.AppendInt(dst, n, 10) }

func jsonFunctions() []*Function {
	var all []*Function
	for _, t := range []string{"json", "jsonb"} {
		isB := t == "jsonb"
		space := ""
		if isB {
			space = " "
		}
		pick := func(json, jsonb string) string {
			if isB {
				return jsonb
			}
			return json
		}
		all = append(all,
			def("to_"+t+"(anyelement) "+t, toJSON(isB, nil), "a value as JSON", "to_"+t+"(42) → 42", "to_"+t+"('a\"b'::text) → \"a\\\"b\"", "to_"+t+"(ARRAY[1, 2]) → [1,"+space+"2]").stable(),
			def(t+"_build_array() "+t, buildArray(isB), "an empty array", t+"_build_array() → []"),
			def(t+"_build_array(variadic any) "+t, buildArray(isB), "an array of the arguments", t+`_build_array(1, 2, 'foo', 4.5) → [1, 2, "foo", 4.5]`).nulls().stable(),
			def(t+"_build_object() "+t, buildObject(isB), "an empty object", t+"_build_object() → {}"),
			def(t+"_build_object(variadic any) "+t, buildObject(isB), "an object of the arguments, which are keys and values", t+pick(`_build_object('foo', 1, 2, true) → {"foo" : 1, "2" : true}`, `_build_object('foo', 1, 2, true) → {"2": true, "foo": 1}`)).nulls().stable(),
			def(t+"_object(text[]) "+t, jsonObject(isB), "an object of keys and values", t+pick(`_object('{a, 1, b, "def"}') → {"a" : "1", "b" : "def"}`, `_object('{a, 1, b, "def"}') → {"a": "1", "b": "def"}`)),
			def(t+"_object(text[], text[]) "+t, jsonObject(isB), "an object of keys and of values", t+pick(`_object('{a,b}', '{1,2}') → {"a" : "1", "b" : "2"}`, `_object('{a,b}', '{1,2}') → {"a": "1", "b": "2"}`)),
			def(t+"_typeof("+t+") text", perRow(jsonTypeof), "object, array, string, number, boolean or null", t+"_typeof('-123.4') → number"),
			def(t+"_array_length("+t+") int4", perRow(jsonArrayLength), "number of elements of an array", t+"_array_length('[1,2,3,[4],5]') → 5"),
			def(t+"_extract_path("+t+", variadic text) "+t, jsonPathArgs(false), "what is at a path", t+`_extract_path('{"f2":{"f3":1},"f4":{"f5":99}}', 'f4', 'f5') → 99`),
			def(t+"_extract_path_text("+t+", variadic text) text", jsonPathArgs(true), "what is at a path, as text", t+`_extract_path_text('{"f4":{"f6":"foo"}}', 'f4', 'f6') → foo`),
			def(t+"_strip_nulls("+t+") "+t, jsonStripNulls(!isB), "without members that are null", t+`_strip_nulls('[{"f1":1, "f2":null}, 2, null, 3]') → `+pick(`[{"f1":1},2,null,3]`, `[{"f1": 1}, 2, null, 3]`)))
	}
	return append(all,
		def("array_to_json(anyarray) json", toJSON(false, nil), "an array as JSON", "array_to_json('{{1,5},{99,100}}'::int[]) → [[1,5],[99,100]]").stable(),
		def("row_to_json(record) json", toJSON(false, nil), "a row as JSON", `row_to_json(row(1, 'foo')) → {"f1":1,"f2":"foo"}`).stable(),
		def("jsonb_pretty(jsonb) text", perRow(jsonPretty), "JSON over several lines"),
		def("jsonb_set(jsonb_in jsonb, path text[], replacement jsonb, create_if_missing bool = true) jsonb", jsonChange(true, setExisting, setOrCreate), "with what is at a path replaced, or added", `jsonb_set('[{"f1":1,"f2":null},2]', '{0,f3}', '[2,3]') → [{"f1": 1, "f2": null, "f3": [2, 3]}, 2]`),
		def("jsonb_insert(jsonb_in jsonb, path text[], replacement jsonb, insert_after bool = false) jsonb", jsonChange(false, insertBefore, insertAfter), "with a value inserted at a path", `jsonb_insert('{"a": [0,1,2]}', '{a, 1}', '"new_value"') → {"a": [0, "new_value", 1, 2]}`),
	)
}
