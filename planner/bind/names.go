package bind

import (
	"strings"
	"unicode/utf8"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/types"
)

// This file is how names of columns are found (parse_relation.c and transformColumnRef).

func (s *scope) columnRef(c *ast.ColumnRef) (scalar, error) {
	pos := int(c.Pos)
	if len(c.Parts) == 1 {
		return s.simpleColumn(string(c.Parts[0]), pos)
	}
	table, column := c.Parts[:len(c.Parts)-1], string(c.Parts[len(c.Parts)-1])
	i, owner, err := s.findItem(table, pos)
	if err != nil {
		return scalar{}, err
	}
	if i == nil {
		if x, ok, err := s.fieldOfColumn(c); ok || err != nil {
			return x, err
		}
		if err := s.checkDatabase(table, pos); err != nil {
			return scalar{}, err
		}
		return scalar{}, s.missingItem(table, pos)
	}
	k, twice := i.column(column)
	if twice {
		return scalar{}, errAt(pos, pgerr.AmbiguousColumn, "column reference %q is ambiguous", column)
	}
	if k < 0 {
		return scalar{}, s.missingColumn(dotted(table[len(table)-1:]), column, pos)
	}
	return owner.use(i, k, pos), nil
}

// checkDatabase is the error about a name that begins with another database.
func (s *scope) checkDatabase(table []ast.Ident, pos int) error {
	if len(table) < 3 {
		return nil
	}
	d := s.b.Catalog.Object(s.b.Path.Database)
	if d != nil && d.Name == string(table[0]) && len(table) == 3 {
		return nil
	}
	if len(table) > 3 {
		return errAt(pos, pgerr.SyntaxError, "improper qualified name (too many dotted names): %s", dotted(table)+".")
	}
	return unsupported(pos, "cross-database references are not implemented: %s", dotted(table))
}

func dotted(parts []ast.Ident) string {
	var all []string
	for _, p := range parts {
		all = append(all, string(p))
	}
	return strings.Join(all, ".")
}

// simpleColumn finds a column by its name alone, or a whole row by the name of an item.
func (s *scope) simpleColumn(name string, pos int) (scalar, error) {
	for t := s; t != nil; t = t.parent {
		x, ok, err := t.columnHere(name, pos)
		if ok || err != nil {
			return x, err
		}
	}
	i, owner, err := s.findItem([]ast.Ident{ast.Ident(name)}, pos)
	if err != nil {
		return scalar{}, err
	}
	if i != nil {
		return owner.wholeRow(i, pos), nil
	}
	return scalar{}, s.missingColumn("", name, pos)
}

// columnHere looks in the items of one level.
func (s *scope) columnHere(name string, pos int) (x scalar, ok bool, err error) {
	for _, i := range s.visible {
		if i.noColumns || i.lateralOnly && !s.lateral {
			continue
		}
		k, twice := i.column(name)
		if k < 0 {
			continue
		}
		if ok || twice {
			return x, true, errAt(pos, pgerr.AmbiguousColumn, "column reference %q is ambiguous", name)
		}
		if err := s.checkLateral(i, pos); err != nil {
			return x, true, err
		}
		x, ok = s.use(i, k, pos), true
	}
	return x, ok, nil
}

func (s *scope) checkLateral(i *item, pos int) error {
	if i.lateralOnly && i.lateralBad {
		e := errAt(pos, pgerr.InvalidColumnReference, "invalid reference to FROM-clause entry for table %q", i.alias)
		return e.WithDetail("The combining JOIN type must be INNER or LEFT for a LATERAL reference.")
	}
	return nil
}

// wholeRow is an item as a value.
func (s *scope) wholeRow(i *item, pos int) scalar {
	if i.scalar {
		return s.use(i, 0, pos)
	}
	r := &row{typ: types.Of(types.OIDRecord), relation: i.alias}
	if i.relation != nil {
		r.typ = types.Of(i.relation.ID.RowType())
	}
	for k, c := range i.columns {
		if !c.hidden {
			r.fields = append(r.fields, s.use(i, k, pos))
			r.names = append(r.names, c.name)
		}
	}
	if i.missing {
		r.present = s.presence(i)
	}
	return scalar{pos: pos, row: r}
}

// findItem finds an item by its name, perhaps with a schema, and the level that it is on.
func (s *scope) findItem(table []ast.Ident, pos int) (*item, *scope, error) {
	var relation *catalog.Object
	if len(table) > 1 {
		o, err := s.b.Catalog.Relation(s.b.Path, identStrings(table))
		if err != nil || len(table) > 3 {
			return nil, nil, nil //nolint:nilerr // a name that is none is not found
		}
		relation = o
	}
	name := string(table[len(table)-1])
	for t := s; t != nil; t = t.parent {
		var found *item
		for _, i := range t.visible {
			if i.noName || i.lateralOnly && !t.lateral {
				continue
			}
			if relation == nil && i.alias != name || relation != nil && (i.hasAlias || i.relation != relation) {
				continue
			}
			if found != nil {
				return nil, nil, errAt(pos, pgerr.AmbiguousAlias, "table reference %q is ambiguous", name)
			}
			if err := t.checkLateral(i, pos); err != nil {
				return nil, nil, err
			}
			found = i
		}
		if found != nil {
			return found, t, nil
		}
	}
	return nil, nil, nil
}

