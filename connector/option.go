package connector

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// Option is one option of a connector or a format: a line of its table, of its documentation and of its error messages.
type Option struct {
	// Name is what users write. One segment between dots may be "*", which stands for any text: "fields.*.kind".
	Name string
	// Aliases are other spellings that are accepted.
	Aliases []string
	Type    OptionType
	// Default is the text that stands for a missing value; empty: none, and Values.Has is false.
	Default string
	// Required options must be given.
	Required bool
	// Words are the values of a Word option.
	Words []string
	// Min and Max bound an Integer, a Decimal or a Duration (in microseconds), both inclusive, if Min < Max.
	Min, Max int64
	// Doc is one sentence or two.
	Doc string
}

// OptionType says how the text of an option is read.
type OptionType uint8

// The types of options.
const (
	Text      OptionType = iota // any text
	Integer                     // a whole number; 1_000 and 1e6 too
	Decimal                     // a number
	Boolean                     // true, false, on, off, yes, no, 1, 0
	Word                        // one of Option.Words, in any case
	Duration                    // an interval: '30s', '5 min', '100us'; or off, which is 0
	Timestamp                   // ISO 8601, UTC if there is no offset
)

// String names the type for documentation and messages.
func (t OptionType) String() string {
	return [...]string{"text", "integer", "number", "boolean", "word", "interval", "timestamp"}[t]
}

// Setting is an option as a user wrote it.
type Setting struct {
	Name, Value string
	// Position is where it stands in the statement, in characters from 1, or 0.
	Position int
}

// SourceOptions are those that every source has. The runtime obeys them, not the connector.
var SourceOptions = []Option{
	{
		Name: "watermark.idle_timeout", Type: Duration, Default: "30s", Max: math.MaxInt64,
		Doc: "A partition without rows for this long does not hold the watermark back. off: it does for ever.",
	},
	{
		Name: "watermark.max_future", Type: Duration, Default: "5min", Max: math.MaxInt64,
		Doc: "A row further than this past the clock does not move the watermark. off: every row does.",
	},
	{
		Name: "rate_limit", Type: Decimal, Max: maxRate,
		Doc: "At most this many rows are taken per second, over all partitions.",
	},
}

// ReplayOptions are those of sinks that are given again what they have not taken. The runtime obeys them, not the connector.
var ReplayOptions = []Option{{
	Name: "max_lag_bytes", Type: Integer, Default: "1_073_741_824", Min: 1 << 20, Max: math.MaxInt64,
	Doc: "How many bytes of changes may wait for the sink on disk. A sink that lags further has failed.",
}}

// maxRate bounds rates, in rows per second, far above what any machine does, so that the arithmetic of Bucket is exact enough.
const maxRate = 1_000_000_000_000

// Values are checked options.
type Values struct {
	byName map[string]value
}

type value struct {
	given bool
	text  string
	num   int64   // Integer, Boolean, Duration and Timestamp (microseconds)
	dec   float64 // Decimal
}

// ParseOptions checks settings against a table. what names its owner in messages: "connector file".
func ParseOptions(what string, table []Option, settings []Setting) (Values, error) {
	v := Values{byName: map[string]value{}}
	for i := range table {
		o := &table[i]
		if o.Default == "" {
			continue
		}
		val, err := o.parse(o.Default)
		if err != nil {
			return Values{}, err
		}
		v.byName[o.Name] = val
	}
	for _, s := range settings {
		o, name := find(table, s.Name)
		if o == nil {
			return Values{}, pgerr.Newf(pgerr.InvalidParameterValue, "%s has no option %q", what, s.Name).
				At(s.Position).WithHint("Valid options are: %s.", strings.Join(names(table), ", "))
		}
		if v.byName[name].given {
			return Values{}, pgerr.Newf(pgerr.SyntaxError, "option %q is given more than once", s.Name).At(s.Position)
		}
		val, err := o.parse(s.Value)
		if err != nil {
			return Values{}, err.At(s.Position)
		}
		val.given = true
		v.byName[name] = val
	}
	for i := range table {
		if _, ok := v.byName[table[i].Name]; table[i].Required && !ok {
			return Values{}, pgerr.Newf(pgerr.InvalidParameterValue, "%s needs option %q", what, table[i].Name).
				WithHint("%s", table[i].Doc)
		}
	}
	return v, nil
}

