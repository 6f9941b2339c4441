package session

import (
	"slices"
	"strings"

	"github.com/freshetdb/freshet/catalog/pgcatalog"
)

// figures are what the relations of sys show.
func (e *Engine) figures(s *Session) pgcatalog.Stats {
	return pgcatalog.Stats{
		Sessions: func() []pgcatalog.SessionInfo {
			var all []pgcatalog.SessionInfo
			for _, other := range e.sessions.all() {
				all = append(all, other.info())
			}
			slices.SortFunc(all, func(a, b pgcatalog.SessionInfo) int { return int(a.PID) - int(b.PID) })
			return all
		},
		Settings:   s.settingRows,
		TableBytes: e.size,
	}
}

// settingRows are the rows of pg_settings.
func (s *Session) settingRows() []pgcatalog.Setting {
	all := make([]pgcatalog.Setting, 0, len(settings))
	for i := range settings {
		known := &settings[i]
		lower := strings.ToLower(known.name)
		row := pgcatalog.Setting{
			Name: known.name, Value: s.shown(known), Category: "Freshet", Short: known.doc, Context: "user", Type: "string", Source: "default",
			Boot: known.value, Reset: known.value,
		}
		if known.check == nil {
			row.Context = "internal"
		}
		if value, ok := s.vars.startup[lower]; ok {
			row.Reset, row.Source = value, "client"
		}
		if _, ok := s.vars.session[lower]; ok {
			row.Source = "session"
		}
		if row.Value == "on" || row.Value == "off" {
			row.Type = "bool"
		}
		all = append(all, row)
	}
	return all
}

// jobs is work that goes on behind statements.
func (e *Engine) jobs() []pgcatalog.Job { return nil }

// Statements is how many statements have run, by what they do.
func (e *Engine) Statements() map[string]int64 {
	names := [...]string{reads: "read", writes: "write", defines: "define", defineAlone: "define", controls: "control"}
	all := map[string]int64{}
	for i := range e.statements {
		all[names[i]] += e.statements[i].Load()
	}
	return all
}

// Conflicts is how many transactions have been refused because of others.
func (e *Engine) Conflicts() int64 { return e.conflicts.Load() }