func identStrings(parts []ast.Ident) []string {
	all := make([]string, len(parts))
	for i, p := range parts {
		all[i] = string(p)
	}
	return all
}

// fieldOfColumn reads a.b as field b of column a, where there is no table a.
func (s *scope) fieldOfColumn(*ast.ColumnRef) (scalar, bool, error) { return scalar{}, false, nil }

// missingItem is errorMissingRTE.
func (s *scope) missingItem(table []ast.Ident, pos int) error {
	name := string(table[len(table)-1])
	i := s.itemForHint(table)
	if i != nil && i.hasAlias && i.alias != name {
		if found, _, err := s.findItem([]ast.Ident{ast.Ident(i.alias)}, pos); err == nil && found == i {
			return errAt(pos, pgerr.UndefinedTable, "invalid reference to FROM-clause entry for table %q", name).
				WithHint("Perhaps you meant to reference the table alias %q.", i.alias)
		}
	}
	if i != nil {
		return errAt(pos, pgerr.UndefinedTable, "invalid reference to FROM-clause entry for table %q", name).
			WithHint("There is an entry for table %q, but it cannot be referenced from this part of the query.", i.alias)
	}
	return errAt(pos, pgerr.UndefinedTable, "missing FROM-clause entry for table %q", name)
}

// itemForHint is searchRangeTableForRel: an item that could have been meant.
func (s *scope) itemForHint(table []ast.Ident) *item {
	relation, _ := s.b.Catalog.Relation(s.b.Path, identStrings(table))
	for t := s; t != nil; t = t.parent {
		for _, i := range t.all {
			if relation != nil && i.relation == relation || len(table) == 1 && i.alias == string(table[0]) {
				return i
			}
		}
	}
	return nil
}

// maxFuzzy is PostgreSQL's MAX_FUZZY_DISTANCE.
const maxFuzzy = 3

// fuzzy is the best matches for a name so far.
type fuzzy struct {
	distance                int
	first, second           *item
	firstColumn, secondName string
	hasFirst, hasSecond     bool
}

// missingColumn is errorMissingColumn, with its hint about names that are near.
func (s *scope) missingColumn(table, column string, pos int) error {
	e := errAt(pos, pgerr.UndefinedColumn, "column %q does not exist", column)
	if table != "" {
		e = errAt(pos, pgerr.UndefinedColumn, "column %s.%s does not exist", table, column)
	}
	f := fuzzy{distance: maxFuzzy + 1}
	for t := s; t != nil; t = t.parent {
		for _, i := range t.all {
			if i.isJoin {
				continue
			}
			if f.exact(i, table, column) {
				return e.WithHint("There is a column named %q in table %q, but it cannot be referenced from this part of the query.", column, i.alias)
			}
		}
	}
	switch {
	case f.hasSecond:
		return e.WithHint("Perhaps you meant to reference the column \"%s.%s\" or the column \"%s.%s\".",
			f.first.alias, f.firstColumn, f.second.alias, f.secondName)
	case f.hasFirst:
		return e.WithHint("Perhaps you meant to reference the column \"%s.%s\".", f.first.alias, f.firstColumn)
	}
	return e
}

// exact looks at the columns of an item; it is true if the very column is there.
func (f *fuzzy) exact(i *item, table, column string) bool {
	penalty := 0
	if table != "" {
		penalty = levenshtein(table, i.alias)
		if penalty > maxFuzzy+1 {
			penalty = maxFuzzy + 2
		}
	}
	for _, c := range i.columns {
		if c.name == column && penalty == 0 {
			return true
		}
		f.update(i, penalty, c.name, column)
	}
	return false
}

func (f *fuzzy) update(i *item, penalty int, actual, match string) {
	if penalty > f.distance || actual == "" {
		return
	}
	d := levenshtein(actual, match)
	if d > len(match)/2 {
		return
	}
	d += penalty
	switch {
	case d < f.distance:
		*f = fuzzy{distance: d, first: i, firstColumn: actual, hasFirst: true}
	case d == f.distance && f.hasSecond:
		*f = fuzzy{distance: d - 1}
	case d == f.distance && f.hasFirst:
		f.second, f.secondName, f.hasSecond = i, actual, true
	case d == f.distance && f.distance <= maxFuzzy:
		f.first, f.firstColumn, f.hasFirst = i, actual, true
	}
}

// levenshtein is the least number of characters to insert, delete or replace.
func levenshtein(a, b string) int {
	x, y := []rune(a), []rune(b)
	rowBefore := make([]int, len(y)+1)
	for j := range rowBefore {
		rowBefore[j] = j
	}
	for i := range x {
		prev := rowBefore[0]
		rowBefore[0] = i + 1
		for j := range y {
			cost := prev
			if x[i] != y[j] {
				cost = 1 + min(prev, rowBefore[j], rowBefore[j+1])
			}
			prev, rowBefore[j+1] = rowBefore[j+1], cost
		}
	}
	return rowBefore[utf8.RuneCountInString(b)]
}

func fieldName(i int) string { return "f" + itoa(i+1) }
