package ast

import "strconv"

// sqlTypeNames are PostgreSQL's internal names of the types that the grammar spells with keywords, as the standard spells
// them: before the modifiers, and after.
var sqlTypeNames = map[Ident][2]string{
	"bool":        {"boolean", ""},
	"int2":        {"smallint", ""},
	"int4":        {"integer", ""},
	"int8":        {"bigint", ""},
	"float4":      {"real", ""},
	"float8":      {"double precision", ""},
	"numeric":     {"numeric", ""},
	"bpchar":      {"character", ""},
	"varchar":     {"character varying", ""},
	"bit":         {"bit", ""},
	"varbit":      {"bit varying", ""},
	"time":        {"time", "without time zone"},
	"timetz":      {"time", "with time zone"},
	"timestamp":   {"timestamp", "without time zone"},
	"timestamptz": {"timestamp", "with time zone"},
	"interval":    {"interval", ""},
}

func (t *TypeName) print(p *printer) {
	p.put(opt(t.SetOf, "SETOF"))
	switch {
	case len(t.Struct) > 0:
		p.put(t.Name)
		p.raw("<")
		p.glued = true
		list(p, t.Struct)
		p.raw(">")
	case len(t.Elems) > 0:
		p.put(t.Name)
		p.raw("(")
		list(p, t.Elems)
		p.put(")")
	default:
		p.typeName(t)
	}
	for _, d := range t.Dims {
		if d < 0 {
			p.raw("[]")
		} else {
			p.raw("[" + strconv.Itoa(d) + "]")
		}
	}
}

func (p *printer) typeName(t *TypeName) {
	if sql, ok := t.keywords(); ok {
		p.put(sql[0], t.Fields)
		p.mods(t.Mods)
		p.put(sql[1])
		return
	}
	if len(t.Mods) > 0 && len(t.Name.Parts) == 1 && t.Name.Parts[0] == "map" {
		p.put(`"map"`) // without quotes it would begin map(k, v)
	} else {
		p.put(t.Name)
	}
	if t.PercentType {
		p.raw("%TYPE")
	}
	p.mods(t.Mods)
}

func (p *printer) mods(mods []Expr) {
	if len(mods) > 0 {
		p.raw("(")
		list(p, mods)
		p.put(")")
	}
}

// keywords returns how the standard spells the type, if the grammar made its name from keywords.
func (t *TypeName) keywords() ([2]string, bool) {
	if len(t.Name.Parts) != 2 || t.Name.Parts[0] != "pg_catalog" || t.PercentType {
		return [2]string{}, false
	}
	internal := t.Name.Parts[1]
	if len(t.Mods) == 0 && (internal == "bpchar" || internal == "bit") {
		return [2]string{}, false // the bare keywords mean character(1) and bit(1)
	}
	sql, ok := sqlTypeNames[internal]
	return sql, ok
}
