package fn

import (
	"bytes"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/sql/types/jsontext"
)

// unnest walks over arrays side by side; the shorter ones give nulls at their end.
type unnest struct{ arrays []array }

func (u *unnest) left() int {
	n := 0
	for i := range u.arrays {
		n = max(n, u.arrays[i].Len())
	}
	return n
}

func (u *unnest) Next(out *batch.Batch, rows int) (more bool, err error) {
	n := min(rows, u.left())
	for range n {
		for i := range u.arrays {
			v, ok, err := u.arrays[i].next(nil)
			if err != nil {
				return false, err
			}
			if !ok {
				v = types.NullValue
			}
			out.Cols[i].Append(v)
		}
	}
	out.SetLen(out.Len() + n)
	return u.left() > 0, nil
}

func openUnnest(c *TableCall) (RowIterator, error) {
	u := &unnest{}
	for i, v := range c.Args {
		t, _ := types.ElemOf(c.Types[i])
		open := types.Array{}
		if !v.Null {
			var err error
			if open, err = types.OpenArray(v.Bytes); err != nil {
				return nil, err
			}
		}
		a, err := withCodec(open, t.OID)
		if err != nil {
			return nil, err
		}
		u.arrays = append(u.arrays, a)
	}
	return u, nil
}

// texts are rows of one column.
func texts(values []types.Value) RowIterator {
	rows := &valueRows{}
	for _, v := range values {
		rows.rows = append(rows.rows, []types.Value{v})
	}
	return rows
}

func (c *TableCall) text(k int) []byte { return c.Args[k].Bytes }

func openStringToTable(c *TableCall) (RowIterator, error) {
	if c.Args[0].Null {
		return &valueRows{}, nil
	}
	var values []types.Value
	for _, part := range splitText(c.text(0), c.text(1), c.Args[1].Null) {
		v := types.BytesValue(part)
		if len(c.Args) > 2 && !c.Args[2].Null && bytes.Equal(part, c.text(2)) {
			v = types.NullValue
		}
		values = append(values, v)
	}
	return texts(values), nil
}

func (c *TableCall) pattern(flags int) (*pattern, error) {
	var options []byte
	if flags < len(c.Args) {
		options = c.text(flags)
	}
	return new(patterns).get(c.text(1), options, regexFlags{})
}

func openRegexpSplit(c *TableCall) (RowIterator, error) {
	p, err := c.pattern(2)
	if err != nil {
		return nil, err
	}
	if p.flags.global {
		return nil, noGlobal("regexp_split_to_table()", "")
	}
	parts, err := p.split(c.text(0))
	return texts(parts), err
}

func openRegexpMatches(c *TableCall) (RowIterator, error) {
	p, err := c.pattern(2)
	if err != nil {
		return nil, err
	}
	var found []types.Value
	s := c.text(0)
	err = p.each(s, 0, func(m []int) bool {
		groups := p.groupsOf(s, m)
		found = append(found, types.BytesValue(appendArray(nil, types.OIDText, groups, []int32{int32(len(groups))}, []int32{1})))
		return p.flags.global
	})
	return texts(found), err
}

// jsonText is a JSON value as text: null for null, a string without quotes.
func jsonText(value []byte) (types.Value, error) {
	switch jsontext.Kind(value) {
	case 'n':
		return types.NullValue, nil
	case '"':
		s, err := jsontext.Unquote(value)
		return types.BytesValue(s), err
	default:
		return types.BytesValue(value), nil
	}
}

func jsonValue(value []byte, asText bool) (types.Value, error) {
	if asText {
		return jsonText(value)
	}
	return types.BytesValue(value), nil
}

func openJSONElements(name string, asText bool) func(c *TableCall) (RowIterator, error) {
	return func(c *TableCall) (RowIterator, error) {
		switch jsontext.Kind(c.text(0)) {
		case '[':
		case '{':
			if c.Types[0].OID == types.OIDJSON {
				return nil, pgerr.Newf(pgerr.InvalidParameterValue, "cannot call %s on a non-array", name)
			}
			return nil, pgerr.New(pgerr.InvalidParameterValue, "cannot extract elements from an object")
		default:
			if c.Types[0].OID == types.OIDJSON {
				return nil, pgerr.Newf(pgerr.InvalidParameterValue, "cannot call %s on a scalar", name)
			}
			return nil, pgerr.New(pgerr.InvalidParameterValue, "cannot extract elements from a scalar")
		}
		var values []types.Value
		var err error
		jsontext.Elements(c.text(0), func(value []byte) bool {
			var v types.Value
			v, err = jsonValue(value, asText)
			values = append(values, v)
			return err == nil
		})
		return texts(values), err
	}
}

func openJSONEach(name string, asText bool) func(c *TableCall) (RowIterator, error) {
	return func(c *TableCall) (RowIterator, error) {
		if err := notObject(c, name); err != nil {
			return nil, err
		}
		rows := &valueRows{}
		var err error
		jsontext.Members(c.text(0), func(key, value []byte) bool {
			var v types.Value
			v, err = jsonValue(value, asText)
			rows.rows = append(rows.rows, []types.Value{types.BytesValue(bytes.Clone(key)), v})
			return err == nil
		})
		return rows, err
	}
}

