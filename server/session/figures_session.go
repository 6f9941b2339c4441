package session

import (
	"maps"
	"slices"

	"github.com/freshetdb/freshet/catalog/pgcatalog"
)

// preparedFigures are the rows of pg_prepared_statements: what the session has prepared under a name. Every plan here is a generic one, and
// how often it ran is not counted.
func (s *Session) preparedFigures() []pgcatalog.Prepared {
	var all []pgcatalog.Prepared
	for _, name := range slices.Sorted(maps.Keys(s.prepared)) {
		p := s.prepared[name]
		if name == "" {
			continue
		}
		row := pgcatalog.Prepared{Name: name, Statement: p.text, Time: p.made, FromSQL: p.fromSQL}
		for _, t := range p.params {
			row.Parameters = append(row.Parameters, t.OID)
		}
		all = append(all, row)
	}
	return all
}

// cursorFigures are the rows of pg_cursors.
func (s *Session) cursorFigures() []pgcatalog.Cursor {
	var all []pgcatalog.Cursor
	for _, name := range slices.Sorted(maps.Keys(s.cursors)) {
		c := s.cursors[name]
		all = append(all, pgcatalog.Cursor{Name: name, Statement: c.text, Hold: c.hold, Scroll: c.scroll, Time: c.declared})
	}
	return all
}
