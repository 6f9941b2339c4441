package fn

import (
	"bytes"
	"strconv"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/sql/types/jsontext"
)

// member finds a member of a JSON object by its key: the last of those that are equal. ok is false if it is not there, or text is no object.
func member(text, key []byte) (value []byte, ok bool) {
	if jsontext.Kind(text) != '{' {
		return nil, false
	}
	jsontext.Members(text, func(k, v []byte) bool {
		if bytes.Equal(k, key) {
			value, ok = v, true
		}
		return true
	})
	return value, ok
}

// element finds an element of a JSON array, from its end if n is negative.
func element(text []byte, n int64) (value []byte, ok bool) {
	if jsontext.Kind(text) != '[' {
		return nil, false
	}
	if n < 0 {
		n += int64(arrayLength(text))
		if n < 0 {
			return nil, false
		}
	}
	jsontext.Elements(text, func(v []byte) bool {
		if n == 0 {
			value, ok = v, true
		}
		n--
		return n >= 0
	})
	return value, ok
}

func arrayLength(text []byte) int {
	n := 0
	jsontext.Elements(text, func([]byte) bool {
		n++
		return true
	})
	return n
}

// putJSON puts a part of a JSON value, or its text: strings without quotes, null as null.
func (c *Call) putJSON(value []byte, ok, asText bool) error {
	switch {
	case !ok:
		c.putNull()
	case !asText:
		c.putBytes(value)
	default:
		switch jsontext.Kind(value) {
		case 'n':
			c.putNull()
		case '"':
			s, err := jsontext.Unquote(value)
			if err != nil {
				return err
			}
			c.putBytes(s)
		default:
			c.putBytes(bytes.TrimSpace(value))
		}
	}
	return nil
}

func jsonMember(asText bool) Kernel {
	return perRow(func(c *Call, i int) error {
		v, ok := member(c.bytes(0, i), c.bytes(1, i))
		return c.putJSON(v, ok, asText)
	})
}

func jsonElement(asText bool) Kernel {
	return perRow(func(c *Call, i int) error {
		v, ok := element(c.bytes(0, i), c.int(1, i))
		if n := c.int(1, i); !ok && (n == 0 || n == -1) && c.typeOf(0).OID == types.OIDJSONB {
			if kind := jsontext.Kind(c.bytes(0, i)); kind != '[' && kind != '{' {
				v, ok = c.bytes(0, i), true // a scalar is an array of one element to jsonb
			}
		}
		return c.putJSON(v, ok, asText)
	})
}

// step follows one step of a path: a key, or the number of an element.
func step(text, key []byte) (value []byte, ok bool) {
	switch jsontext.Kind(text) {
	case '{':
		return member(text, key)
	case '[':
		n, err := strconv.ParseInt(string(bytes.TrimSpace(key)), 10, 32)
		if err != nil {
			return nil, false
		}
		return element(text, n)
	default:
		return nil, false
	}
}

// jsonPath is #> and #>>.
func jsonPath(asText bool) Kernel {
	return perRow(func(c *Call, i int) error {
		a, err := c.openArray(1, i)
		if err != nil {
			return err
		}
		value, ok := c.bytes(0, i), true
		for ok {
			item, null, more := a.Next()
			if !more {
				break
			}
			if null {
				ok = false
				break
			}
			value, ok = step(value, item)
		}
		return c.putJSON(value, ok, asText)
	})
}

// jsonPathArgs is json_extract_path(), whose path are its arguments.
func jsonPathArgs(asText bool) Kernel {
	return perRow(func(c *Call, i int) error {
		value, ok := c.bytes(0, i), true
		for k := 1; k < len(c.Args) && ok; k++ {
			value, ok = step(value, c.bytes(k, i))
		}
		return c.putJSON(value, ok, asText)
	})
}

func jsonTypeof(c *Call, i int) error {
	c.putText(map[byte]string{'{': "object", '[': "array", '"': "string", '0': "number", 't': "boolean", 'f': "boolean", 'n': "null"}[jsontext.Kind(c.bytes(0, i))])
	return nil
}

func jsonArrayLength(c *Call, i int) error {
	text := c.bytes(0, i)
	if kind := jsontext.Kind(text); kind != '[' {
		what := "a scalar"
		if kind == '{' {
			what = "a non-array"
			if c.typeOf(0).OID == types.OIDJSONB {
				what = "a non-array"
			}
		}
		return pgerr.Newf(pgerr.InvalidParameterValue, "cannot get array length of %s", what)
	}
	c.putInt(int64(arrayLength(text)))
	return nil
}

// jsonHas tells whether a jsonb has a key, or an array an element that is the string.
func jsonHas(text, key []byte) bool {
	switch jsontext.Kind(text) {
	case '{':
		_, ok := member(text, key)
		return ok
	case '[':
		found := false
		jsontext.Elements(text, func(v []byte) bool {
			if v[0] == '"' {
				s, err := jsontext.Unquote(v)
				found = err == nil && bytes.Equal(s, key)
			}
			return !found
		})
		return found
	case '"':
		s, err := jsontext.Unquote(text)
		return err == nil && bytes.Equal(s, key)
	default:
		return false
	}
}

func jsonHasKey(c *Call, i int) error {
	c.putBool(jsonHas(c.bytes(0, i), c.bytes(1, i)))
	return nil
}

