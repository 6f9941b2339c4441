package session

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/parse"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/sql/types/datetime"
)

// settingByName finds a setting; names are compared in lower case.
var settingByName = func() map[string]*setting {
	m := map[string]*setting{}
	for i := range settings {
		m[strings.ToLower(settings[i].name)] = &settings[i]
	}
	return m
}()

func findSetting(name string) (*setting, error) {
	if s := settingByName[strings.ToLower(name)]; s != nil {
		return s, nil
	}
	return nil, pgerr.Newf(pgerr.UndefinedObject, "unrecognized configuration parameter %q", name)
}

// variables are the values of a session's settings. They follow its transactions: what an aborted one has set is as before,
// and what SET LOCAL has set ends with its transaction.
type variables struct {
	// startup are the defaults that RESET goes back to, where the client gave them when it connected.
	startup map[string]string
	session map[string]string
	local   map[string]string
	// saved is session as it was when the transaction began; nil if nothing has changed since.
	saved map[string]string
}

func newVariables() *variables {
	return &variables{startup: map[string]string{}, session: map[string]string{}, local: map[string]string{}}
}

// get returns a value by the name in lower case.
func (v *variables) get(lower string) (string, bool) {
	for _, m := range []map[string]string{v.local, v.session, v.startup} {
		if value, ok := m[lower]; ok {
			return value, true
		}
	}
	if s := settingByName[lower]; s != nil {
		return s.value, true
	}
	return "", false
}

// touch remembers the values for rollback, before one of them is changed.
func (v *variables) touch() {
	if v.saved == nil {
		v.saved = maps.Clone(v.session)
	}
}

// end ends the transaction, and tells whether values may be others than before.
func (v *variables) end(committed bool) (changed bool) {
	if v.saved == nil {
		return false
	}
	if !committed {
		v.session = v.saved
	}
	v.saved = nil
	clear(v.local)
	return true
}

// setting gives the text of a setting that is known to exist.
func (s *Session) setting(lower string) string {
	value, _ := s.vars.get(lower)
	return value
}

// set changes a setting as SET does; text nil is DEFAULT.
func (s *Session) set(name string, text *string, local bool) (shown string, err error) {
	lower := strings.ToLower(name)
	s.vars.touch()
	target := s.vars.session
	if local {
		target = s.vars.local
	}
	known, err := findSetting(name)
	switch {
	case err != nil && strings.Contains(name, "."): // of somebody's own
		if text == nil {
			delete(target, lower)
			return "", nil
		}
		target[lower] = *text
		return *text, nil
	case err != nil:
		return "", err
	case known.check == nil:
		return "", pgerr.Newf(pgerr.CantChangeRuntimeParam, "parameter %q cannot be changed", known.name)
	}
	if text == nil {
		fallback, ok := s.vars.startup[lower]
		if !ok {
			fallback = known.value
		}
		text = &fallback
	}
	value, err := known.check(*text)
	if err != nil {
		return "", refused(known, *text, err)
	}
	if err := s.apply(known, value); err != nil {
		return "", err
	}
	if known.how != transactional {
		target[lower] = value
	}
	if target := s.vars.local; !local {
		delete(target, lower)
	}
	s.settingsChanged()
	return value, nil
}

// refused makes PostgreSQL's error of what a check said.
func refused(known *setting, value string, err error) error {
	var e *errSetting
	if !errors.As(err, &e) {
		return err
	}
	out := pgerr.Newf(e.code, "invalid value for parameter %q: %q", known.name, value)
	switch {
	case strings.HasPrefix(e.message, "requires"):
		out.Message = `parameter "` + known.name + `" ` + e.message
	case e.message != "":
		out.Message = strings.Replace(e.message, "is outside the valid range", `is outside the valid range for parameter "`+known.name+`"`, 1)
	}
	out.Detail, out.Hint = e.detail, e.hint
	return out
}

// apply does what a change means beyond the value that is kept.
func (s *Session) apply(known *setting, value string) error {
	switch strings.ToLower(known.name) {
	case "transaction_read_only":
		return s.tx.setReadOnly(value == "on")
	case "session_authorization", "role":
		if value != "none" && value != "default" && value != s.start.User {
			return pgerr.Newf(pgerr.FeatureNotSupported, "roles are not supported").
				WithHint("Every user acts as the owner of everything.")
		}
	}
	return nil
}

// hotSettings are the values that every statement asks for.
type hotSettings struct {
	application, path string
	// text is what decides how values are read and written as text.
	text                                      string
	readOnly                                  bool
	statementTimeout, idle, idleInTransaction time.Duration
}

// settingsChanged throws away what was derived of the settings, and tells the client of those that it follows.
func (s *Session) settingsChanged() {
	s.derived, s.settled = nil, nil
	s.hot = hotSettings{
		application: s.setting("application_name"), path: s.setting("search_path"), readOnly: s.setting("default_transaction_read_only") == "on",
		text: strings.Join([]string{
			s.setting("timezone"), s.setting("datestyle"), s.setting("bytea_output"), s.setting("extra_float_digits"),
		}, "/"),
		statementTimeout: s.duration("statement_timeout"), idle: s.duration("idle_session_timeout"),
		idleInTransaction: s.duration("idle_in_transaction_session_timeout"),
	}
	s.parse = parse.Options{StandardConformingStrings: s.setting("standard_conforming_strings") == "on"}
	if s.setting("sql_dialect") == "flink" {
		s.parse.Dialect = parse.Flink
	}
	for i := range settings {
		if settings[i].how == reports {
			s.peer.SetParameter(settings[i].name, s.setting(strings.ToLower(settings[i].name)))
		}
	}
}

// Settings implements pgwire.Settled.
func (s *Session) Settings() *types.Settings {
	if s.derived != nil {
		return s.derived
	}
	if s.settled == nil {
		s.settled = s.readSettings()
	}
	d := *s.settled
	d.Now = s.tx.now
	env := s.env()
	d.Names, d.Enums = env, env
	s.derived = &d
	return s.derived
}

// readSettings is what the settings say, but for the time.
func (s *Session) readSettings() *types.Settings {
	d := *types.DefaultSettings
	d.ByteaEscape = s.setting("bytea_output") == "escape"
	d.DateOrder = dateOrder(s.setting("datestyle"))
	if location, err := datetime.FindZone(s.setting("timezone")); err == nil { // it was checked when it was set
		d.Location = location
	}
	if n, err := strconv.Atoi(s.setting("extra_float_digits")); err == nil { // so was this
		d.ExtraFloatDigits = n
	}
	return &d
}

func (s *Session) duration(name string) time.Duration {
	ms, _ := unitMillis.parse(s.setting(name)) // it was checked when it was set
	return time.Duration(ms) * time.Millisecond
}

// wants tells whether the client wants to hear of a notice.
func (s *Session) wants(level string) bool {
	return slices.Index(messageLevels, level) >= slices.Index(messageLevels, s.setting("client_min_messages"))
}
