package session

import (
	"regexp"
	"slices"
	"strings"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/types"
)

// shownKinds are the kinds of objects that SHOW lists by their names.
var shownKinds = map[string]catalog.Kind{
	"TABLES": catalog.Table, "SOURCES": catalog.Source, "SINKS": catalog.Sink, "VIEWS": catalog.View,
	"MATERIALIZED VIEWS": catalog.MaterializedView,
}

// planShowObjects plans SHOW TABLES and its relatives.
func planShowObjects(s *Session, stmt *ast.ShowObjects, _ []types.OID) (plan, error) {
	like, err := likePattern(stmt)
	if err != nil {
		return nil, err
	}
	l := &listing{tag: "SHOW", counted: true}
	var rows func(snapshot *catalog.Snapshot) ([][]string, error)
	kind, known := shownKinds[stmt.Kind]
	switch {
	case known:
		l.columns = textColumns("name")
		rows = func(snapshot *catalog.Snapshot) ([][]string, error) { return s.namesOf(snapshot, stmt, kind) }
	case stmt.Kind == "COLUMNS":
		return s.columnListing(stmt.From, like), nil
	case stmt.Kind == "INDEXES":
		l.columns = textColumns("name", "on", "key")
		rows = func(snapshot *catalog.Snapshot) ([][]string, error) { return s.indexesOf(snapshot, stmt) }
	case stmt.Kind == "SCHEMAS":
		l.columns = textColumns("name")
		rows = func(snapshot *catalog.Snapshot) ([][]string, error) {
			var all [][]string
			for _, o := range snapshot.Objects() {
				if o.Kind == catalog.Schema && (o.Database == s.database.ID || o.System) {
					all = append(all, []string{o.Name})
				}
			}
			return all, nil
		}
	case stmt.Kind == "DATABASES" || stmt.Kind == "CATALOGS":
		l.columns = textColumns("name")
		rows = func(snapshot *catalog.Snapshot) ([][]string, error) {
			var all [][]string
			for _, o := range snapshot.Objects() {
				if o.Kind == catalog.Database {
					all = append(all, []string{o.Name})
				}
			}
			return all, nil
		}
	case stmt.Kind == "CURRENT CATALOG" || stmt.Kind == "CURRENT DATABASE":
		l.columns = textColumns("name")
		rows = func(*catalog.Snapshot) ([][]string, error) { return [][]string{{s.database.Name}}, nil }
	case stmt.Kind == "CURSORS":
		l.columns = textColumns("name")
		rows = func(*catalog.Snapshot) ([][]string, error) {
			var all [][]string
			for name := range s.cursors {
				all = append(all, []string{name})
			}
			return all, nil
		}
	case stmt.Kind == "JOBS":
		return s.jobListing(), nil
	case stmt.Kind == "PROCESSLIST":
		return s.processListing(), nil
	default:
		return nil, unsupported(stmt, "SHOW "+stmt.Kind)
	}
	l.rows = func(s *Session) ([][]string, error) {
		all, err := rows(s.catalog())
		all = slices.DeleteFunc(all, func(r []string) bool { return !like(r[0]) })
		slices.SortFunc(all, func(a, b []string) int { return strings.Compare(a[0], b[0]) })
		return all, err
	}
	return l, nil
}

// likePattern makes a test of LIKE.
func likePattern(stmt *ast.ShowObjects) (func(string) bool, error) {
	if stmt.Like == nil {
		return func(string) bool { return true }, nil
	}
	var b strings.Builder
	b.WriteString("(?s)^")
	escaped := false
	for _, r := range stmt.Like.Text {
		switch {
		case escaped:
			b.WriteString(regexp.QuoteMeta(string(r)))
			escaped = false
		case r == '\\':
			escaped = true
		case r == '%':
			b.WriteString(".*")
		case r == '_':
			b.WriteString(".")
		default:
			b.WriteString(regexp.QuoteMeta(string(r)))
		}
	}
	re, err := regexp.Compile(b.String() + "$")
	if err != nil {
		return nil, pgerr.New(pgerr.InvalidEscapeSequence, "LIKE pattern must not end with escape character")
	}
	return func(s string) bool { return re.MatchString(s) != stmt.NotLike }, nil
}

