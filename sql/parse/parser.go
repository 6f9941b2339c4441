package parse

import (
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/ast"
)

// parser reads statements from left to right. The first error sticks: from then on the current token matches nothing, so
// every loop and alternative ends by itself, and only the top asks for err. Whatever was built by then is thrown away.
type parser struct {
	lex lexer
	// tok is the current token; ahead[head:] are those after it that peek has read.
	tok   token
	ahead []token
	head  int
	// last is where the token before tok ended.
	last int
	err  error
	// depth counts nesting; see enter.
	depth int
	// height is how high a chain of operators, joins or set operations has made the tree; see link.
	height int
	// low is the query or expression that is being lowered.
	low *lowering
	// inWindow is above 0 inside the arguments of a window, where interval units may be plural.
	inWindow int
	// noSimilar is set where SIMILAR without TO is no operator: in SUBSTRING(x SIMILAR y ESCAPE z).
	noSimilar bool
	// windowless is set where a call comes that takes no FILTER and no OVER.
	windowless bool
	// outside are the options that hold again when the transaction ends, after a SET LOCAL; see applySettings.
	outside *Options
}

func newParser(text string, o Options) *parser {
	p := &parser{lex: newLexer(text, o)}
	p.advance()
	return p
}

// advance moves to the next token.
func (p *parser) advance() {
	if p.err != nil {
		return
	}
	p.last = p.tok.end
	if p.head < len(p.ahead) {
		p.tok = p.ahead[p.head]
		if p.head++; p.head == len(p.ahead) {
			p.forget()
		}
		if p.tok.kind == tokFailed { // peek met a lexical error here; meet it again
			p.lex.off = p.tok.start
			_, err := p.lex.next()
			p.fail(err)
		}
		return
	}
	t, err := p.lex.next()
	if err != nil {
		p.fail(err)
		return
	}
	p.tok = t
}

// peek returns the token n after the current one without moving; n is at least 1. A lexical error there is reported when
// it is reached, as PostgreSQL does.
func (p *parser) peek(n int) *token {
	for len(p.ahead)-p.head < n {
		if k := len(p.ahead); k > p.head && p.ahead[k-1].kind == tokFailed || p.err != nil {
			return &token{kind: tokFailed}
		}
		start := p.lex.off
		t, err := p.lex.next()
		if err != nil {
			t = token{kind: tokFailed, start: start}
		}
		p.ahead = append(p.ahead, t)
	}
	return &p.ahead[p.head+n-1]
}

// fail records the first error and stops all matching.
func (p *parser) fail(err error) {
	if p.err == nil {
		p.err = err
	}
	p.tok = token{kind: tokFailed, pos: p.tok.pos}
	p.forget()
}

// forget drops the tokens that peek has read.
func (p *parser) forget() { p.ahead, p.head = p.ahead[:0], 0 }

// syntaxError fails at the current token with PostgreSQL's message.
func (p *parser) syntaxError() { p.syntaxErrorAt(&p.tok) }

func (p *parser) syntaxErrorAt(t *token) { p.failAt(t, "syntax error") }

// failAt fails at t with a message of the grammar: `message at or near "token"`.
func (p *parser) failAt(t *token, message string) {
	if p.err == nil {
		p.fail(p.errorNear(t, message))
	}
}

func (p *parser) errorNear(t *token, message string) *pgerr.Error {
	if t.kind == tokEOF {
		e := pgerr.New(pgerr.SyntaxError, message+" at end of input").At(int(t.pos))
		e.Hint = p.hint(t)
		return e
	}
	e := pgerr.Newf(pgerr.SyntaxError, "%s at or near \"%s\"", message, p.lex.text[t.start:t.end]).At(int(t.pos))
	e.Hint = p.hint(t)
	return e
}

// errorAt fails with an error of its own at a position.
func (p *parser) errorAt(pos ast.Pos, code pgerr.Code, format string, args ...any) {
	p.fail(pgerr.Newf(code, format, args...).At(int(pos)))
}

