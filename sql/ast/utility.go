package ast

import "strings"

type (
	// Explain shows how a statement would be run, or how a running object does. EXPLAIN ANALYZE VERBOSE is
	// EXPLAIN (ANALYZE, VERBOSE). Either Statement is set, or Kind and Name: MATERIALIZED VIEW or SINK, the running one, or
	// WINDOW, the open windows of a view.
	Explain struct {
		Pos
		Options   []*Option
		Statement Statement
		Kind      string
		Name      *Name
	}

	// Vacuum is VACUUM; what stood before the tables in the old syntax (FULL, VERBOSE, ...) are options too.
	Vacuum struct {
		Pos
		Options []*Option
		Tables  []*AnalyzedTable
	}

	// Analyze collects statistics, of all tables if none is named.
	Analyze struct {
		Pos
		Options []*Option
		Tables  []*AnalyzedTable
	}

	// AnalyzedTable is a table, perhaps only some of its columns, of Analyze and Vacuum.
	AnalyzedTable struct {
		Pos
		Name    *Name
		Columns []Ident
	}
)

func (*Explain) stmt() {}
func (*Vacuum) stmt()  {}
func (*Analyze) stmt() {}

func (e *Explain) print(p *printer) {
	p.put("EXPLAIN")
	p.utilityOptions(e.Options)
	p.put(e.Kind, e.Name)
	p.put(e.Statement)
}

func (v *Vacuum) print(p *printer) {
	p.put("VACUUM")
	p.utilityOptions(v.Options)
	list(p, v.Tables)
}

func (a *Analyze) print(p *printer) {
	p.put("ANALYZE")
	p.utilityOptions(a.Options)
	list(p, a.Tables)
}

func (t *AnalyzedTable) print(p *printer) { p.put(t.Name, t.Columns) }

// utilityOptions writes the options of EXPLAIN, VACUUM, COPY and their like, (NAME value, ...), or nothing without any.
func (p *printer) utilityOptions(options []*Option) {
	for i, o := range options {
		p.put(opt(i == 0, "("), opt(i > 0, ","))
		p.optionName(o.Name.Last())
		p.put(o.Value)
	}
	p.put(opt(len(options) > 0, ")"))
}

// optionName writes the name of an option in upper case where it can go without quotes. ANALYZE is the only reserved word
// among them.
func (p *printer) optionName(id Ident) {
	if s := string(id); plainIdent(s) && (keywords[s].Category != Reserved || s == "analyze") {
		p.put(strings.ToUpper(s))
		return
	}
	p.put(id)
}