// notObject is the error where the argument is no object.
func notObject(c *TableCall, name string) error {
	kind := jsontext.Kind(c.text(0))
	switch {
	case kind == '{':
		return nil
	case name == "json_object_keys" || name == "jsonb_object_keys":
		what := "a scalar"
		if kind == '[' {
			what = "an array"
		}
		return pgerr.Newf(pgerr.InvalidParameterValue, "cannot call %s on %s", name, what)
	case c.Types[0].OID == types.OIDJSONB:
		return pgerr.Newf(pgerr.InvalidParameterValue, "cannot call %s on a non-object", name)
	case kind == '[':
		return pgerr.New(pgerr.InvalidParameterValue, "cannot deconstruct an array as an object")
	default:
		return pgerr.New(pgerr.InvalidParameterValue, "cannot deconstruct a scalar")
	}
}

func openJSONKeys(name string) func(c *TableCall) (RowIterator, error) {
	return func(c *TableCall) (RowIterator, error) {
		if err := notObject(c, name); err != nil {
			return nil, err
		}
		var keys []types.Value
		jsontext.Members(c.text(0), func(key, _ []byte) bool {
			keys = append(keys, types.BytesValue(bytes.Clone(key)))
			return true
		})
		return texts(keys), nil
	}
}

// openOptions is pg_options_to_table(): name=value.
func openOptions(c *TableCall) (RowIterator, error) {
	a, err := types.OpenArray(c.text(0))
	if err != nil {
		return nil, err
	}
	rows := &valueRows{}
	for {
		item, null, ok := a.Next()
		if !ok {
			return rows, nil
		}
		if null {
			return nil, pgerr.New(pgerr.NullValueNotAllowed, "null array element not allowed in this context")
		}
		name, value, has := bytes.Cut(item, []byte("="))
		v := types.BytesValue(value)
		v.Null = !has
		rows.rows = append(rows.rows, []types.Value{types.BytesValue(name), v})
	}
}

func openNothing(*TableCall) (RowIterator, error) { return &valueRows{}, nil }

func (f *TableFunction) nulls() *TableFunction {
	f.NullCall = true
	return f
}

func rowFunctions() []*TableFunction {
	all := []*TableFunction{
		tableDef("unnest(anyarray) anyelement", openUnnest, "a row for each element of an array", "unnest(ARRAY[1, 2]) → 1; 2", "unnest(ARRAY[['foo', 'bar'], ['baz', NULL]]) → foo; bar; baz; NULL"),
		tableDef("string_to_table(text, text) text", openStringToTable, "a row for each part of a text with a separator", "string_to_table('xx~^~yy~^~zz', '~^~') → xx; yy; zz").nulls(),
		tableDef("string_to_table(text, text, text) text", openStringToTable, "the same; parts that are equal to the third argument are null", "string_to_table('xx~^~yy~^~zz', '~^~', 'yy') → xx; NULL; zz").nulls(),
		tableDef("regexp_split_to_table(text, text) text", openRegexpSplit, "a row for each part between the matches of a regular expression", `regexp_split_to_table('hello world', '\s+') → hello; world`),
		tableDef("regexp_split_to_table(text, text, text) text", openRegexpSplit, "the same, with options", "regexp_split_to_table('aXbxc', 'x', 'i') → a; b; c"),
		tableDef("regexp_matches(text, text) text[]", openRegexpMatches, "the groups of the first match of a regular expression", "regexp_matches('foobarbequebaz', '(b..)') → {bar}"),
		tableDef("regexp_matches(text, text, text) text[]", openRegexpMatches, "the same, with options; with g a row for each match", "regexp_matches('foobarbequebaz', '(b..)', 'g') → {bar}; {beq}; {baz}"),
		tableDef("pg_options_to_table(text[]) text", openOptions, "a row for each option name=value", "pg_options_to_table('{a=1,b=2}') → (a,1); (b,2)").columns("option_name", "text", "option_value", "text"),
		tableDef("aclexplode(anyarray) oid", openNothing, "a row for each privilege of an access list; there are none").columns("grantor", "oid", "grantee", "oid", "privilege_type", "text", "is_grantable", "bool"),
	}
	for _, t := range []string{"json", "jsonb"} {
		all = append(all,
			tableDef(t+"_array_elements("+t+") "+t, openJSONElements(t+"_array_elements", false), "a row for each element of an array", t+"_array_elements('[1,true, [2,false]]') → 1; true; "+map[string]string{"json": "[2,false]", "jsonb": "[2, false]"}[t]).columns("value", t),
			tableDef(t+"_array_elements_text("+t+") text", openJSONElements(t+"_array_elements_text", true), "a row for each element of an array, as text", t+`_array_elements_text('["foo", "bar", null]') → foo; bar; NULL`).columns("value", "text"),
			tableDef(t+"_each("+t+") text", openJSONEach(t+"_each", false), "a row for each member of an object", t+`_each('{"a":"foo", "b":2}') → (a,"""foo"""); (b,2)`).columns("key", "text", "value", t),
			tableDef(t+"_each_text("+t+") text", openJSONEach(t+"_each_text", true), "a row for each member of an object, with its value as text", t+`_each_text('{"a":"foo", "b":2}') → (a,foo); (b,2)`).columns("key", "text", "value", "text"),
			tableDef(t+"_object_keys("+t+") text", openJSONKeys(t+"_object_keys"), "a row for each key of an object", t+`_object_keys('{"f1":"abc","f2":{"f3":"a"}}') → f1; f2`))
	}
	return all
}