func jsonHasKeys(all bool) Kernel {
	return perRow(func(c *Call, i int) error {
		a, err := c.openArray(1, i)
		if err != nil {
			return err
		}
		result := all
		for {
			item, null, ok := a.Next()
			if !ok {
				break
			}
			if !null && jsonHas(c.bytes(0, i), item) != all {
				result = !all
			}
		}
		c.putBool(result)
		return nil
	})
}

func jsonContains(outer, innerArg int) Kernel {
	return perRow(func(c *Call, i int) error {
		a, b := parseNode(c.bytes(outer, i)), parseNode(c.bytes(innerArg, i))
		c.putBool(a.kind == '[' && b.isScalar() && a.has(b) || a.contains(b))
		return nil
	})
}

// jsonConcat is jsonb || jsonb.
func jsonConcat(c *Call, i int) error {
	a, b := c.bytes(0, i), c.bytes(1, i)
	text := make([]byte, 0, len(a)+len(b)+4)
	inside := func(t []byte) []byte { return t[1 : len(t)-1] }
	if jsontext.Kind(a) == '{' && jsontext.Kind(b) == '{' {
		text = joinJSON(append(text, '{'), inside(a), inside(b))
		text = append(text, '}')
	} else {
		if jsontext.Kind(a) == '[' {
			a = inside(a)
		}
		if jsontext.Kind(b) == '[' {
			b = inside(b)
		}
		text = append(joinJSON(append(text, '['), a, b), ']')
	}
	dst, err := jsontext.AppendJSONB(c.Out.Data, text)
	if err == nil {
		c.putAppended(dst)
	}
	return err
}

func joinJSON(dst, a, b []byte) []byte {
	dst = append(dst, a...)
	if len(bytes.TrimSpace(a)) > 0 && len(bytes.TrimSpace(b)) > 0 {
		dst = append(dst, ',')
	}
	return append(dst, b...)
}

func jsonOperators() []*Operator {
	var all []*Operator
	for _, t := range []string{"json", "jsonb"} {
		all = append(all,
			op("->", t, "text", t, jsonMember(false), "a member of an object", `'{"a": {"b": "foo"}}'::`+t+` -> 'a' → {"b": "foo"}`),
			op("->", t, "int4", t, jsonElement(false), "an element of an array, from 0, or with a negative number from its end", `'[1, 2, 3]'::`+t+` -> 2 → 3`, `'[1, 2, 3]'::`+t+` -> -3 → 1`),
			op("->>", t, "text", "text", jsonMember(true), "a member of an object as text", `'{"a": 1, "b": "x"}'::`+t+` ->> 'b' → x`),
			op("->>", t, "int4", "text", jsonElement(true), "an element of an array as text", `'[1, 2, "x"]'::`+t+` ->> 2 → x`),
			op("#>", t, "text[]", t, jsonPath(false), "what is at a path", `'{"a": {"b": ["foo", "bar"]}}'::`+t+` #> '{a,b,1}' → "bar"`),
			op("#>>", t, "text[]", "text", jsonPath(true), "what is at a path, as text", `'{"a": {"b": ["foo", "bar"]}}'::`+t+` #>> '{a,b,1}' → bar`))
	}
	return append(all,
		op("?", "jsonb", "text", "bool", perRow(jsonHasKey), "whether an object has a key, or an array the text as an element", `'{"a": 1, "b": 2}'::jsonb ? 'b' → t`),
		op("?|", "jsonb", "text[]", "bool", jsonHasKeys(false), "whether any of the keys is there", `'{"a": 1, "b": 2}'::jsonb ?| array['b', 'd'] → t`),
		op("?&", "jsonb", "text[]", "bool", jsonHasKeys(true), "whether all of the keys are there", `'["a", "b", "c"]'::jsonb ?& array['a', 'b'] → t`),
		op("@>", "jsonb", "jsonb", "bool", jsonContains(0, 1), "whether the first contains the second", `'{"a": 1, "b": 2}'::jsonb @> '{"b": 2}'::jsonb → t`),
		op("<@", "jsonb", "jsonb", "bool", jsonContains(1, 0), "whether the second contains the first", `'{"b": 2}'::jsonb <@ '{"a": 1, "b": 2}'::jsonb → t`),
		op("||", "jsonb", "jsonb", "jsonb", perRow(jsonConcat), "two objects merged, or two arrays one after the other", `'["a", "b"]'::jsonb || '["a", "d"]'::jsonb → ["a", "b", "a", "d"]`, `'{"a": "b"}'::jsonb || '{"c": "d"}'::jsonb → {"a": "b", "c": "d"}`),
		op("-", "jsonb", "text", "jsonb", perRow(jsonDeleteKey), "without a key, or without an element of an array", `'{"a": "b", "c": "d"}'::jsonb - 'a' → {"c": "d"}`),
		op("-", "jsonb", "text[]", "jsonb", perRow(jsonDeleteKeys), "without some keys", `'{"a": "b", "c": "d"}'::jsonb - '{a,c}'::text[] → {}`),
		op("-", "jsonb", "int4", "jsonb", perRow(jsonDeleteIndex), "without an element of an array", `'["a", "b"]'::jsonb - 1 → ["a"]`),
		op("#-", "jsonb", "text[]", "jsonb", perRow(jsonDeletePath), "without what is at a path", `'["a", {"b": 1}]'::jsonb #- '{1,b}' → ["a", {}]`))
}