// namesOf are the names of the objects of a kind in a schema: that of FROM, or all of the search path.
func (s *Session) namesOf(snapshot *catalog.Snapshot, stmt *ast.ShowObjects, kind catalog.Kind) ([][]string, error) {
	schemas := s.path(snapshot).Schemas
	if stmt.From != nil {
		schema, err := snapshot.SchemaOf(s.path(snapshot), nameParts(stmt.From))
		if err != nil {
			return nil, placed(err, stmt.From)
		}
		schemas = []catalog.ID{schema.ID}
	}
	var all [][]string
	for _, o := range snapshot.UserObjects() {
		if o.Kind == kind && slices.Contains(schemas, o.Schema) && o.PartOf == 0 {
			all = append(all, []string{o.Name})
		}
	}
	return all, nil
}

func (s *Session) indexesOf(snapshot *catalog.Snapshot, stmt *ast.ShowObjects) ([][]string, error) {
	var of catalog.ID
	if stmt.From != nil {
		o, err := snapshot.Relation(s.path(snapshot), nameParts(stmt.From))
		if err != nil {
			return nil, placed(err, stmt.From)
		}
		of = o.ID
	}
	var all [][]string
	for _, o := range snapshot.UserObjects() {
		if o.Kind != catalog.Index || of != 0 && o.PartOf != of || o.Database != s.database.ID {
			continue
		}
		var keys []string
		for i, k := range o.Index.Keys {
			text := ast.QuoteIdent(o.Columns[i].Name)
			if k.Desc {
				text += " DESC"
			}
			keys = append(keys, text)
		}
		all = append(all, []string{o.Name, snapshot.Object(o.PartOf).Name, strings.Join(keys, ", ")})
	}
	return all, nil
}

// planDescribe plans DESCRIBE.
func planDescribe(s *Session, stmt *ast.Describe, _ []types.OID) (plan, error) {
	return s.columnListing(stmt.Name, func(string) bool { return true }), nil
}

// columnListing lists the columns of a relation.
func (s *Session) columnListing(name *ast.Name, like func(string) bool) *listing {
	return &listing{
		tag: "SHOW", counted: true, columns: textColumns("name", "type", "nullable", "default", "key"),
		rows: func(s *Session) ([][]string, error) {
			snapshot := s.catalog()
			o, err := snapshot.Relation(s.path(snapshot), nameParts(name))
			if err != nil {
				return nil, placed(err, name)
			}
			var all [][]string
			for i, c := range o.Columns {
				if c.Hidden || !like(c.Name) {
					continue
				}
				nullable, fallback, key := "yes", null, null
				if c.NotNull {
					nullable = "no"
				}
				if c.Default != "" {
					fallback = c.Default
				}
				if slices.Contains(o.PrimaryKey, i) {
					key = "primary"
				}
				all = append(all, []string{c.Name, types.FormatType(c.Type), nullable, fallback, key})
			}
			return all, nil
		},
	}
}

// planShowCreate plans SHOW CREATE.
func planShowCreate(_ *Session, stmt *ast.ShowCreate, _ []types.OID) (plan, error) {
	kind, ok := kindsByName[stmt.Kind]
	if !ok {
		return nil, unsupported(stmt, "SHOW CREATE "+stmt.Kind)
	}
	return &listing{
		tag: "SHOW", counted: true, columns: textColumns("name", "create_sql"),
		rows: func(s *Session) ([][]string, error) {
			snapshot := s.catalog()
			o, _, err := snapshot.FindToDrop(s.path(snapshot), kind, nameParts(stmt.Name), false)
			if err != nil {
				return nil, placed(err, stmt.Name)
			}
			if o.Definition == "" {
				return nil, pgerr.Newf(pgerr.FeatureNotSupported, "%s %q was made as part of another object", o.Kind, o.Name)
			}
			return [][]string{{snapshot.FullName(o), o.Definition}}, nil
		},
	}, nil
}

func (s *Session) jobListing() *listing {
	return &listing{
		tag: "SHOW", counted: true, columns: textColumns("relation", "kind", "state", "error"),
		rows: func(s *Session) ([][]string, error) {
			var all [][]string
			for _, j := range s.jobs() {
				name := itoa(int(j.Relation))
				if o := s.catalog().Object(j.Relation); o != nil {
					name = o.Name
				}
				all = append(all, []string{name, j.Kind, j.State, j.Error})
			}
			return all, nil
		},
	}
}

func (s *Session) processListing() *listing {
	return &listing{
		tag: "SHOW", counted: true, columns: textColumns("pid", "user", "database", "state", "query"),
		rows: func(s *Session) ([][]string, error) {
			var all [][]string
			for _, other := range s.engine.sessions.all() {
				a := other.running.now()
				all = append(all, []string{itoa(int(other.start.ProcessID)), other.start.User, other.database.Name, a.state, a.query})
			}
			return all, nil
		},
	}
}
