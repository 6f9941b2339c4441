package session

import (
	"math"
	"strconv"
	"strings"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/types"
)

// createSequence runs CREATE SEQUENCE.
func createSequence(d *ddl, stmt *ast.CreateSequence) error {
	if stmt.Persistence == ast.Temporary {
		return temporary(stmt, "SEQUENCE")
	}
	schema, name, exists, err := d.creating(stmt.Name, stmt.IfNotExists)
	if err != nil || exists {
		return err
	}
	def := newSequence(types.OIDInt8)
	if err := d.sequenceOptions(def, stmt.Options); err != nil {
		return err
	}
	made := *stmt
	made.IfNotExists, made.Name, made.Persistence = false, inSchema(schema, name), ast.Permanent
	return d.change.Create(&catalog.Object{
		Kind: catalog.Sequence, Name: name, Database: schema.Database, Schema: schema.ID, Owner: d.owner,
		Definition: ast.Print(&made), Sequence: def, Columns: sequenceColumns,
	})
}

// sequenceColumns are those of every sequence, which can be read like a table of one row.
var sequenceColumns = []catalog.Column{
	{Name: "last_value", Type: types.Of(types.OIDInt8), NotNull: true},
	{Name: "log_cnt", Type: types.Of(types.OIDInt8), NotNull: true},
	{Name: "is_called", Type: types.Of(types.OIDBool), NotNull: true},
}

// newSequence is a sequence without options.
func newSequence(oid types.OID) *catalog.SequenceDef {
	return &catalog.SequenceDef{Type: oid, Start: 1, Increment: 1, Min: 1, Max: greatest(oid), Cache: 1}
}

func greatest(oid types.OID) int64 {
	switch oid {
	case types.OIDInt2:
		return math.MaxInt16
	case types.OIDInt4:
		return math.MaxInt32
	default:
		return math.MaxInt64
	}
}

// sequenceOptions reads options in the order of PostgreSQL's init_params: what is not given follows from what is.
func (d *ddl) sequenceOptions(def *catalog.SequenceDef, options []*ast.SequenceOption) error {
	given := map[string]*ast.SequenceOption{}
	for _, o := range options {
		kind := o.Kind
		switch kind {
		case "NO MINVALUE", "NO MAXVALUE", "NO CYCLE":
			kind = kind[3:]
		case "OWNED BY", "RESTART", "RESTART WITH":
			return unsupported(o, kind+" of a sequence")
		case "SEQUENCE NAME", "LOGGED", "UNLOGGED":
			return unsupported(o, kind)
		}
		if given[kind] != nil {
			return pgerr.New(pgerr.SyntaxError, "conflicting or redundant options").At(int(o.At()))
		}
		given[kind] = o
	}
	if o := given["AS"]; o != nil {
		t, err := d.typeOf(o.Value.(*ast.TypeName))
		if err != nil {
			return err
		}
		switch t.OID {
		case types.OIDInt2, types.OIDInt4, types.OIDInt8:
		default:
			return pgerr.New(pgerr.InvalidParameterValue, "sequence type must be smallint, integer, or bigint")
		}
		def.Type = t.OID
	}
	number := func(kind string, into *int64) error {
		o := given[kind]
		if o == nil || strings.HasPrefix(o.Kind, "NO ") {
			return nil
		}
		text := strings.ReplaceAll(ast.Print(o.Value), " ", "")
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return pgerr.Newf(pgerr.NumericValueOutOfRange, "value %q is out of range for type bigint", text)
		}
		*into = n
		return nil
	}
	if err := number("INCREMENT BY", &def.Increment); err != nil {
		return err
	}
	if def.Increment == 0 {
		return pgerr.New(pgerr.InvalidParameterValue, "INCREMENT must not be zero")
	}
	def.Min, def.Max = 1, greatest(def.Type)
	if def.Increment < 0 {
		def.Min, def.Max = -greatest(def.Type)-1, -1
	}
	for kind, into := range map[string]*int64{"MINVALUE": &def.Min, "MAXVALUE": &def.Max, "CACHE": &def.Cache} {
		if err := number(kind, into); err != nil {
			return err
		}
	}
	def.Start = def.Min
	if def.Increment < 0 {
		def.Start = def.Max
	}
	if err := number("START WITH", &def.Start); err != nil {
		return err
	}
	if o := given["CYCLE"]; o != nil {
		def.Cycle = o.Kind == "CYCLE"
	}
	return checkSequence(def)
}

func checkSequence(def *catalog.SequenceDef) error {
	name := types.FormatType(types.Of(def.Type))
	switch {
	case def.Max > greatest(def.Type):
		return pgerr.Newf(pgerr.InvalidParameterValue, "MAXVALUE (%d) is out of range for sequence data type %s", def.Max, name)
	case def.Min < -greatest(def.Type)-1:
		return pgerr.Newf(pgerr.InvalidParameterValue, "MINVALUE (%d) is out of range for sequence data type %s", def.Min, name)
	case def.Min >= def.Max:
		return pgerr.Newf(pgerr.InvalidParameterValue, "MINVALUE (%d) must be less than MAXVALUE (%d)", def.Min, def.Max)
	case def.Start < def.Min:
		return pgerr.Newf(pgerr.InvalidParameterValue, "START value (%d) cannot be less than MINVALUE (%d)", def.Start, def.Min)
	case def.Start > def.Max:
		return pgerr.Newf(pgerr.InvalidParameterValue, "START value (%d) cannot be greater than MAXVALUE (%d)", def.Start, def.Max)
	case def.Cache <= 0:
		return pgerr.Newf(pgerr.InvalidParameterValue, "CACHE (%d) must be greater than zero", def.Cache)
	}
	return nil
}

// sequenceText is what an identity column says of its sequence beyond the defaults.
func sequenceText(def *catalog.SequenceDef) string {
	plain := newSequence(def.Type)
	var words []string
	add := func(word string, n, usual int64) {
		if n != usual {
			words = append(words, word+" "+strconv.FormatInt(n, 10))
		}
	}
	add("START WITH", def.Start, plain.Start)
	add("INCREMENT BY", def.Increment, plain.Increment)
	add("MINVALUE", def.Min, plain.Min)
	add("MAXVALUE", def.Max, plain.Max)
	add("CACHE", def.Cache, plain.Cache)
	if def.Cycle {
		words = append(words, "CYCLE")
	}
	if len(words) == 0 {
		return ""
	}
	return " (" + strings.Join(words, " ") + ")"
}

func itoa(n int) string { return strconv.Itoa(n) }
