package parse

import (
	"strings"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/ast"
)

// The settings that change how a text is read.
const (
	settingDialect = "sql_dialect"
	settingStrings = "standard_conforming_strings"
)

var dialectNames = [...]string{Postgres: "postgres", Flink: "flink"}

// applySettings changes how the statements after s are read, if s sets one of the settings above.
func (p *parser) applySettings(s ast.Statement) {
	if t, ok := s.(*ast.Transaction); ok && p.outside != nil && (t.Kind == "COMMIT" || t.Kind == "ROLLBACK") {
		p.useOptions(*p.outside)
		p.outside = nil
		return
	}
	current := p.lex.opts
	next := current
	if err := next.apply(s); err != nil {
		p.fail(err)
		return
	}
	if set, ok := s.(*ast.Set); ok && set.Local {
		if p.outside == nil {
			p.outside = &current
		}
	} else if p.outside != nil {
		_ = p.outside.apply(s) // next has taken it
	}
	if next != current {
		p.useOptions(next)
	}
}

// useOptions reads what comes after the current token by o. Tokens that have been looked at already are read anew.
func (p *parser) useOptions(o Options) {
	p.lex.opts = o
	p.lex.off = p.tok.end
	p.forget()
}

// apply changes o as a statement says.
func (o *Options) apply(s ast.Statement) error {
	switch s := s.(type) {
	case *ast.Reset:
		o.reset(s.Name)
	case *ast.Discard:
		if s.Kind == "ALL" {
			o.reset(nil)
		}
	case *ast.Set:
		switch {
		case s.Kind != "" || s.FromCurrent:
		case len(s.Values) == 0:
			o.reset(s.Name)
		default:
			return o.set(s)
		}
	default:
	}
	return nil
}

// reset gives a setting its default; nil is all settings.
func (o *Options) reset(name *ast.Name) {
	if name == nil || isSetting(name, settingDialect) {
		o.Dialect = DefaultOptions().Dialect
	}
	if name == nil || isSetting(name, settingStrings) {
		o.StandardConformingStrings = DefaultOptions().StandardConformingStrings
	}
}

func isSetting(name *ast.Name, setting string) bool {
	return len(name.Parts) == 1 && strings.EqualFold(string(name.Parts[0]), setting)
}

func (o *Options) set(s *ast.Set) error {
	switch {
	case isSetting(s.Name, settingDialect):
		value, err := singleValue(s, settingDialect)
		if err != nil {
			return err
		}
		for d, name := range dialectNames {
			if strings.EqualFold(value, name) {
				o.Dialect = Dialect(d)
				return nil
			}
		}
		e := pgerr.Newf(pgerr.InvalidParameterValue, "invalid value for parameter \"%s\": \"%s\"", settingDialect, value)
		return e.WithHint("Available values: %s.", strings.Join(dialectNames[:], ", "))
	case isSetting(s.Name, settingStrings):
		value, err := singleValue(s, settingStrings)
		if err != nil {
			return err
		}
		on, ok := parseBool(value)
		if !ok {
			return pgerr.Newf(pgerr.InvalidParameterValue, "parameter \"%s\" requires a Boolean value", settingStrings)
		}
		o.StandardConformingStrings = on
	}
	return nil
}

// singleValue returns the value of a setting that takes no list.
func singleValue(s *ast.Set, setting string) (string, error) {
	if len(s.Values) > 1 {
		return "", pgerr.Newf(pgerr.InvalidParameterValue, "SET %s takes only one argument", setting)
	}
	if l, ok := s.Values[0].(*ast.Literal); ok {
		return l.Text, nil
	}
	return ast.Print(s.Values[0]), nil // a negative number
}

// parseBool reads a Boolean as PostgreSQL does in settings: the words may be cut short as long as they can be told apart.
func parseBool(s string) (value, ok bool) {
	s = strings.ToLower(s)
	switch {
	case s == "1", s == "on", s != "" && (strings.HasPrefix("true", s) || strings.HasPrefix("yes", s)):
		return true, true
	case s == "0", s == "of", s == "off", s != "" && (strings.HasPrefix("false", s) || strings.HasPrefix("no", s)):
		return false, true
	}
	return false, false
}
