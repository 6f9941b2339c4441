package session

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/types/datetime"
)

// errSetting is what a check returns for a value that it does not take. The caller says of which setting.
type errSetting struct {
	code pgerr.Code
	// message replaces `invalid value for parameter "name": "value"`.
	message      string
	detail, hint string
}

func (e *errSetting) Error() string { return e.message }

var errInvalid = &errSetting{code: pgerr.InvalidParameterValue}

func asText(value string) (string, error) { return value, nil }

func asBool(value string) (string, error) {
	on, ok := parseBool(value)
	switch {
	case !ok:
		return "", &errSetting{code: pgerr.InvalidParameterValue, message: "requires a Boolean value"}
	case on:
		return "on", nil
	default:
		return "off", nil
	}
}

// parseBool reads a boolean as settings and options take it: any unique beginning of its words (parse_bool).
func parseBool(value string) (on, ok bool) {
	v := strings.ToLower(strings.TrimSpace(value))
	switch {
	case v == "":
		return false, false
	case v == "1", v == "on", strings.HasPrefix("true", v), strings.HasPrefix("yes", v):
		return true, true
	case v == "0", strings.HasPrefix("false", v), strings.HasPrefix("no", v), len(v) > 1 && strings.HasPrefix("off", v):
		return false, true
	default:
		return false, false
	}
}

func oneOf(words ...string) func(string) (string, error) {
	return func(value string) (string, error) {
		if v := strings.ToLower(value); slices.Contains(words, v) {
			return v, nil
		}
		return "", &errSetting{code: pgerr.InvalidParameterValue, hint: "Available values: " + strings.Join(words, ", ") + "."}
	}
}

// only takes the one value, or the spellings of it, that Freshet has; PostgreSQL has others.
func only(words ...string) func(string) (string, error) {
	return func(value string) (string, error) {
		for _, w := range words {
			if strings.EqualFold(w, value) {
				return words[0], nil
			}
		}
		return "", &errSetting{code: pgerr.FeatureNotSupported, hint: fmt.Sprintf("Freshet has %q only.", words[0])}
	}
}

// asEncoding looks at letters and digits only, as PostgreSQL does: asyncpg puts the name into quotes.
func asEncoding(value string) (string, error) {
	name := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, value)
	switch name {
	case "utf8", "unicode":
		return "UTF8", nil
	default:
		return "", &errSetting{code: pgerr.FeatureNotSupported, hint: "Freshet speaks UTF8 only."}
	}
}

// messageLevels are the values of client_min_messages, from the least to the most that is held back.
var messageLevels = []string{"debug5", "debug4", "debug3", "debug2", "debug1", "log", "notice", "warning", "error"}

func asMessageLevel(value string) (string, error) {
	if strings.EqualFold(value, "debug") {
		return "debug2", nil
	}
	return oneOf(messageLevels...)(value)
}

func asDateStyle(value string) (string, error) {
	order := ""
	for _, word := range strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' }) {
		switch strings.ToLower(word) {
		case "iso", "default":
		case "mdy", "us", "noneuro", "noneuropean":
			order = "MDY"
		case "dmy", "euro", "european":
			order = "DMY"
		case "ymd":
			order = "YMD"
		case "sql", "postgres", "german":
			return "", &errSetting{code: pgerr.FeatureNotSupported, hint: "Freshet writes dates in the style ISO only."}
		default:
			return "", errInvalid
		}
	}
	if order == "" {
		order = "MDY"
	}
	return "ISO, " + order, nil
}

func dateOrder(style string) datetime.Order {
	switch style[len(style)-3:] {
	case "DMY":
		return datetime.DMY
	case "YMD":
		return datetime.YMD
	default:
		return datetime.MDY
	}
}

// isolationLevels are PostgreSQL's. All are served as the strictest, which SHOW says.
var isolationLevels = []string{"serializable", "repeatable read", "read committed", "read uncommitted"}

func asIsolation(value string) (string, error) {
	if _, err := oneOf(isolationLevels...)(value); err != nil {
		return "", err
	}
	return "serializable", nil
}

// asZone takes the name of a time zone, or how many hours it is east of UTC (check_timezone).
func asZone(value string) (string, error) {
	if hours, err := strconv.ParseFloat(value, 64); err == nil {
		return zoneEast(hours * 3600)
	}
	location, err := datetime.FindZone(value)
	if err != nil {
		return "", errInvalid
	}
	if _, offset := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).In(location).Zone(); offset%60 != 0 && !strings.HasPrefix(value, "<") { // those are zoneEast's
		return "", &errSetting{
			code: pgerr.InvalidParameterValue, message: fmt.Sprintf("time zone %q appears to use leap seconds", value),
			detail: "Freshet does not support leap seconds.",
		}
	}
	return location.String(), nil
}

// farthestZone is how far a zone can be from UTC, in seconds: PostgreSQL's bound is a week.
const farthestZone = 167*3600 + 3599

// zoneEast is the POSIX name of the zone that is so far east of UTC. The offset in it counts west, and its name is what is in the angle
// brackets (pg_tzset_offset).
func zoneEast(seconds float64) (string, error) {
	if !(math.Abs(seconds) <= farthestZone) {
		return "", &errSetting{code: pgerr.InvalidParameterValue, detail: "UTC timezone offset is out of range."}
	}
	name, offset, n := "+", "-", int(seconds)
	if n < 0 {
		name, offset, n = "-", "+", -n
	}
	text := fmt.Sprintf("%02d", n/3600)
	switch {
	case n%60 != 0:
		text += fmt.Sprintf(":%02d:%02d", n/60%60, n%60)
	case n%3600 != 0:
		text += fmt.Sprintf(":%02d", n/60%60)
	}
	return "<" + name + text + ">" + offset + text, nil
}

func asPath(value string) (string, error) {
	names, err := splitPath(value)
	if err != nil {
		return "", err
	}
	return joinPath(names), nil
}

// splitPath reads a list of identifiers: a, "B c", ... (SplitIdentifierString).
func splitPath(value string) ([]string, error) {
	invalid := &errSetting{code: pgerr.InvalidParameterValue, detail: "List syntax is invalid."}
	var names []string
	rest := strings.TrimSpace(value)
	if rest == "" {
		return nil, nil
	}
	for {
		var name string
		if strings.HasPrefix(rest, `"`) {
			end := 1
			for ; end < len(rest); end++ {
				if rest[end] == '"' {
					if end+1 >= len(rest) || rest[end+1] != '"' {
						break
					}
					end++
				}
			}
			if end >= len(rest) {
				return nil, invalid
			}
			name, rest = strings.ReplaceAll(rest[1:end], `""`, `"`), rest[end+1:]
		} else {
			end := strings.IndexAny(rest, ", ")
			if end < 0 {
				end = len(rest)
			}
			name, rest = strings.ToLower(rest[:end]), rest[end:]
			if name == "" {
				return nil, invalid
			}
		}
		names = append(names, name)
		if rest = strings.TrimSpace(rest); rest == "" {
			return names, nil
		}
		if rest[0] != ',' {
			return nil, invalid
		}
		rest = strings.TrimSpace(rest[1:])
	}
}

func joinPath(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = ast.QuoteIdent(n)
	}
	return strings.Join(quoted, ", ")
}
