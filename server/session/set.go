package session

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/pgwire"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/sql/types/datetime"
)

// runSet runs SET.
func runSet(_ context.Context, s *Session, stmt *ast.Set, out pgwire.Out) error {
	switch stmt.Kind {
	case "":
	case "TRANSACTION":
		if s.tx.state != txBlock {
			warning := pgerr.New(pgerr.NoActiveSQLTransaction, "SET TRANSACTION can only be used in transaction blocks")
			if err := s.notice(out, pgwire.SeverityWarning, warning); err != nil {
				return err
			}
		}
		if err := s.transactionModes(stmt.Modes); err != nil {
			return err
		}
		return out.Complete("SET")
	case "SESSION CHARACTERISTICS AS TRANSACTION":
		if err := s.sessionModes(stmt.Modes); err != nil {
			return err
		}
		return out.Complete("SET")
	default:
		return unsupported(stmt, "SET "+stmt.Kind)
	}
	if stmt.FromCurrent {
		return unsupported(stmt, "SET ... FROM CURRENT")
	}
	name := settingName(stmt.Name)
	if stmt.Local && s.tx.state != txBlock && s.tx.alone {
		warning := pgerr.New(pgerr.NoActiveSQLTransaction, "SET LOCAL can only be used in transaction blocks")
		if err := s.notice(out, pgwire.SeverityWarning, warning); err != nil {
			return err
		}
	}
	text, err := settingText(name, stmt.Values)
	if err != nil {
		return err
	}
	if _, err := s.set(name, text, stmt.Local); err != nil {
		return err
	}
	if known := settingByName[strings.ToLower(name)]; known != nil && known.how == none {
		if err := s.noticef(out, "setting %q is kept, and has no effect in Freshet", known.name); err != nil {
			return err
		}
	}
	return out.Complete("SET")
}

func settingName(n *ast.Name) string {
	parts := make([]string, len(n.Parts))
	for i, p := range n.Parts {
		parts[i] = string(p)
	}
	return strings.Join(parts, ".")
}

// settingText is the text of the values of SET, nil for DEFAULT (flatten_set_variable_args).
func settingText(name string, values []ast.Expr) (*string, error) {
	if len(values) == 0 {
		return nil, nil
	}
	list := strings.EqualFold(name, "search_path") || strings.EqualFold(name, "datestyle")
	if len(values) > 1 && !list {
		return nil, pgerr.Newf(pgerr.InvalidParameterValue, "SET %s takes only one argument", name)
	}
	var texts []string
	for _, v := range values {
		text, err := constantText(v)
		if err != nil {
			return nil, err
		}
		if strings.EqualFold(name, "search_path") {
			text = ast.QuoteIdent(text)
		}
		texts = append(texts, text)
	}
	text := strings.Join(texts, ", ")
	return &text, nil
}

// constantText is a constant as SET takes it.
func constantText(x ast.Expr) (string, error) {
	switch x := x.(type) {
	case *ast.Literal:
		if x.Kind == ast.NullLiteral {
			break
		}
		return x.Text, nil
	case *ast.ColumnRef:
		return string(x.Parts[len(x.Parts)-1]), nil
	case *ast.Unary:
		if text, err := constantText(x.X); err == nil && (x.Op.Name == "-" || x.Op.Name == "+") {
			return strings.TrimPrefix(x.Op.Name, "+") + text, nil
		}
	case *ast.Cast: // the interval of SET TIME ZONE
		return zoneOfInterval(x)
	default:
	}
	return "", unsupported(x, "this value of a setting")
}

// zoneOfInterval makes a time zone of SET TIME ZONE INTERVAL '...'.
func zoneOfInterval(x *ast.Cast) (string, error) {
	literal, ok := x.X.(*ast.Literal)
	if !ok {
		return "", unsupported(x, "this value of a setting")
	}
	value, err := datetime.ParseInterval(literal.Text, -1)
	if err != nil {
		return "", err
	}
	invalid := pgerr.Newf(pgerr.InvalidParameterValue, "invalid value for parameter %q: %q", "TimeZone", "INTERVAL '"+literal.Text+"'")
	switch {
	case value.Months != 0:
		return "", invalid.WithDetail("Cannot specify months in time zone interval.")
	case value.Days != 0:
		return "", invalid.WithDetail("Cannot specify days in time zone interval.")
	}
	zone, err := zoneEast(float64(value.Micros) / 1e6)
	if e := (*errSetting)(nil); errors.As(err, &e) {
		return "", invalid.WithDetail("%s", e.detail)
	}
	return zone, err
}

