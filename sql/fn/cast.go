package fn

import (
	"math"
	"sync"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/sql/types/datetime"
	"github.com/freshetdb/freshet/sql/types/numeric"
)

// castKey is what a cast's kernel depends on.
type castKey struct {
	from, to types.Type
	explicit bool
}

// castFunctions are the casts that were asked for; there are only so many.
var castFunctions sync.Map

// Cast returns the function that casts from one type to another, modifier included, and where PostgreSQL makes the cast unasked;
// ok is false if there is none. explicit is for CAST and ::, which cut strings that are too long; otherwise that is an error.
// The same cast is the same *Function. Casts that change nothing but the type's name are copies: whoever can do without them does.
func (r *Registry) Cast(from, to types.Type, explicit bool) (*Function, types.CastContext, bool) {
	cast, ok := types.FindCast(from.OID, to.OID)
	if !ok {
		return nil, 0, false
	}
	key := castKey{from, to, explicit}
	if f, ok := castFunctions.Load(key); ok {
		return f.(*Function), cast.Context, true
	}
	f, _ := castFunctions.LoadOrStore(key, newCast(cast, from, to, explicit))
	return f.(*Function), cast.Context, true
}

// newCast makes the function of a cast.
func newCast(cast types.Cast, from, to types.Type, explicit bool) *Function {
	info, _ := types.Lookup(to.OID)
	f := &Function{
		Name: info.Name, Args: []types.OID{from.OID}, Result: to.OID, Monotone: -1, Volatility: castVolatility(cast),
		ResultType: func([]types.Type) types.Type { return to },
		Kernel:     castKernel(cast, from, to, explicit),
	}
	switch {
	case !isTimestampOrDate(from.OID) || !isTimestampOrDate(to.OID):
	case from.OID == types.OIDTimestamptz && to.OID != types.OIDTimestamptz, to.OID == types.OIDTimestamptz && from.OID != types.OIDTimestamptz:
		f.rising(0, func(_ []types.Value, s *types.Settings) bool { return clocksNeverChange(s) })
	default:
		f.rising(0, nil)
	}
	return f
}

func isTimestampOrDate(oid types.OID) bool {
	return oid == types.OIDDate || oid == types.OIDTimestamp || oid == types.OIDTimestamptz
}

// castVolatility says which casts depend on settings: the text forms of times do, and the time zone stands between times.
func castVolatility(cast types.Cast) Volatility {
	switch {
	case cast.From == cast.To:
		return Immutable
	case cast.Method == types.ThroughText && (dependsOnSettings(cast.From) || dependsOnSettings(cast.To)):
		return Stable
	case cast.From == types.OIDTimestamptz || cast.To == types.OIDTimestamptz || cast.To == types.OIDTimetz || cast.To == types.OIDRegclass:
		return Stable
	case cast.Method == types.Elementwise:
		from, _ := types.Lookup(cast.From)
		to, _ := types.Lookup(cast.To)
		if elem, ok := types.FindCast(from.Elem, to.Elem); ok {
			return castVolatility(elem)
		}
	}
	return Immutable
}

func dependsOnSettings(oid types.OID) bool {
	info, _ := types.Lookup(oid)
	if info.Elem != 0 {
		return dependsOnSettings(info.Elem)
	}
	switch oid {
	case types.OIDDate, types.OIDTime, types.OIDTimetz, types.OIDTimestamp, types.OIDTimestamptz, types.OIDInterval, types.OIDFloat4, types.OIDFloat8, types.OIDBytea,
		types.OIDRecord:
		return true
	default:
		return types.IsReg(oid)
	}
}

func castKernel(cast types.Cast, from, to types.Type, explicit bool) Kernel {
	if cast.Method == types.Binary && (from == to || to.Mod < 0) {
		return copyKernel(from, to)
	}
	if to.Mod >= 0 && to.OID == types.OIDNumeric {
		if k := numericKernel(from, to.Mod); k != nil {
			return k
		}
	}
	if to.Mod < 0 {
		if k := fastCast(from.OID, to.OID); k != nil {
			return k
		}
		if cast.Method == types.ThroughText {
			return textKernel(from, to)
		}
	}
	if from.OID == to.OID {
		return perRow(func(c *Call, i int) error {
			v, err := types.ApplyTypmod(c.value(0, i), to, explicit)
			if err == nil {
				c.putValue(v)
			}
			return err
		})
	}
	return perRow(func(c *Call, i int) error {
		v, err := types.CastValue(c.value(0, i), from, to, explicit, c.settings())
		if err == nil {
			c.putValue(v)
		}
		return err
	})
}

