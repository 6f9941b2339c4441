package session

import (
	"time"

	"github.com/freshetdb/freshet/planner"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/types"
)

// A definition must mean the same when the log of definitions is read again, whatever the settings of the session were that has made it: literals are read
// under these, and written into the definition as the default settings read them; then all is planned under the latter.

// fixLiterals writes literals of a query that depend on the settings of the session so that they do not: '01/02/2003' where days come first, a time without
// a zone as a timestamptz, 'today'.
func (d *ddl) fixLiterals(q *ast.Query) {
	if d.replay {
		return
	}
	texts, twice := map[*ast.Literal]string{}, map[*ast.Literal]bool{}
	options := d.options()
	options.Literals = func(literal *ast.Literal, text string) {
		if was, told := texts[literal]; told && was != text {
			twice[literal] = true
		}
		texts[literal] = text
	}
	if _, err := planner.Describe(q, options); err != nil {
		return // it is refused with its error
	}
	for literal, text := range texts {
		if !twice[literal] {
			literal.Text = text
		}
	}
}

// plainSettings are those under which the log is read again, with a time zone.
func (d *ddl) plainSettings(location *time.Location) *types.Settings {
	settings := *types.DefaultSettings
	settings.Location, settings.Enums = location, d
	return &settings
}
