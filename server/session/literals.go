package session

import (
	"time"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/planner"
	logical "github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/types"
)

// A definition must mean the same when the log of definitions is read again, whatever the settings of the session were that has made it: literals are read
// under these, and written into the definition as the default settings read them; then all is planned under the latter.

// fixLiterals writes literals of a query that depend on the settings of the session so that they do not: '01/02/2003' where days come first, a time without
// a zone as a timestamptz, 'today'.
func (d *ddl) fixLiterals(q *ast.Query) {
	options := d.options()
	d.fixLiteralsIn(options, func(o planner.Options) error {
		_, err := planner.Describe(q, o)
		return err
	})
}

// fixExpr does so in an expression of a table or index. It is planned anew under the settings of each session that writes, so that its literals must mean the same under all.
func (d *ddl) fixExpr(x ast.Expr, over *catalog.Object, use logical.Use) {
	options := d.options()
	options.AnySettings = true
	d.fixLiteralsIn(options, func(o planner.Options) error {
		_, err := planner.Expr(x, over, use, o)
		return err
	})
}

// fixLiteralsIn writes the literals anew that plan tells of.
func (d *ddl) fixLiteralsIn(options planner.Options, plan func(planner.Options) error) {
	if d.replay {
		return
	}
	texts, twice := map[*ast.Literal]string{}, map[*ast.Literal]bool{}
	options.Literals = func(literal *ast.Literal, text string) {
		if was, told := texts[literal]; told && was != text {
			twice[literal] = true
		}
		texts[literal] = text
	}
	if err := plan(options); err != nil {
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
