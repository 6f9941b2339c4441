package fn

import (
	"crypto/rand"
	"errors"
	"math/big"
	"strings"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/sql/types/numeric"
)

// randomUUID makes UUIDs of version 4.
func randomUUID(c *Call) {
	for range c.Rows {
		var u [16]byte
		_, _ = rand.Read(u[:]) // never fails (crypto/rand)
		u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
		c.putBytes(u[:])
	}
}

func (c *Call) oid(k, i int) types.OID { return types.OID(c.int(k, i)) }

func visible(name string, kind ObjectKind) Kernel {
	return sessionRow(name, func(c *Call, s Session, i int) error {
		v, exists := s.Visible(kind, c.oid(0, i))
		if !exists {
			c.putNull()
			return nil
		}
		c.putBool(v)
		return nil
	})
}

// definition makes the kernel of pg_get_viewdef() and its relatives; column is the argument with the number of a column, 0: none.
func definition(name string, kind ObjectKind, column int) Kernel {
	return sessionRow(name, func(c *Call, s Session, i int) error {
		n, pretty := 0, false
		for k := 1; k < len(c.Args); k++ {
			if c.typeOf(k).Kind() == types.Bool {
				pretty = c.bool(k, i)
			} else if k == column {
				n = int(c.int(k, i))
			} else {
				pretty = true // a width to wrap at
			}
		}
		return c.putDefinition(s, kind, c.oid(0, i), n, pretty)
	})
}

func (c *Call) putDefinition(s Session, kind ObjectKind, oid types.OID, column int, pretty bool) error {
	sql, ok := s.Definition(kind, oid, column, pretty)
	if !ok {
		c.putNull()
		return nil
	}
	c.putText(sql)
	return nil
}

func viewByName(c *Call, s Session, i int) error {
	oid, err := s.LookupRelation(strings.Clone(c.text(0, i)))
	if err != nil {
		return err
	}
	return c.putDefinition(s, ViewKind, oid, 0, len(c.Args) > 1 && c.bool(1, i))
}

// comment makes the kernel of obj_description() and its relatives. classArg is the argument that names the catalog, columnArg the
// number of a column; 0: there is none.
func comment(name string, classArg, columnArg int) Kernel {
	return sessionRow(name, func(c *Call, s Session, i int) error {
		class, column := types.OID(0), 0
		if classArg > 0 {
			found, err := s.LookupRelation("pg_catalog." + c.text(classArg, i))
			if err != nil {
				c.putNull()
				return nil
			}
			class = found
		}
		if columnArg > 0 {
			if column = int(c.int(columnArg, i)); column == 0 {
				c.putNull()
				return nil
			}
			class = classOfRelations
		}
		text, ok := s.Comment(c.oid(0, i), class, column)
		if !ok {
			c.putNull()
			return nil
		}
		c.putText(text)
		return nil
	})
}

// classOfRelations is pg_class.
const classOfRelations types.OID = 1259

func relationSize(name string, all, indexesOnly bool) Kernel {
	return sessionRow(name, func(c *Call, s Session, i int) error {
		oid := c.oid(0, i)
		size, ok := s.RelationSize(oid, all)
		if indexesOnly {
			table, _ := s.RelationSize(oid, false)
			size -= table
		}
		if len(c.Args) > 1 && c.text(1, i) != "main" {
			size = 0 // there are no other forks
		}
		if !ok {
			c.putNull()
			return nil
		}
		c.putInt(size)
		return nil
	})
}

func formatType(c *Call, i int) error {
	if c.isNull(0, i) {
		c.putNull()
		return nil
	}
	t := types.Of(c.oid(0, i))
	if !c.isNull(1, i) {
		t.Mod = int32(c.int(1, i))
	} else if t.OID == types.OIDBPChar {
		c.putText("character")
		return nil
	}
	if _, ok := types.Lookup(t.OID); (!ok || isUsers(t.OID)) && t.OID != 0 && c.Session != nil {
		if name, ok := c.Session.TypeName(t); ok {
			c.putText(name)
			return nil
		}
	}
	c.putText(types.FormatType(t))
	return nil
}

// isUsers tells whether a type is one that users have made, or that of arrays of one.
func isUsers(oid types.OID) bool { return types.IsEnum(oid) || types.IsEnumArray(oid) }

func userByID(c *Call, s Session, i int) error {
	name, ok := s.RoleName(c.oid(0, i))
	if !ok {
		name = "unknown (OID=" + string(appendInt(nil, c.int(0, i))) + ")"
	}
	c.putText(name)
	return nil
}

