package session

import (
	"strings"
	"unicode/utf8"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/ast"
)

// copyFormat is a format of COPY.
type copyFormat uint8

const (
	copyText copyFormat = iota
	copyCSV
	copyBinary
)

// copyOptions are the options of a COPY (ProcessCopyOptions of copy.c).
type copyOptions struct {
	format    copyFormat
	delimiter byte
	null      string
	header    bool
	match     bool // HEADER MATCH
	quote     byte
	escape    byte
	// force are columns of FORCE_QUOTE, FORCE_NOT_NULL and FORCE_NULL; nil with the flag set is all.
	forceQuote, forceNotNull, forceNull []ast.Ident
	forceQuoteAll                       bool
}

func readCopyOptions(stmt *ast.Copy) (*copyOptions, error) {
	o := &copyOptions{}
	given := map[string]*ast.Option{}
	text := map[string]string{}
	for _, x := range stmt.Options {
		name := strings.ToLower(string(x.Name.Last()))
		if given[name] != nil {
			return nil, pgerr.New(pgerr.SyntaxError, "conflicting or redundant options").At(int(x.At()))
		}
		given[name] = x
		if err := o.read(name, x, stmt.From); err != nil {
			return nil, err
		}
		if x.Value != nil {
			text[name], _ = constantWord(x.Value)
		}
	}
	return o, o.finish(given, text)
}

func (o *copyOptions) read(name string, x *ast.Option, from bool) error {
	value := ""
	if x.Value != nil {
		value, _ = constantWord(x.Value)
	}
	switch name {
	case "format":
		switch strings.ToLower(value) {
		case "text":
		case "csv":
			o.format = copyCSV
		case "binary":
			o.format = copyBinary
		default:
			return pgerr.Newf(pgerr.InvalidParameterValue, "COPY format %q not recognized", value).At(int(x.At()))
		}
	case "freeze":
		if on, ok := parseBool(value); x.Value == nil || on || !ok {
			return unsupported(x, "COPY FREEZE")
		}
	case "header":
		if strings.EqualFold(value, "match") {
			if !from {
				return pgerr.New(pgerr.InvalidParameterValue, `cannot use "match" with HEADER in COPY TO`)
			}
			o.header, o.match = true, true
			return nil
		}
		on, ok := parseBool(value)
		if x.Value != nil && !ok {
			return pgerr.New(pgerr.SyntaxError, `header requires a Boolean value or "match"`)
		}
		o.header = x.Value == nil || on
	case "encoding":
		if _, err := asEncoding(value); err != nil {
			return unsupported(x, "COPY with encoding "+value)
		}
	case "force_quote", "force_not_null", "force_null":
		columns, all, err := columnList(x)
		if err != nil {
			return err
		}
		switch name {
		case "force_quote":
			o.forceQuote, o.forceQuoteAll = columns, all
		case "force_not_null":
			o.forceNotNull = columns
		default:
			o.forceNull = columns
		}
	case "delimiter", "null", "quote", "escape":
	default:
		return pgerr.Newf(pgerr.SyntaxError, "option %q not recognized", name).At(int(x.At()))
	}
	return nil
}

// columnList reads (a, b) or *.
func columnList(x *ast.Option) (columns []ast.Ident, all bool, err error) {
	bad := pgerr.Newf(pgerr.InvalidParameterValue, "argument to option %q must be a list of column names", string(x.Name.Last())).At(int(x.At()))
	switch v := x.Value.(type) {
	case *ast.Star:
		return nil, true, nil
	case *ast.ColumnRef:
		return []ast.Ident{v.Parts[0]}, false, nil
	case *ast.Row:
		for _, f := range v.Fields {
			word, ok := constantWord(f)
			if !ok {
				return nil, false, bad
			}
			columns = append(columns, ast.Ident(word))
		}
		return columns, false, nil
	default:
		return nil, false, bad
	}
}

// finish gives the defaults and checks that the options go together.
func (o *copyOptions) finish(given map[string]*ast.Option, text map[string]string) error {
	if o.format == copyBinary {
		for _, name := range []string{"delimiter", "null", "header"} {
			if given[name] != nil {
				what := "cannot specify " + strings.ToUpper(name) + " in BINARY mode"
				return pgerr.New(pgerr.SyntaxError, what)
			}
		}
	}
	o.delimiter, o.null = '\t', `\N`
	if o.format == copyCSV {
		o.delimiter, o.null, o.quote, o.escape = ',', "", '"', '"'
	}
	single := func(name string, into *byte) error {
		if given[name] == nil {
			return nil
		}
		if len(text[name]) != 1 {
			return pgerr.Newf(pgerr.FeatureNotSupported, "COPY %s must be a single one-byte character", name)
		}
		*into = text[name][0]
		return nil
	}
	if err := single("delimiter", &o.delimiter); err != nil {
		return err
	}
	if given["null"] != nil {
		o.null = text["null"]
	}
	if o.format != copyCSV {
		for name, what := range map[string]string{
			"quote": "COPY quote available only in CSV mode", "escape": "COPY escape available only in CSV mode",
			"force_quote": "COPY force quote available only in CSV mode", "force_not_null": "COPY force not null available only in CSV mode",
			"force_null": "COPY force null available only in CSV mode",
		} {
			if given[name] != nil {
				return pgerr.New(pgerr.FeatureNotSupported, what)
			}
		}
		return o.check()
	}
	if err := single("quote", &o.quote); err != nil {
		return err
	}
	o.escape = o.quote
	if err := single("escape", &o.escape); err != nil {
		return err
	}
	return o.check()
}

func (o *copyOptions) check() error {
	switch {
	case o.format == copyBinary:
		return nil
	case o.delimiter == '\n' || o.delimiter == '\r':
		return pgerr.New(pgerr.InvalidParameterValue, "COPY delimiter cannot be newline or carriage return")
	case strings.ContainsAny(o.null, "\r\n"):
		return pgerr.New(pgerr.InvalidParameterValue, "COPY null representation cannot use newline or carriage return")
	case o.format == copyText && strings.IndexByte(`\.abcdefghijklmnopqrstuvwxyz0123456789`, o.delimiter) >= 0:
		return pgerr.Newf(pgerr.InvalidParameterValue, "COPY delimiter cannot be %q", string(o.delimiter))
	case strings.IndexByte(o.null, o.delimiter) >= 0:
		return pgerr.New(pgerr.InvalidParameterValue, "COPY delimiter character must not appear in the NULL specification")
	case o.format == copyCSV && o.delimiter == o.quote:
		return pgerr.New(pgerr.InvalidParameterValue, "COPY delimiter and quote must be different")
	case o.format == copyCSV && strings.IndexByte(o.null, o.quote) >= 0:
		return pgerr.New(pgerr.FeatureNotSupported, "CSV quote character must not appear in the NULL specification")
	case o.delimiter >= utf8.RuneSelf:
		return pgerr.New(pgerr.FeatureNotSupported, "COPY delimiter must be a single one-byte character")
	}
	return nil
}
