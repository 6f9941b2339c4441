package session

import (
	"slices"
	"strings"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
	logical "github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/types"
)

// createSource runs CREATE SOURCE.
func createSource(d *ddl, stmt *ast.CreateSource) error {
	schema, name, exists, err := d.creating(stmt.Name, stmt.IfNotExists)
	if err != nil || exists {
		return err
	}
	if stmt.Stream.AppendOnly || stmt.Stream.OnConflict != "" || stmt.Stream.Version != "" {
		return unsupported(stmt, "APPEND ONLY and ON CONFLICT of a source").WithHint("A source is append-only by itself.")
	}
	s := &sourceMaker{ddl: d, stmt: stmt}
	s.object = &catalog.Object{
		Kind: catalog.Source, Name: name, Database: schema.Database, Schema: schema.ID, Owner: d.owner, AppendOnly: true,
		Stream: &catalog.Stream{}, Options: catalogOptions(stmt.Options),
	}
	if err := s.make(); err != nil {
		return err
	}
	made := *stmt
	made.IfNotExists, made.Name, made.Elements = false, inSchema(schema, name), s.elements()
	s.object.Definition = ast.Print(&made)
	if err := d.change.Create(s.object); err != nil {
		return err
	}
	return s.tell()
}

// sourceMaker makes a source of its definition.
type sourceMaker struct {
	*ddl
	stmt    *ast.CreateSource
	object  *catalog.Object
	kind    *connector.Kind
	config  connector.Config
	columns []connector.Column
	source  connector.Source
	// watermark is the clause, nil if there is none.
	watermark *ast.Watermark
}

func (s *sourceMaker) make() error {
	kind, settings, err := s.connectorOf(s.stmt.Options, false)
	if err != nil {
		return err
	}
	s.kind = kind
	if s.config.Options, err = kind.ParseOptions(settings); err != nil {
		return err
	}
	if err := s.declare(); err != nil {
		return err
	}
	if err := s.include(); err != nil {
		return err
	}
	s.config.Columns = s.columns
	if err := s.format(s.stmt.Stream.Format, kind); err != nil {
		return err
	}
	if s.source, err = kind.Source(s.config); err != nil {
		return placed(err, s.stmt)
	}
	for _, c := range s.columns {
		s.object.Columns = append(s.object.Columns, catalog.Column{Name: c.Name, Type: c.Type})
	}
	err = s.event()
	if err == nil && !s.replay { // that there is nothing to read is known now, not when a view starves
		_, err = s.source.Partitions(s.ctx)
	}
	if err != nil {
		_ = s.source.Close() // it was never read
	}
	return err
}

// connectorOf finds the connector of a source or a sink that options name, and gives the options as it takes them.
func (d *ddl) connectorOf(options []*ast.Option, sink bool) (*connector.Kind, []connector.Setting, error) {
	name, at := "", ast.Node(nil)
	var settings []connector.Setting
	for _, o := range options {
		value := ""
		switch v := o.Value.(type) {
		case nil:
			value = "true"
		case *ast.SecretRef:
			return nil, nil, unsupported(v, "SECRET")
		default:
			text, ok := constantWord(o.Value)
			if !ok {
				return nil, nil, unsupported(o, "this value of an option")
			}
			value = text
		}
		s := connector.Setting{Name: settingName(o.Name), Value: value, Position: int(o.At())}
		if strings.EqualFold(s.Name, "connector") {
			name, at = value, o
		}
		settings = append(settings, s)
	}
	kind, err := connector.Find(d.engine.kinds, name, sink)
	if err != nil && at != nil {
		err = placed(err, at)
	}
	return kind, settings, err
}

// declare reads the columns; without any the connector must know them.
func (s *sourceMaker) declare() error {
	all := len(s.stmt.Elements) == 0
	for _, e := range s.stmt.Elements {
		switch e := e.(type) {
		case *ast.ColumnDef:
			if err := s.column(e); err != nil {
				return err
			}
		case *ast.Watermark:
			if s.watermark != nil {
				return pgerr.New(pgerr.SyntaxError, "a source can have one WATERMARK only").At(int(e.At()))
			}
			s.watermark = e
		case *ast.AllColumns:
			all = true
		case *ast.Constraint:
			return unsupported(e, "a constraint of a source").WithHint("A source is a stream of rows, and keeps none. Put the rows into a table.")
		case *ast.LikeTable:
			return unsupported(e, "LIKE of a source")
		}
	}
	// With nothing but a WATERMARK the columns are the connector's.
	if !all && len(s.columns) > 0 {
		return nil
	}
	if s.kind.Columns == nil {
		return pgerr.Newf(pgerr.InvalidTableDefinition, "connector %q does not know its columns", s.kind.Name).At(int(s.stmt.At())).
			WithHint("Write them: CREATE SOURCE %s (a integer, ...).", ast.QuoteIdent(s.object.Name))
	}
	known, err := s.kind.Columns(s.config.Options)
	if err != nil {
		return err
	}
	for _, c := range known {
		if !slices.ContainsFunc(s.columns, func(old connector.Column) bool { return old.Name == c.Name }) {
			s.columns = append(s.columns, c)
		}
	}
	return nil
}

