package gen

import (
	"hash/fnv"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// Datagen is the kind for columns as the user describes them.
var Datagen = &connector.Kind{
	Name: "datagen",
	Doc:  "Makes rows of random values or sequences, for each column as its fields.COLUMN options say.",
	Options: []connector.Option{
		{
			Name: "rows", Aliases: []string{"number-of-rows"}, Type: connector.Integer, Max: maxEvents,
			Doc: "The stream ends after this many rows, or at the end of a sequence, whichever comes first.",
		},
		optionRate, optionSeed, optionGap,
		{
			Name: "fields.*.kind", Type: connector.Word, Words: []string{"random", "sequence"},
			Doc: "random (the default) or sequence.",
		},
		{Name: "fields.*.min", Doc: "The least random value; 0 for numbers, 2015-07-15 for times."},
		{Name: "fields.*.max", Doc: "The greatest random value; 1000 more than min for numbers, a year later for times. For double precision and real it is not reached itself."},
		{Name: "fields.*.start", Doc: "The first value of a sequence; 0 for numbers, 2015-07-15 for times, which then advance by event_gap."},
		{Name: "fields.*.end", Doc: "The last value of a sequence, at which the stream ends; there is none if it is left out."},
		{Name: "fields.*.length", Type: connector.Integer, Min: 1, Max: 1 << 20, Doc: "How many letters a random text has; 10 if it is left out."},
		{Name: "fields.*.seed", Type: connector.Integer, Doc: "The seed of one column, in place of one that is derived from seed and the column's name."},
	},
	Source: func(c connector.Config) (connector.Source, error) {
		t, err := datagenTable(c)
		if err != nil {
			return nil, err
		}
		return newSource("datagen", t, c.Columns, c.Options.Float("rows_per_second"))
	},
}

// datagenTable makes the table of the declared columns.
func datagenTable(c connector.Config) (*table, error) {
	t := &table{rows: endless}
	if c.Options.Has("rows") {
		t.rows = c.Options.Int("rows")
	}
	var names []string
	for _, col := range c.Columns {
		if col.Meta != connector.NoMeta {
			continue
		}
		names = append(names, strings.ToLower(col.Name))
		f, err := newField(c.Options, col)
		if err != nil {
			return nil, err
		}
		made, rows, err := f.column()
		if err != nil {
			return nil, err
		}
		t.columns = append(t.columns, made)
		t.rows = min(t.rows, rows)
	}
	for _, suffix := range []string{"kind", "min", "max", "start", "end", "length", "seed"} {
		for _, name := range c.Options.Wild("fields.*." + suffix) {
			if !slices.Contains(names, strings.ToLower(name)) {
				return nil, pgerr.Newf(pgerr.UndefinedColumn, "option \"fields.%s.%s\" is for a column that is not declared", name, suffix)
			}
		}
	}
	return t, nil
}

// field is one column of datagen, as it is described.
type field struct {
	connector.Column
	options connector.Values
	prefix  string // of its options
	numbers stream
	gap     int64 // microseconds between two rows of a sequence of times
}

func newField(v connector.Values, c connector.Column) (*field, error) {
	f := &field{Column: c, options: v, prefix: "fields." + c.Name + ".", gap: max(gapNanos(v, 1)/1000, 1)}
	for _, suffix := range []string{"kind", "min", "max", "start", "end", "length", "seed"} {
		for _, name := range v.Wild("fields.*." + suffix) {
			if strings.EqualFold(name, c.Name) {
				f.prefix = "fields." + name + "."
			}
		}
	}
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(strings.ToLower(c.Name)))
	f.numbers = newStream(v.Int("seed"), hash.Sum64())
	if f.has("seed") {
		f.numbers = newStream(v.Int(f.prefix+"seed"), fieldDatagen)
	}
	return f, f.check()
}

// fieldDatagen is the field of streams with a seed of their own.
const fieldDatagen = 200

func (f *field) has(option string) bool    { return f.options.Has(f.prefix + option) }
func (f *field) text(option string) string { return f.options.Text(f.prefix + option) }
func (f *field) sequence() bool            { return f.text("kind") == "sequence" }