// copyKernel is a cast that leaves values as they are; integer and oid wrap at 32 bits.
func copyKernel(from, to types.Type) Kernel {
	switch to.Kind() {
	case types.Int64:
		switch {
		case from.OID == types.OIDInt4 && to.OID != types.OIDInt4:
			return mapInts(func(n int64) int64 { return int64(uint32(n)) })
		case to.OID == types.OIDInt4 && from.OID != types.OIDInt4:
			return mapInts(func(n int64) int64 { return int64(int32(n)) })
		}
		return mapInts(func(n int64) int64 { return n })
	case types.Float64:
		return func(c *Call) {
			for i := range grow(&c.Out.Floats, c.Rows) {
				c.Out.Floats[i] = c.float(0, i)
			}
		}
	case types.Bool:
		return func(c *Call) {
			for i := range grow(&c.Out.Bools, c.Rows) {
				c.Out.Bools[i] = c.bool(0, i)
			}
		}
	default:
		return func(c *Call) {
			for i := range c.Rows {
				c.putBytes(c.bytes(0, i))
			}
		}
	}
}

func mapInts(f func(int64) int64) Kernel {
	return func(c *Call) {
		a := c.Args[0]
		out := grow(&c.Out.Ints, c.Rows)
		for i := range out {
			out[i] = f(a.Ints[i&a.mask()])
		}
	}
}

// textKernel casts through the text form; where one of the types is a string that is all.
func textKernel(from, to types.Type) Kernel {
	source, _ := types.CodecOf(from.OID)
	target, _ := types.CodecOf(to.OID)
	switch {
	case isString(to.OID):
		return perRow(func(c *Call, i int) error {
			c.putAppended(source.AppendText(c.Out.Data, c.value(0, i), c.settings()))
			return nil
		})
	case isString(from.OID) || from.OID == types.OIDUnknown:
		return perRow(func(c *Call, i int) error {
			v, err := target.Parse(c.Out.Data, c.bytes(0, i), to.Mod, c.settings())
			if err == nil {
				c.putParsed(v)
			}
			return err
		})
	default:
		return perRow(func(c *Call, i int) error {
			buf := scratch[[]byte](c)
			*buf = source.AppendText((*buf)[:0], c.value(0, i), c.settings())
			v, err := target.Parse(c.Out.Data, *buf, to.Mod, c.settings())
			if err == nil {
				c.putParsed(v)
			}
			return err
		})
	}
}

// isString is for the types whose text form is their bytes, and that any text is a value of.
func isString(oid types.OID) bool {
	return oid == types.OIDText || oid == types.OIDVarchar || oid == types.OIDBPChar
}

func isInteger(oid types.OID) bool {
	return oid == types.OIDInt2 || oid == types.OIDInt4 || oid == types.OIDInt8
}

func isFloat(oid types.OID) bool { return oid == types.OIDFloat4 || oid == types.OIDFloat8 }

// fastCast is the kernel of a cast that streams make often; nil for the others.
func fastCast(from, to types.OID) Kernel {
	switch {
	case isInteger(from) && isInteger(to):
		return narrow(to)
	case isInteger(from) && isFloat(to):
		return func(c *Call) {
			a := c.Args[0]
			out := grow(&c.Out.Floats, c.Rows)
			for i := range out {
				if n := a.Ints[i&a.mask()]; to == types.OIDFloat4 {
					out[i] = float64(float32(n))
				} else {
					out[i] = float64(n)
				}
			}
		}
	case isFloat(from) && isInteger(to):
		return floatToInt(to)
	case from == types.OIDFloat4 && to == types.OIDFloat8:
		return copyKernel(types.Of(from), types.Of(to))
	case to == types.OIDNumeric:
		return numericKernel(types.Of(from), -1)
	case from == types.OIDNumeric:
		return fromNumeric(to)
	default:
		return castTime(from, to)
	}
}

func integerOf(oid types.OID) integer {
	for _, t := range integers {
		if t.oid == oid {
			return t
		}
	}
	return integers[len(integers)-1]
}

// narrow casts between integers.
func narrow(to types.OID) Kernel {
	t := integerOf(to)
	return func(c *Call) {
		a := c.Args[0]
		out := grow(&c.Out.Ints, c.Rows)
		for i := range out {
			n := a.Ints[i&a.mask()]
			if n < t.min || n > t.max {
				n = 0
				c.fail(i, t.outOfRange())
			}
			out[i] = n
		}
	}
}

func floatToInt(to types.OID) Kernel {
	t := integerOf(to)
	// max+1 is a power of two, which float64 holds exactly.
	least, above := float64(t.min), float64(uint64(t.max)+1)
	return func(c *Call) {
		a := c.Args[0]
		out := grow(&c.Out.Ints, c.Rows)
		for i := range out {
			f := math.RoundToEven(a.Floats[i&a.mask()])
			if !(f >= least && f < above) {
				f = 0
				c.fail(i, t.outOfRange())
			}
			out[i] = int64(f)
		}
	}
}