func serialSequence(c *Call, s Session, i int) error {
	relation, err := s.LookupRelation(strings.Clone(c.text(0, i)))
	if err != nil {
		return err
	}
	column, ok := s.ColumnNumber(relation, c.text(1, i))
	if !ok {
		return pgerr.Newf(pgerr.UndefinedColumn, `column "%s" of relation "%s" does not exist`, c.text(1, i), c.text(0, i))
	}
	name, ok := s.SerialSequence(relation, column)
	if !ok {
		c.putNull()
		return nil
	}
	c.putText(name)
	return nil
}

// expression is pg_get_expr(): what is stored is SQL already.
func expression(c *Call, i int) error {
	c.putBytes(c.bytes(0, i))
	return nil
}

// privilegeFunctions are has_table_privilege() and its relatives: of a role or the current one, on an object by name or OID.
func privilegeFunctions() []*Function {
	var all []*Function
	for _, kind := range []string{"table", "schema", "database", "sequence", "function", "type", "language", "tablespace", "any_column", "column"} {
		name := "has_" + kind + "_privilege"
		for _, role := range []string{"", "name, ", "oid, "} {
			for _, object := range []string{"text, ", "oid, "} {
				columns := []string{""}
				if kind == "column" {
					columns = []string{"text, ", "int2, "}
				}
				for _, column := range columns {
					all = append(all, def(name+"("+role+object+column+"text) bool", hasPrivilege(kind, role != "", column != ""), "whether a role has a privilege").stable())
				}
			}
		}
	}
	for _, role := range []string{"", "name, ", "oid, "} {
		for _, object := range []string{"name, ", "oid, "} {
			all = append(all, def("pg_has_role("+role+object+"text) bool", hasPrivilege("role", role != "", false), "whether a role is a member of another").stable())
		}
	}
	return all
}

func hasPrivilege(kind string, withRole, withColumn bool) Kernel {
	return sessionRow("has_"+kind+"_privilege", func(c *Call, s Session, i int) error {
		role, k := s.User(), 0
		if withRole {
			role, k = strings.Clone(c.text2(0, i)), 1
			if c.typeOf(0).OID == types.OIDOID {
				role, _ = s.RoleName(c.oid(0, i))
			}
		}
		object := PrivilegeObject{Kind: kind}
		if c.typeOf(k).OID == types.OIDOID {
			object.OID = c.oid(k, i)
		} else {
			object.Name = strings.Clone(c.text(k, i))
		}
		if withColumn {
			k++
			object.Column = strings.Clone(c.text2(k, i))
		}
		has, err := s.HasPrivilege(role, object, strings.Clone(c.text(k+1, i)))
		var e *pgerr.Error
		switch {
		case errors.As(err, &e) && object.OID != 0 && (e.Code == pgerr.UndefinedTable || e.Code == pgerr.UndefinedObject):
			c.putNull()
		case err != nil:
			return err
		default:
			c.putBool(has)
		}
		return nil
	})
}

// text2 is the text of an argument of any type.
func (c *Call) text2(k, i int) string {
	if c.typeOf(k).Kind() == types.Bytes {
		return c.text(k, i)
	}
	return string(c.appendText(nil, k, i))
}

// sizeUnits are those of pg_size_pretty, which goes on to the next at 10 times 1024.
var sizeUnits = []string{"bytes", "kB", "MB", "GB", "TB", "PB"}

func prettySize(n *big.Int) string {
	const limit = 10 * 1024
	half := func(x *big.Int) *big.Int { // half away from zero
		y := new(big.Int).Add(x, big.NewInt(int64(x.Sign())))
		return y.Quo(y, big.NewInt(2))
	}
	abs := func(x *big.Int) *big.Int { return new(big.Int).Abs(x) }
	if abs(n).Cmp(big.NewInt(limit)) < 0 {
		return n.String() + " bytes"
	}
	x := new(big.Int).Quo(n, big.NewInt(1<<9)) // keep one bit more
	for u := 1; ; u++ {
		if abs(x).Cmp(big.NewInt(2*limit-1)) < 0 || u == len(sizeUnits)-1 {
			return half(x).String() + " " + sizeUnits[u]
		}
		x.Quo(x, big.NewInt(1<<10))
	}
}