// unsupported fails because Freshet has no such thing; what names it in the plural or with an article, hint says what to do instead.
func (p *parser) unsupported(pos ast.Pos, hint, format string, args ...any) {
	e := pgerr.Newf(pgerr.FeatureNotSupported, format, args...).At(int(pos))
	e.Hint = hint
	p.fail(e)
}

// failed tells whether parsing has failed.
func (p *parser) failed() bool { return p.err != nil }

// pos is where the current token begins.
func (p *parser) pos() ast.Pos { return p.tok.pos }

// at tells whether the next tokens are these words (keywords in lower case, operators, punctuation).
func (p *parser) at(words ...string) bool {
	if !p.tok.is(words[0]) {
		return false
	}
	for i, w := range words[1:] {
		if !p.peek(i + 1).is(w) {
			return false
		}
	}
	return true
}

// atAny tells whether the current token is one of the words, and which ("" for none).
func (p *parser) atAny(words ...string) string {
	for _, w := range words {
		if p.tok.is(w) {
			return w
		}
	}
	return ""
}

// accept moves past these words if they come next, all of them, and tells whether they did.
func (p *parser) accept(words ...string) bool {
	if !p.at(words...) {
		return false
	}
	for range words {
		p.advance()
	}
	return true
}

// acceptAny moves past one of the words and returns it, or "".
func (p *parser) acceptAny(words ...string) string {
	w := p.atAny(words...)
	if w != "" {
		p.advance()
	}
	return w
}

// expect moves past these words one by one; another token is a syntax error there.
func (p *parser) expect(words ...string) {
	for _, w := range words {
		if !p.tok.is(w) {
			p.syntaxError()
			return
		}
		p.advance()
	}
}

// expectAny is acceptAny where one must come.
func (p *parser) expectAny(words ...string) string {
	w := p.acceptAny(words...)
	if w == "" {
		p.syntaxError()
	}
	return w
}

// atEnd tells whether the statement ends here.
func (p *parser) atEnd() bool { return p.tok.kind == tokEOF || p.tok.is(";") }

// commaList reads one or more elements separated by commas.
func commaList[T any](p *parser, element func() T) []T {
	list := []T{element()}
	for p.accept(",") {
		list = append(list, element())
	}
	return list
}

// parenList reads ( element, ... ).
func parenList[T any](p *parser, element func() T) []T {
	p.expect("(")
	list := commaList(p, element)
	p.expect(")")
	return list
}

// maxDepth is how deep statements may nest. PostgreSQL is limited by its stack (max_stack_depth) instead, at some
// thousands of levels.
const maxDepth = 1000

// maxChain is how many operators, joins or set operations may follow each other. Each makes the tree one higher, and whoever
// walks it by recursion needs stack for that: Go ends the process at 1 GB. PostgreSQL gives up far earlier.
const maxChain = 200_000

// enter counts one level of nesting and tells whether it may be entered; leave takes it back.
func (p *parser) enter() bool {
	p.depth++
	if p.depth > maxDepth {
		p.tooDeep("Statements may nest up to %d levels.", maxDepth)
		return false
	}
	return p.err == nil
}

func (p *parser) leave() { p.depth-- }

// link makes the tree that is being read one higher.
func (p *parser) link() {
	if p.height++; p.height > maxChain {
		p.tooDeep("Up to %d operators, joins or set operations may follow each other.", maxChain)
	}
}

// openChain begins a part of the tree whose height counts by itself until closeChain, which is given what it returns.
func (p *parser) openChain() (outer int) {
	outer = p.height
	p.height = 0
	return outer
}

func (p *parser) closeChain(outer int) { p.height = max(outer, p.height) }

func (p *parser) tooDeep(hint string, limit int) {
	e := pgerr.New(pgerr.StatementTooComplex, "statement is nested too deeply").At(int(p.tok.pos))
	p.fail(e.WithHint(hint, limit))
}