// numericKernel casts numbers to numeric, rounded to a modifier if it is not negative; nil where from is no number.
func numericKernel(from types.Type, mod int32) Kernel {
	var convert func(c *Call, i int) numeric.Num
	switch {
	case isInteger(from.OID) && mod < 0:
		return integerToNumeric
	case isInteger(from.OID):
		convert = func(c *Call, i int) numeric.Num { return numeric.FromInt64(c.int(0, i)) }
	case from.OID == types.OIDFloat4:
		convert = func(c *Call, i int) numeric.Num { return numeric.FromFloat32(c.float(0, i)) }
	case from.OID == types.OIDFloat8:
		convert = func(c *Call, i int) numeric.Num { return numeric.FromFloat64(c.float(0, i)) }
	case from.OID == types.OIDNumeric:
		convert = func(c *Call, i int) numeric.Num { return numeric.Decode(c.bytes(0, i)) }
	default:
		return nil
	}
	return perRow(func(c *Call, i int) error {
		n := convert(c, i)
		if mod >= 0 {
			var err error
			if n, err = n.ApplyTypmod(mod); err != nil {
				return err
			}
		}
		c.putNumeric(n)
		return nil
	})
}

func integerToNumeric(c *Call) {
	for i := range c.Rows {
		if c.isNull(0, i) {
			c.pad()
		} else {
			c.putAppended(numeric.SmallInt(c.int(0, i)).Append(c.Out.Data))
		}
	}
}

func fromNumeric(to types.OID) Kernel {
	switch {
	case isInteger(to):
		t := integerOf(to)
		bits := map[types.OID]int{types.OIDInt2: 16, types.OIDInt4: 32, types.OIDInt8: 64}[to]
		return perRow(func(c *Call, i int) error {
			if s, small := numeric.DecodeSmall(c.bytes(0, i)); small {
				if n, ok := s.Int64(); ok && n>>(bits-1) == n>>63 {
					c.putInt(n)
					return nil
				}
			}
			n, err := c.numeric(0, i).Int64(bits, t.name)
			if err == nil {
				c.putInt(n)
			}
			return err
		})
	case isFloat(to):
		bits := 64
		if to == types.OIDFloat4 {
			bits = 32
		}
		return perRow(func(c *Call, i int) error {
			f, err := c.numeric(0, i).Float64(bits)
			if err == nil {
				c.putFloat(f)
			}
			return err
		})
	default:
		return nil
	}
}

func (c *Call) numeric(k, i int) numeric.Num { return numeric.Decode(c.bytes(k, i)) }

func (c *Call) putNumeric(n numeric.Num) { c.putAppended(n.Append(c.Out.Data)) }

// castTime is the kernel of a cast between dates and timestamps, nil for others.
func castTime(from, to types.OID) Kernel {
	var convert func(c *Call, n int64) (int64, error)
	switch {
	case from == types.OIDDate && to == types.OIDTimestamp:
		convert = func(_ *Call, n int64) (int64, error) { return dateToTimestamp(n) }
	case from == types.OIDDate && to == types.OIDTimestamptz:
		convert = func(c *Call, n int64) (int64, error) { return dateToTimestamptz(n, c.settings()) }
	case from == types.OIDTimestamp && to == types.OIDTimestamptz:
		convert = func(c *Call, n int64) (int64, error) { return datetime.LocalToUTC(n, c.settings().Location) }
	case from == types.OIDTimestamptz && to == types.OIDTimestamp:
		convert = func(c *Call, n int64) (int64, error) { return datetime.UTCToLocal(n, c.settings().Location) }
	case from == types.OIDTimestamp && to == types.OIDDate:
		convert = func(_ *Call, n int64) (int64, error) { return timestampToDate(n), nil }
	case from == types.OIDTimestamptz && to == types.OIDDate:
		convert = func(c *Call, n int64) (int64, error) {
			n, err := datetime.UTCToLocal(n, c.settings().Location)
			return timestampToDate(n), err
		}
	default:
		return nil
	}
	return perRow(func(c *Call, i int) error {
		n, err := convert(c, c.int(0, i))
		if err == nil {
			c.putInt(n)
		}
		return err
	})
}

// clocksNeverChange tells whether the session's time zone has always had one offset.
func clocksNeverChange(s *types.Settings) bool {
	if s == nil {
		return true
	}
	_, fixed := datetime.FixedOffset(s.Location)
	return fixed
}

func infiniteTime(n int64) bool { return n == datetime.Infinity || n == datetime.NegInfinity }

func dateToTimestamp(days int64) (int64, error) {
	if infiniteTime(days) {
		return days, nil
	}
	if days > datetime.MaxTimestamp/datetime.Day {
		return 0, pgerr.New(pgerr.DatetimeFieldOverflow, "date out of range for timestamp")
	}
	return days * datetime.Day, nil
}

func dateToTimestamptz(days int64, s *types.Settings) (int64, error) {
	n, err := dateToTimestamp(days)
	if err != nil {
		return 0, err
	}
	return datetime.LocalToUTC(n, s.Location)
}

func timestampToDate(n int64) int64 {
	if infiniteTime(n) {
		return n
	}
	days, _ := datetime.Split(n)
	return days
}