func sizeBytes(c *Call, i int) error {
	text := strings.TrimSpace(c.text(0, i))
	bad := func() *pgerr.Error {
		return pgerr.Newf(pgerr.InvalidParameterValue, `invalid size: "%s"`, c.bytes(0, i))
	}
	end := strings.LastIndexAny(text, "0123456789.") + 1
	n, err := numeric.Parse(text[:end], -1)
	if err != nil || end == 0 {
		return bad()
	}
	unit := strings.TrimSpace(text[end:])
	factor := int64(1)
	found := unit == ""
	for _, name := range sizeUnits {
		if strings.EqualFold(unit, name) || name == "bytes" && strings.EqualFold(unit, "b") {
			found = true
			break
		}
		if !found {
			factor *= 1024
		}
	}
	if !found {
		return bad().WithDetail(`Invalid size unit: "%s".`, unit).WithHint(`Valid units are "bytes", "B", "kB", "MB", "GB", "TB", and "PB".`)
	}
	if n, err = numeric.Mul(n, numeric.New(factor, 0)); err != nil {
		return err
	}
	bytes, err := n.Int64(64, "bigint")
	if err == nil {
		c.putInt(bytes)
	}
	return err
}

func sizeFunctions() []*Function {
	return []*Function{
		def("pg_size_pretty(int8) text", perRow(func(c *Call, i int) error {
			c.putText(prettySize(big.NewInt(c.int(0, i))))
			return nil
		}), "a number of bytes with a unit", "pg_size_pretty(1234567::int8) → 1206 kB"),
		def("pg_size_pretty(numeric) text", perRow(func(c *Call, i int) error {
			n := c.numeric(0, i)
			if !n.Finite() {
				c.putText(n.String() + " PB")
				return nil
			}
			whole, err := n.Round(0, numeric.HalfAway)
			if err != nil {
				return err
			}
			x, ok := whole.Integral()
			if !ok {
				return pgerr.New(pgerr.InvalidParameterValue, "invalid size: \""+n.String()+"\"")
			}
			if x.CmpAbs(big.NewInt(10*1024)) < 0 {
				c.putText(n.String() + " bytes")
				return nil
			}
			c.putText(prettySize(x))
			return nil
		}), "a number of bytes with a unit", "pg_size_pretty(1234567.0) → 1206 kB"),
		def("pg_size_bytes(text) int8", perRow(sizeBytes), "a size with a unit as a number of bytes", "pg_size_bytes('2 kB') → 2048"),
		def("pg_relation_size(regclass) int8", relationSize("pg_relation_size", false, false), "how many bytes a relation takes").volatile(),
		def("pg_relation_size(regclass, text) int8", relationSize("pg_relation_size", false, false), "how many bytes a fork of a relation takes").volatile(),
		def("pg_table_size(regclass) int8", relationSize("pg_table_size", false, false), "how many bytes a relation takes without its indexes").volatile(),
		def("pg_indexes_size(regclass) int8", relationSize("pg_indexes_size", true, true), "how many bytes the indexes of a relation take").volatile(),
		def("pg_total_relation_size(regclass) int8", relationSize("pg_total_relation_size", true, false), "how many bytes a relation takes with its indexes").volatile(),
	}
}

