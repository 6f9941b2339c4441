package fn

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/types"
)

// similar turns a SQL regular expression into an advanced one: similar_escape_internal of regexp.c. parts are cut by escaped
// double quotes, without what stands around them.
func similar(source, escape string) (parts []string, err error) {
	if utf8.RuneCountInString(escape) > 1 {
		return nil, pgerr.New(pgerr.InvalidEscapeSequence, "invalid escape string").WithHint("Escape string must be empty or one character.")
	}
	var dst strings.Builder
	afterEscape, inBracket := false, false
	for _, r := range source {
		char := string(r)
		switch {
		case afterEscape:
			if r == '"' && !inBracket {
				parts = append(parts, dst.String())
				dst.Reset()
				if len(parts) > 2 {
					return nil, pgerr.New(pgerr.InvalidUseOfEscape, "SQL regular expression may not contain more than two escape-double-quote separators")
				}
			} else {
				dst.WriteString(`\` + char)
			}
			afterEscape = false
		case char == escape:
			afterEscape = true
		case inBracket:
			if r == '\\' {
				dst.WriteString(`\`)
			}
			dst.WriteString(char)
			inBracket = r != ']'
		case r == '[':
			dst.WriteString(char)
			inBracket = true
		case r == '%':
			dst.WriteString(".*")
		case r == '_':
			dst.WriteString(".")
		case r == '(':
			dst.WriteString("(?:")
		case r == '\\' || r == '.' || r == '^' || r == '$':
			dst.WriteString(`\` + char)
		default:
			dst.WriteString(char)
		}
	}
	return append(parts, dst.String()), nil
}

func (c *Call) escapeOf(k, i int) string {
	if k < len(c.Args) {
		return c.text(k, i)
	}
	return `\`
}

func similarEscape(c *Call, i int) error {
	parts, err := similar(c.text(0, i), c.escapeOf(1, i))
	if err != nil {
		return err
	}
	c.putText("^(?:" + parts[0])
	if len(parts) > 1 {
		c.Out.Offsets = c.Out.Offsets[:len(c.Out.Offsets)-1]
		c.putText("){1,1}?(" + parts[1] + "){1,1}(?:" + strings.Join(parts[2:], ""))
	}
	c.Out.Offsets = c.Out.Offsets[:len(c.Out.Offsets)-1]
	c.putText(")$")
	return nil
}

// similarPatterns are the compiled SQL regular expressions of a call site.
type similarPatterns struct{ compiled map[string]*regexp.Regexp }

func substringSimilar(c *Call, i int) error {
	p := scratch[similarPatterns](c)
	key := c.text(2, i) + "\x00" + c.text(1, i)
	re, ok := p.compiled[key]
	if !ok {
		var err error
		if re, err = compileSimilar(c.text(1, i), c.text(2, i)); err != nil {
			return err
		}
		if p.compiled == nil || len(p.compiled) >= maxPatterns {
			p.compiled = map[string]*regexp.Regexp{}
		}
		p.compiled[key] = re
	}
	s := c.bytes(0, i)
	m := re.FindSubmatchIndex(s)
	if m == nil {
		c.putNull()
		return nil
	}
	c.putValue(types.BytesValue(s[m[2]:m[3]]))
	return nil
}

// compileSimilar makes the first part as short as it can be, and the second as long. With one part only that is the whole.
func compileSimilar(source, escape string) (*regexp.Regexp, error) {
	parts, err := similar(source, escape)
	if err != nil {
		return nil, err
	}
	text := "^"
	if len(parts) == 1 {
		parts = []string{"", parts[0], ""}
	}
	for len(parts) < 3 {
		parts = append(parts, "")
	}
	for n, part := range parts {
		t := regexTranslator{src: part}
		part, err := t.run()
		if err != nil {
			return nil, err
		}
		text += [...]string{"(?U:", "(", "(?:"}[n] + part + ")"
	}
	re, err := regexp.Compile(text + "$")
	if err != nil {
		return nil, badRegex(err.Error())
	}
	return re, nil
}