func (s *sourceMaker) column(e *ast.ColumnDef) error {
	if e.Type == nil {
		return unsupported(e, "a column without a type")
	}
	if e.Metadata != nil {
		return unsupported(e, "METADATA").WithHint("Write INCLUDE partition, offset, ... behind the columns.")
	}
	if err := checkCollation(e.Collation); err != nil {
		return err
	}
	for _, c := range e.Constraints {
		if _, ok := c.Def.(*ast.Nullable); !ok {
			return unsupported(c, "a constraint of a column of a source").WithHint("What comes from outside is taken as it is.")
		}
	}
	t, err := s.columnType(e.Type)
	if err != nil {
		return err
	}
	return s.add(connector.Column{Name: string(e.Name), Type: t}, e)
}

func (s *sourceMaker) add(c connector.Column, at ast.Node) error {
	if slices.ContainsFunc(s.columns, func(old connector.Column) bool { return old.Name == c.Name }) {
		return pgerr.Newf(pgerr.DuplicateColumn, "column %q specified more than once", c.Name).At(int(at.At()))
	}
	s.columns = append(s.columns, c)
	return nil
}

// metaColumns are what INCLUDE can name.
var metaColumns = []struct {
	meta connector.Meta
	typ  types.OID
}{
	{connector.MetaPartition, types.OIDText},
	{connector.MetaOffset, types.OIDInt8},
	{connector.MetaTimestamp, types.OIDTimestamptz},
	{connector.MetaKey, types.OIDBytea},
	{connector.MetaHeader, types.OIDJSONB},
}

// include adds the columns of INCLUDE.
func (s *sourceMaker) include() error {
	for _, i := range s.stmt.Stream.Include {
		at := slices.IndexFunc(metaColumns, func(m struct {
			meta connector.Meta
			typ  types.OID
		},
		) bool {
			return m.meta.String() == string(i.What)
		})
		if at < 0 || i.Field != "" {
			return unsupported(i, "INCLUDE "+string(i.What)).WithHint("INCLUDE takes partition, offset, timestamp, key and header.")
		}
		c := connector.Column{Name: string(i.Alias), Type: types.Of(metaColumns[at].typ), Meta: metaColumns[at].meta}
		if c.Name == "" {
			c.Name = "_rw_" + string(i.What)
		}
		if i.Type != nil {
			t, err := s.columnType(i.Type)
			if err != nil {
				return err
			}
			c.Type = t
		}
		s.object.Stream.Include = append(s.object.Stream.Include, catalog.IncludeColumn{What: string(i.What), Column: len(s.columns)})
		if err := s.add(c, i); err != nil {
			return err
		}
	}
	return nil
}

// format reads FORMAT ... ENCODE ...
func (s *sourceMaker) format(f *ast.Format, kind *connector.Kind) error {
	if (f == nil || f.Encode == "") && len(kind.Encodes) > 0 && !s.replay { // earlier versions took JSON for meant
		return pgerr.Newf(pgerr.InvalidParameterValue, "connector %q needs ENCODE", kind.Name).
			WithHint("Say behind WITH (...) what the bytes are: ENCODE %s.", strings.Join(kind.Encodes, " or ENCODE ")).At(int(s.stmt.At()))
	}
	encode, settings, err := formatOf(f, kind)
	if err != nil {
		return err
	}
	s.config.Encode, s.config.EncodeOptions = encode, settings
	if f != nil {
		s.object.Stream.Format = ast.Print(f)
	}
	return nil
}