func catalogFunctions() []*Function {
	var all []*Function
	for name, kind := range map[string]ObjectKind{
		"table": RelationKind, "type": TypeKind, "function": FunctionKind, "operator": OperatorKind, "statistics_obj": StatisticsKind,
		"collation": CollationKind, "conversion": ConversionKind, "opclass": OperatorClassKind, "opfamily": OperatorFamilyKind,
		"ts_config": TextSearchConfigKind, "ts_dict": TextSearchDictKind, "ts_parser": TextSearchParserKind, "ts_template": TextSearchTemplateKind,
	} {
		name = "pg_" + name + "_is_visible"
		all = append(all, def(name+"(oid) bool", visible(name, kind), "whether an object is found by its name alone").stable())
	}
	simple := func(signature string, kind ObjectKind, column int, doc string) {
		name, _, _ := strings.Cut(signature, "(")
		all = append(all, def(signature, definition(name, kind, column), doc).stable())
	}
	simple("pg_get_viewdef(oid) text", ViewKind, 0, "the query of a view")
	simple("pg_get_viewdef(oid, bool) text", ViewKind, 0, "the query of a view")
	simple("pg_get_viewdef(oid, int4) text", ViewKind, 0, "the query of a view")
	simple("pg_get_indexdef(oid) text", IndexKind, 0, "CREATE INDEX of an index")
	simple("pg_get_indexdef(oid, int4, bool) text", IndexKind, 1, "CREATE INDEX of an index, or one of its columns")
	simple("pg_get_constraintdef(oid) text", ConstraintKind, 0, "the clause of a constraint")
	simple("pg_get_constraintdef(oid, bool) text", ConstraintKind, 0, "the clause of a constraint")
	simple("pg_get_ruledef(oid) text", RuleKind, 0, "CREATE RULE of a rule")
	simple("pg_get_ruledef(oid, bool) text", RuleKind, 0, "CREATE RULE of a rule")
	simple("pg_get_triggerdef(oid) text", TriggerKind, 0, "CREATE TRIGGER of a trigger")
	simple("pg_get_triggerdef(oid, bool) text", TriggerKind, 0, "CREATE TRIGGER of a trigger")
	simple("pg_get_functiondef(oid) text", FunctionKind, 0, "CREATE FUNCTION of a function")
	all = append(all, signatureFunctions()...)
	all = append(all, diskFunctions()...)
	all = append(all, advisoryFunctions()...)
	simple("pg_get_statisticsobjdef(oid) text", StatisticsKind, 0, "CREATE STATISTICS of an object")
	simple("pg_get_statisticsobjdef_columns(oid) text", StatisticsKind, 0, "the columns of a statistics object")
	return append(all,
		def("pg_get_viewdef(text) text", sessionRow("pg_get_viewdef", viewByName), "the query of a view").stable(),
		def("pg_get_viewdef(text, bool) text", sessionRow("pg_get_viewdef", viewByName), "the query of a view").stable(),
		def("pg_get_expr(text, oid) text", perRow(expression), "an expression of the catalog as SQL").stable(),
		def("pg_get_expr(text, oid, bool) text", perRow(expression), "an expression of the catalog as SQL").stable(),
		def("pg_get_partkeydef(oid) text", constantNull, "the partition key of a table; there are none").nulls().stable(),
		def("pg_get_partition_constraintdef(oid) text", constantNull, "the constraint of a partition; there are none").nulls().stable(),
		def("pg_get_serial_sequence(text, text) text", sessionRow("pg_get_serial_sequence", serialSequence), "the sequence that a column takes its values from").stable(),
		def("pg_get_userbyid(oid) name", sessionRow("pg_get_userbyid", userByID), "the name of a role").stable(),
		def("format_type(oid, int4) text", perRowNulls(formatType), "the SQL name of a type with its modifier", "format_type(1043, 14) → character varying(10)").nulls().stable(),
		def("obj_description(oid, name) text", comment("obj_description", 1, 0), "the comment on an object of a system catalog").stable(),
		def("obj_description(oid) text", comment("obj_description", 0, 0), "the comment on an object").stable(),
		def("shobj_description(oid, name) text", comment("shobj_description", 1, 0), "the comment on a database or role").stable(),
		def("col_description(oid, int4) text", comment("col_description", 0, 1), "the comment on a column").stable(),
		def("pg_relation_is_publishable(regclass) bool", constantBool(false), "whether a relation can be in a publication; there are none").stable(),
		def("row_security_active(oid) bool", constantBool(false), "whether a table has row security; there is none").stable(),
		def("pg_tablespace_location(oid) text", constantText(""), "where a tablespace is; the one that there is has no place of its own").stable(),
		def("pg_blocking_pids(int4) int4[]", perRow(func(c *Call, _ int) error {
			c.putList(types.OIDInt4, nil)
			return nil
		}), "the sessions that another one waits for; none waits", "pg_blocking_pids(1) → {}").volatile(),
	)
}

func catalogTables() []*TableFunction {
	return []*TableFunction{
		tableDef("_pg_expandarray(anyarray) anyelement", openExpandArray, "the elements of an array with their numbers; in information_schema").
			columns("x", "anyelement", "n", "int4"),
		tableDef("pg_get_keywords() text", openKeywords, "the keywords of SQL, and what each can be a name of").
			columns("word", "text", "catcode", "char", "barelabel", "bool", "catdesc", "text", "baredesc", "text"),
		tableDef("ts_token_type(oid) int4", openNothing, "the kinds of tokens of a text search parser; there are none").
			columns("tokid", "int4", "alias", "text", "description", "text"),
		tableDef("pg_partition_ancestors(regclass) regclass", openNothing, "the tables that a partition belongs to; there are none").columns("relid", "regclass"),
		tableDef("pg_partition_tree(regclass) regclass", openNothing, "the partitions of a table; there are none").
			columns("relid", "regclass", "parentrelid", "regclass", "isleaf", "bool", "level", "int4"),
	}
}