// find answers the option of a name, and the name in the option's own spelling.
func find(table []Option, name string) (*Option, string) {
	for i := range table {
		o := &table[i]
		if strings.EqualFold(o.Name, name) {
			return o, o.Name
		}
		if prefix, suffix, ok := strings.Cut(o.Name, "*"); ok && wild(name, prefix, suffix) {
			return o, prefix + name[len(prefix):len(name)-len(suffix)] + suffix
		}
		for _, a := range o.Aliases {
			if strings.EqualFold(a, name) {
				return o, o.Name
			}
		}
	}
	return nil, ""
}

func wild(name, prefix, suffix string) bool {
	return len(name) > len(prefix)+len(suffix) && strings.EqualFold(name[:len(prefix)], prefix) &&
		strings.EqualFold(name[len(name)-len(suffix):], suffix)
}

func names(table []Option) []string {
	var list []string
	for i := range table {
		list = append(list, table[i].Name)
	}
	slices.Sort(list)
	return list
}

func (o *Option) parse(text string) (value, *pgerr.Error) {
	v := value{text: text}
	t := strings.TrimSpace(text)
	ok := true
	switch o.Type {
	case Text:
		return v, nil
	case Integer:
		v.num, ok = parseInteger(t)
		ok = ok && o.inRange(float64(v.num))
	case Decimal:
		var err error
		v.dec, err = strconv.ParseFloat(t, 64)
		ok = err == nil && !math.IsNaN(v.dec) && !math.IsInf(v.dec, 0) && o.inRange(v.dec)
	case Boolean:
		v.num, ok = parseBoolean(t)
	case Word:
		v.text = strings.ToLower(t)
		ok = slices.Contains(o.Words, v.text)
	case Duration:
		v.num, ok = ParseDuration(t)
		ok = ok && o.inRange(float64(v.num))
	case Timestamp:
		v.num, ok = ParseTime(t)
	}
	if ok {
		return v, nil
	}
	e := pgerr.Newf(pgerr.InvalidParameterValue, "invalid value for option %q: %q", o.Name, text)
	return v, e.WithHint("%s", o.expects())
}

func (o *Option) inRange(f float64) bool {
	return o.Min >= o.Max || f >= float64(o.Min) && f <= float64(o.Max)
}

func (o *Option) expects() string {
	switch {
	case o.Type == Word:
		return "Valid values are: " + strings.Join(o.Words, ", ") + "."
	case o.Type == Duration:
		return "It takes an interval such as '30s', '5min' or '1 day', or off."
	case o.Type == Timestamp:
		return "It takes a time such as '2026-01-31 12:00:00' or '2026-01-31T12:00:00Z'."
	case o.Min < o.Max && o.Max == math.MaxInt64:
		return "It takes a value of type " + o.Type.String() + " from " + strconv.FormatInt(o.Min, 10) + "."
	case o.Min < o.Max:
		return "It takes a value of type " + o.Type.String() + " from " + strconv.FormatInt(o.Min, 10) +
			" to " + strconv.FormatInt(o.Max, 10) + "."
	default:
		return "It takes a value of type " + o.Type.String() + "."
	}
}

// Has tells whether an option has a value, given or by default.
func (v Values) Has(name string) bool {
	_, ok := v.byName[name]
	return ok
}

// Text is the value as it was written; of a Word in lower case.
func (v Values) Text(name string) string { return v.byName[name].text }

// Int is the value of an Integer, or 0.
func (v Values) Int(name string) int64 { return v.byName[name].num }

// Float is the value of a Decimal, or 0.
func (v Values) Float(name string) float64 { return v.byName[name].dec }

// Bool is the value of a Boolean, or false.
func (v Values) Bool(name string) bool { return v.byName[name].num != 0 }

// Micros is the value of a Duration, in microseconds, or of a Timestamp, in microseconds since 1970-01-01 UTC; or 0.
func (v Values) Micros(name string) int64 { return v.byName[name].num }

// Wild lists what was given for the star of an option such as "fields.*.kind", sorted.
func (v Values) Wild(name string) []string {
	prefix, suffix, _ := strings.Cut(name, "*")
	var list []string
	for n := range v.byName {
		if len(n) > len(prefix)+len(suffix) && strings.HasPrefix(n, prefix) && strings.HasSuffix(n, suffix) {
			list = append(list, n[len(prefix):len(n)-len(suffix)])
		}
	}
	slices.Sort(list)
	return list
}