// check refuses options that would mean nothing.
func (f *field) check() error {
	useless := []string{"start", "end"}
	if f.sequence() {
		useless = []string{"min", "max", "length", "seed"}
	}
	switch f.Type.OID {
	case types.OIDText, types.OIDVarchar, types.OIDUUID, types.OIDBool:
		useless = append(useless, "min", "max")
		if f.Type.OID == types.OIDUUID || f.Type.OID == types.OIDBool {
			useless = append(useless, "length")
		}
	default:
		useless = append(useless, "length")
	}
	for _, option := range useless {
		if f.has(option) {
			kind := f.text("kind")
			if kind == "" {
				kind = "random"
			}
			return pgerr.Newf(pgerr.InvalidParameterValue, "option \"%s%s\" has no meaning for a %s column of type %s",
				f.prefix, option, kind, types.FormatType(f.Type))
		}
	}
	return nil
}

// column makes the column, and says how many rows it has.
func (f *field) column() (column, int64, error) {
	switch f.Type.OID {
	case types.OIDInt2:
		return f.ints(parseInt, math.MinInt16, math.MaxInt16, 1)
	case types.OIDInt4:
		return f.ints(parseInt, math.MinInt32, math.MaxInt32, 1)
	case types.OIDInt8:
		return f.ints(parseInt, math.MinInt64, math.MaxInt64, 1)
	case types.OIDTimestamp, types.OIDTimestamptz:
		return f.ints(connector.ParseTime, -maxMicros, maxMicros, f.gap)
	case types.OIDDate:
		return f.ints(parseDays, -maxDays, maxDays, 1)
	case types.OIDFloat4, types.OIDFloat8:
		return f.floats()
	case types.OIDBool, types.OIDText, types.OIDVarchar, types.OIDUUID:
		if !f.sequence() {
			return f.random(), endless, nil
		}
	default:
	}
	return column{}, 0, pgerr.Newf(pgerr.FeatureNotSupported, "datagen cannot make a %s for column %q of type %s",
		map[bool]string{true: "sequence", false: "random value"}[f.sequence()], f.Name, types.FormatType(f.Type)).
		WithHint("It makes integers, floating-point numbers, dates, timestamps, and random boolean, text and uuid.")
}

// random makes the columns whose values have no order.
func (f *field) random() column {
	s := f.numbers
	var c column
	switch f.Type.OID {
	case types.OIDBool:
		c.fill = func(v *batch.Vec, from int64, n int) {
			for row := from; row < from+int64(n); row++ {
				v.Bools = append(v.Bools, s.at(row)>>63 == 1)
			}
		}
	case types.OIDUUID:
		c = texts(f.Name, func(dst []byte, row int64) []byte {
			var text [uuidSize]byte
			return appendUUIDBytes(dst, appendUUID(text[:0], s.at(row)))
		})
	default:
		length := 10
		if f.has("length") {
			length = int(f.options.Int(f.prefix + "length"))
		}
		if limit := int(f.Type.Mod) - 4; f.Type.Mod >= 4 && length > limit {
			length = limit
		}
		c = texts(f.Name, func(dst []byte, row int64) []byte { return appendLetters(dst, s.at(row), length) })
	}
	c.name, c.typ = f.Name, f.Type
	return c
}

// appendUUIDBytes appends the sixteen bytes of a UUID's text.
func appendUUIDBytes(dst, text []byte) []byte {
	high := -1
	for _, c := range text {
		digit := strings.IndexByte(hexDigits, c)
		switch {
		case digit < 0:
		case high < 0:
			high = digit
		default:
			dst = append(dst, byte(high<<4|digit))
			high = -1
		}
	}
	return dst
}