// sessionModes are the modes of the transactions to come.
func (s *Session) sessionModes(modes []string) error {
	for _, m := range modes {
		name, value := "", ""
		switch upper := strings.ToUpper(m); {
		case upper == "READ ONLY":
			name, value = "default_transaction_read_only", "on"
		case upper == "READ WRITE":
			name, value = "default_transaction_read_only", "off"
		case strings.HasPrefix(upper, "ISOLATION LEVEL "):
			name, value = "default_transaction_isolation", strings.ToLower(strings.TrimPrefix(upper, "ISOLATION LEVEL "))
		case upper == "DEFERRABLE":
			name, value = "default_transaction_deferrable", "on"
		default:
			name, value = "default_transaction_deferrable", "off"
		}
		if _, err := s.set(name, &value, false); err != nil {
			return err
		}
	}
	return nil
}

// runReset runs RESET.
func runReset(_ context.Context, s *Session, stmt *ast.Reset, out pgwire.Out) error {
	if stmt.Name == nil {
		s.resetAll()
		return out.Complete("RESET")
	}
	if _, err := s.set(settingName(stmt.Name), nil, false); err != nil {
		return err
	}
	return out.Complete("RESET")
}

func (s *Session) resetAll() {
	s.vars.touch()
	clear(s.vars.session)
	clear(s.vars.local)
	s.settingsChanged()
}

// runDiscard runs DISCARD.
func runDiscard(_ context.Context, s *Session, stmt *ast.Discard, out pgwire.Out) error {
	switch stmt.Kind {
	case "ALL":
		if s.tx.state == txBlock {
			return pgerr.New(pgerr.ActiveSQLTransaction, "DISCARD ALL cannot run inside a transaction block")
		}
		s.closeCursors(true)
		clear(s.prepared)
		s.engine.sessions.listen(s, "", false)
		s.engine.advisory.unlockAll(s)
		s.forgetSequences()
		s.resetAll()
	case "PLANS":
		for _, p := range s.prepared {
			p.plan = nil
		}
	case "SEQUENCES":
		s.forgetSequences()
	case "TEMP": // there are none
	}
	return out.Complete("DISCARD " + stmt.Kind)
}

func (s *Session) forgetSequences() {
	s.lastValues = map[catalog.ID]int64{}
	s.lastSequence = 0
}

// planShowSetting plans SHOW name and SHOW ALL.
func planShowSetting(s *Session, stmt *ast.ShowSetting, _ []types.OID) (plan, error) {
	if stmt.Name == nil {
		return &listing{
			tag: "SHOW", columns: textColumns("name", "setting", "description"),
			rows: func(s *Session) ([][]string, error) {
				var rows [][]string
				for i := range settings {
					rows = append(rows, []string{settings[i].name, s.shown(&settings[i]), settings[i].doc})
				}
				for _, name := range slices.Sorted(maps.Keys(s.vars.session)) {
					if settingByName[name] == nil {
						rows = append(rows, []string{name, s.setting(name), ""})
					}
				}
				return rows, nil
			},
		}, nil
	}
	name := settingName(stmt.Name)
	title := name
	if known, err := findSetting(name); err == nil {
		title = known.name
	} else if _, own := s.vars.get(strings.ToLower(name)); !own {
		return nil, err
	}
	return &listing{tag: "SHOW", columns: textColumns(title), rows: func(s *Session) ([][]string, error) {
		if known := settingByName[strings.ToLower(name)]; known != nil {
			return [][]string{{s.shown(known)}}, nil
		}
		return [][]string{{s.setting(strings.ToLower(name))}}, nil
	}}, nil
}

// shown is the value of a setting as SHOW gives it.
func (s *Session) shown(known *setting) string {
	switch strings.ToLower(known.name) {
	case "transaction_read_only":
		return onOff(s.tx.readOnly)
	case "session_authorization":
		return s.start.User
	default:
		return s.setting(strings.ToLower(known.name))
	}
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}
