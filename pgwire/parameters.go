package pgwire

import (
	"maps"
	"slices"
	"strings"
)

// DefaultParameters is what a client is told of a setting that the session has not reported: the set that PostgreSQL 15 reports,
// with what Freshet always is. server_version comes from the Config, the user and application_name from the start.
var DefaultParameters = map[string]string{
	"application_name":              "",
	"client_encoding":               "UTF8",
	"DateStyle":                     "ISO, MDY",
	"default_transaction_read_only": "off",
	"in_hot_standby":                "off",
	"integer_datetimes":             "on",
	"IntervalStyle":                 "postgres",
	"is_superuser":                  "on",
	"server_encoding":               "UTF8",
	"server_version":                "15.0",
	"session_authorization":         "",
	"standard_conforming_strings":   "on",
	"TimeZone":                      "UTC",
}

// parameters follows what the client has been told of its settings.
type parameters struct {
	told    map[string]string
	current map[string]string
	changed bool
}

func newParameters(start Startup, serverVersion string) parameters {
	current := maps.Clone(DefaultParameters)
	current["server_version"] = serverVersion
	current["session_authorization"] = start.User
	for name, value := range start.Parameters {
		if strings.EqualFold(name, "application_name") {
			current["application_name"] = value
		}
	}
	return parameters{told: make(map[string]string, len(current)), current: current, changed: true}
}

// set takes a new value; a name that differs from a known one only in case is that one.
func (p *parameters) set(name, value string) {
	if _, ok := p.current[name]; !ok {
		for known := range p.current {
			if strings.EqualFold(known, name) {
				name = known
				break
			}
		}
	}
	if old, ok := p.current[name]; !ok || old != value {
		p.current[name] = value
		p.changed = true
	}
}

// report calls tell for each setting whose value is not what the client was told last, in PostgreSQL's order: by name,
// whatever its case.
func (p *parameters) report(tell func(name, value string)) {
	if !p.changed {
		return
	}
	p.changed = false
	names := slices.SortedFunc(maps.Keys(p.current), func(a, b string) int {
		return strings.Compare(strings.ToLower(a), strings.ToLower(b))
	})
	for _, name := range names {
		value := p.current[name]
		if told, ok := p.told[name]; !ok || told != value {
			p.told[name] = value
			tell(name, value)
		}
	}
}