// formatOf reads FORMAT ... ENCODE ...
func formatOf(f *ast.Format, kind *connector.Kind) (encode string, settings []connector.Setting, err error) {
	if f == nil {
		encode, err = kind.CheckEncode("")
		return encode, nil, err
	}
	if f.Format != "PLAIN" && f.Format != "" {
		return "", nil, unsupported(f, "FORMAT "+f.Format).WithHint("FORMAT PLAIN is what there is.")
	}
	if f.KeyEncode != "" {
		return "", nil, unsupported(f, "KEY ENCODE")
	}
	if encode, err = kind.CheckEncode(f.Encode); err != nil {
		return "", nil, placed(err, f)
	}
	for _, o := range f.Options {
		value := "true"
		if o.Value != nil {
			text, ok := constantWord(o.Value)
			if !ok {
				return "", nil, unsupported(o, "this value of an option")
			}
			value = text
		}
		settings = append(settings, connector.Setting{Name: settingName(o.Name), Value: value, Position: int(o.At())})
	}
	return encode, settings, nil
}

// event reads WATERMARK FOR.
func (s *sourceMaker) event() error {
	if s.watermark == nil {
		return nil
	}
	place, column := s.object.Column(string(s.watermark.Column))
	if column == nil {
		return pgerr.Newf(pgerr.UndefinedColumn, "column %q does not exist", string(s.watermark.Column)).At(int(s.watermark.At()))
	}
	switch column.Type.OID {
	case types.OIDTimestamp, types.OIDTimestamptz, types.OIDDate:
	default:
		return pgerr.Newf(pgerr.DatatypeMismatch, "a watermark is for a column of a timestamp type, and %q is of type %s", column.Name,
			types.FormatType(column.Type)).At(int(s.watermark.At()))
	}
	if _, err := s.expression(s.watermark.X, s.object, logical.ValueOf(logical.UseWatermark, column.Name, column.Type)); err != nil {
		return err
	}
	s.object.Watermark = &catalog.Watermark{Column: place, Expr: ast.Print(s.watermark.X)}
	return nil
}

// elements are the columns as the definition has them: all are written out, so that a later version of a connector changes nothing.
func (s *sourceMaker) elements() []ast.TableElement {
	var list []ast.TableElement
	for i, c := range s.columns {
		if slices.ContainsFunc(s.object.Stream.Include, func(x catalog.IncludeColumn) bool { return x.Column == i }) {
			continue
		}
		list = append(list, &ast.ColumnDef{Name: ast.Ident(c.Name), Type: s.typeName(c.Type)})
	}
	if s.watermark != nil {
		list = append(list, s.watermark)
	}
	return list
}

// tell tells the runtime of the source.
func (s *sourceMaker) tell() error {
	options := s.config.Options
	traits := s.source.Traits()
	def := dataflow.SourceDef{
		ID: flow.RelationID(s.object.ID), Connector: s.source, Columns: s.columns,
		IdleTimeoutMicros: options.Int("watermark.idle_timeout"), MaxFutureMicros: options.Int("watermark.max_future"),
		RowsPerSecond: options.Float("rate_limit"),
	}
	if traits.Synthetic || traits.Bounded {
		def.MaxFutureMicros = 0
	}
	s.runtime.Sources = append(s.runtime.Sources, def)
	relation := &flow.Relation{
		ID: def.ID, Name: s.object.Name, Columns: fieldsOf(s.object), AppendOnly: true, Stream: true,
	}
	if s.watermark != nil {
		column := &s.object.Columns[s.object.Watermark.Column]
		x, err := s.expression(s.watermark.X, s.object, logical.ValueOf(logical.UseWatermark, column.Name, column.Type))
		if err != nil {
			return err
		}
		relation.Watermark = &flow.Watermark{Expr: x, Column: s.object.Watermark.Column}
		relation.Times = []flow.TimeColumn{{Column: s.object.Watermark.Column, Shift: 1}}
	}
	s.setRelation(s.object.ID, relation)
	s.setTraits(s.object.ID, traits)
	return nil
}

// catalogOptions are the options of WITH (...) as the catalog has them.
func catalogOptions(options []*ast.Option) []catalog.Option {
	var list []catalog.Option
	for _, o := range options {
		value := ""
		if o.Value != nil {
			value, _ = constantWord(o.Value)
		}
		list = append(list, catalog.Option{Name: strings.ToLower(settingName(o.Name)), Value: value})
	}
	return list
}

// columnType is a type that a source can have: connectors do not know the labels of enums.
func (s *sourceMaker) columnType(t *ast.TypeName) (types.Type, error) {
	found, err := s.typeOf(t)
	if err == nil && (types.IsEnum(found.OID) || types.IsEnumArray(found.OID)) {
		return found, unsupported(t, "a column of an enum in a source").WithHint("Make the column text, and cast it in a view.")
	}
	return found, err
}