// ints makes a column of numbers, dates or times. parse reads the options, low and high are what the type holds, and step is how far
// apart the values of a sequence are.
func (f *field) ints(parse func(string) (int64, bool), low, high, step int64) (column, int64, error) {
	get := func(option string, usual int64) (int64, error) {
		if !f.has(option) {
			return usual, nil
		}
		n, ok := parse(strings.TrimSpace(f.text(option)))
		if !ok || n < low || n > high {
			return 0, f.invalid(option)
		}
		return n, nil
	}
	first, _ := parse("2015-07-15") // not a number, so 0 for integers
	if f.sequence() {
		start, err := get("start", first)
		if err != nil {
			return column{}, 0, err
		}
		end, err := get("end", high)
		if err != nil {
			return column{}, 0, err
		}
		rows := int64(0)
		if end >= start {
			rows = int64(min(uint64(end-start)/uint64(step), endless-1)) + 1
		}
		if !f.has("end") && rows > maxEvents {
			rows = endless
		}
		c := ints(f.Name, 0, each(func(row int64) int64 { return start + row*step }))
		c.typ = f.Type
		return c, rows, nil
	}
	least, err := get("min", first)
	if err != nil {
		return column{}, 0, err
	}
	most, err := get("max", f.usualMax(least, high))
	if err != nil {
		return column{}, 0, err
	}
	if most < least {
		return column{}, 0, f.invalid("max")
	}
	span := uint64(most) - uint64(least) + 1 // 0: all of int64
	s := f.numbers
	c := ints(f.Name, 0, each(func(row int64) int64 {
		h := s.at(row)
		if span == 0 {
			return int64(h)
		}
		return int64(uint64(least) + uint64(below(h, int64(span))))
	}))
	c.typ = f.Type
	return c, endless, nil
}

// Datagen makes times and dates up to about the year 11000.
const (
	maxMicros = 285_000_000_000_000_000
	maxDays   = 3_300_000
)

// usualMax is the greatest value for a column that names none.
func (f *field) usualMax(least, high int64) int64 {
	usual := map[types.OID]int64{types.OIDDate: 365, types.OIDTimestamp: 365 * 86_400_000_000, types.OIDTimestamptz: 365 * 86_400_000_000}
	more, ok := usual[f.Type.OID]
	if !ok {
		more = 1000
	}
	if least > high-more {
		return high
	}
	return least + more
}

func (f *field) floats() (column, int64, error) {
	get := func(option string, usual float64) (float64, error) {
		if !f.has(option) {
			return usual, nil
		}
		x, err := strconv.ParseFloat(strings.TrimSpace(f.text(option)), 64)
		if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
			return 0, f.invalid(option)
		}
		return x, nil
	}
	from, to := "min", "max"
	if f.sequence() {
		from, to = "start", "end"
	}
	low, err := get(from, 0)
	if err != nil {
		return column{}, 0, err
	}
	high, err := get(to, low+1000)
	if err != nil {
		return column{}, 0, err
	}
	if high < low && !f.sequence() {
		return column{}, 0, f.invalid(to)
	}
	rows := int64(endless)
	s := f.numbers
	value := func(row int64) float64 { return low + float64((high-low)*(float64(s.at(row)>>11)/(1<<53))) }
	if f.sequence() {
		value = func(row int64) float64 { return low + float64(row) }
		if f.has("end") {
			rows = int64(math.Max(0, math.Min(math.Floor(high-low)+1, maxEvents)))
		}
	}
	if f.Type.OID == types.OIDFloat4 {
		wide := value
		value = func(row int64) float64 { return float64(float32(wide(row))) }
	}
	return column{name: f.Name, typ: f.Type, fill: func(v *batch.Vec, from int64, n int) {
		for row := from; row < from+int64(n); row++ {
			v.Floats = append(v.Floats, value(row))
		}
	}}, rows, nil
}

func (f *field) invalid(option string) error {
	return pgerr.Newf(pgerr.InvalidParameterValue, "invalid value for option \"%s%s\": %q", f.prefix, option, f.text(option)).
		WithHint("Column %q is of type %s, and the last value must not be before the first.", f.Name, types.FormatType(f.Type))
}

func parseInt(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

func parseDays(s string) (int64, bool) {
	t, err := time.Parse(time.DateOnly, s)
	return int64(math.Floor(float64(t.Unix()) / 86_400)), err == nil
}
