package parse

import "github.com/freshetdb/freshet/sql/ast"

// tokenKind is the class of a token.
type tokenKind uint8

const (
	tokEOF      tokenKind = iota
	tokFailed             // stands for the current token once parsing has failed; matches nothing
	tokWord               // identifier or keyword without quotes; text is in lower case
	tokQuoted             // "identifier"; text is its content
	tokString             // string constant of any form; text is its value
	tokBits               // B'0101'
	tokHex                // X'1f'
	tokInteger            // digits that fit int4
	tokNumeric            // any other number
	tokParam              // $1; text is the number
	tokOperator           // an operator, the ones with a meaning of their own in the grammar too
	tokPunct              // , ( ) [ ] . .. ; : :: := => { }
	tokInvalid            // a character that begins no token
)

// token is one lexical element of a statement text.
type token struct {
	kind tokenKind
	// keyword is what the grammar knows about a tokWord.
	keyword ast.Keyword
	// text is the token's value; see the kinds.
	text string
	// start and end are byte offsets in the text; pos counts characters from 1.
	start, end int
	pos        ast.Pos
}

// is tells whether t is the keyword, operator or punctuation w. A quoted identifier never is.
func (t *token) is(w string) bool {
	switch t.kind {
	case tokWord, tokOperator, tokPunct:
		return t.text == w
	default:
		return false
	}
}
