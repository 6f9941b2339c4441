package ast

type (
	// Word is a word of the grammar as the value of an Option: NONE, or one that is reserved (TRUE, ON, USER).
	// Words that may be names are a ColumnRef.
	Word struct {
		Pos
		Text string // in upper case
	}

	// OperatorName is an operator as the value of an Option.
	OperatorName struct {
		Pos
		Operator Operator
	}

	// Define is CREATE of an object that a list of options describes. Kind is AGGREGATE, OPERATOR, TYPE (a base type),
	// COLLATION, or TEXT SEARCH with PARSER, DICTIONARY, TEMPLATE or CONFIGURATION.
	Define struct {
		Pos
		OrReplace   bool
		IfNotExists bool
		Kind        string
		Name        *Name
		// Operator is set for an OPERATOR instead of Name.
		Operator *Operator
		// Signature is that of an AGGREGATE; without, it is one of the style before PostgreSQL 8.2, with the type among the options.
		Signature *Signature
		Options   []*Option
		// From is the COLLATION that is copied.
		From *Name
	}
)

func (*Define) stmt() {}

func (w *Word) print(p *printer)         { p.put(w.Text) }
func (o *OperatorName) print(p *printer) { o.Operator.print(p) }

func (d *Define) print(p *printer) {
	p.put("CREATE", opt(d.OrReplace, "OR REPLACE"), d.Kind, opt(d.IfNotExists, "IF NOT EXISTS"), d.Name)
	if d.Operator != nil {
		p.operatorName(d.Operator)
	}
	if d.Signature != nil {
		d.Signature.print(p)
	}
	p.clause("FROM", d.From)
	paren(p, d.Options)
}

// word writes s without quotes where the grammar takes a word or a string and s is a plain word, else as a string.
func (p *printer) word(s string) {
	if plainIdent(s) && LookupKeyword(s).Category != Reserved && len(s) <= maxWord {
		p.put(s)
		return
	}
	p.str(s)
}

// maxWord is the length at which identifiers are cut.
const maxWord = 63

// strs writes strings separated by commas.
func (p *printer) strs(strs []string) {
	for i, s := range strs {
		p.put(opt(i > 0, ","))
		p.str(s)
	}
}
