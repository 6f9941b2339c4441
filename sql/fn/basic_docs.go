package fn

import "github.com/freshetdb/freshet/sql/types"

// basicDocs say what the operators of numbers, and the comparisons of all types, do; they are made in loops over types. The example
// is that of integer.
var basicDocs = map[string]struct{ doc, example string }{
	"=":  {"equal", "1 = 1 → t"},
	"<>": {"not equal", "1 <> 1 → f"},
	"<":  {"less", "1 < 2 → t"},
	"<=": {"less or equal", "2 <= 2 → t"},
	">":  {"greater", "1 > 2 → f"},
	">=": {"greater or equal", "1 >= 2 → f"},
	"+":  {"sum", "2 + 3 → 5"},
	"-":  {"difference", "2 - 3 → -1"},
	"*":  {"product", "2 * 3 → 6"},
	"/":  {"quotient, of integers without its fraction", "-7 / 2 → -3"},
	"%":  {"remainder, with the sign of the dividend", "-7 % 2 → -1"},
}

// describe fills in what an operator's table does not say.
func (o *Operator) describe() {
	d, ok := basicDocs[o.Symbol]
	switch {
	case o.Function.Doc != "" || !ok:
	case o.Left == 0:
		o.Function.Doc = "negation"
	default:
		o.Function.Doc = d.doc
		if o.Left == types.OIDInt4 && o.Right == types.OIDInt4 {
			o.Function.Examples = []string{d.example}
		}
	}
}
