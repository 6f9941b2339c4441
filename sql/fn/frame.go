package fn

import (
	"cmp"
	"math"
	"slices"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/sql/types/datetime"
	"github.com/freshetdb/freshet/sql/types/numeric"
)

// FrameUnit is what the frame of a window function counts in.
type FrameUnit uint8

// The units of frames: values of the one column that is ordered by, rows, or groups of rows that are equal in the order.
const (
	FrameRange FrameUnit = iota
	FrameRows
	FrameGroups
)

// BoundKind is where a frame begins or ends.
type BoundKind uint8

// The bounds of frames.
const (
	UnboundedPreceding BoundKind = iota
	Preceding
	CurrentRow
	Following
	UnboundedFollowing
)

// FrameExclusion is what is left out of a frame: nothing, the row itself, it and the rows equal to it in the order, or those alone.
type FrameExclusion uint8

// What is left out of frames.
const (
	ExcludeNothing FrameExclusion = iota
	ExcludeCurrentRow
	ExcludeGroup
	ExcludeTies
)

// InRange compares a value with a base that is moved by an offset, down or up: what RANGE with an offset needs of a type
// (PostgreSQL's in_range). No value is null, and the offset is not negative.
type InRange struct {
	// Negative tells whether an offset cannot be one.
	Negative func(offset types.Value) bool
	// Compare orders the value and the base moved by the offset. Sums that leave the type's range are below or above all values.
	Compare func(value, base, offset types.Value, down bool, s *types.Settings) (int, error)
}

// InRangeOf is that of a type of values and a type of offsets; nil if there is none.
func InRangeOf(value, offset types.OID) *InRange {
	for _, r := range inRanges {
		if slices.Contains(r.values, value) && slices.Contains(r.offsets, offset) {
			return r.InRange
		}
	}
	return nil
}

// InRangeOffsets are the types of offsets that a type of values has.
func InRangeOffsets(value types.OID) []types.OID {
	for _, r := range inRanges {
		if slices.Contains(r.values, value) {
			return r.offsets
		}
	}
	return nil
}

type inRangeFamily struct {
	values, offsets []types.OID
	*InRange
}

var inRanges = []inRangeFamily{
	{[]types.OID{types.OIDInt8}, []types.OID{types.OIDInt8}, integersInRange},
	{[]types.OID{types.OIDInt4, types.OIDInt2}, []types.OID{types.OIDInt4, types.OIDInt8, types.OIDInt2}, integersInRange},
	{[]types.OID{types.OIDFloat8, types.OIDFloat4}, []types.OID{types.OIDFloat8}, &InRange{
		func(o types.Value) bool { return o.Float < 0 || math.IsNaN(o.Float) }, compareFloatInRange,
	}},
	{[]types.OID{types.OIDNumeric}, []types.OID{types.OIDNumeric}, &InRange{func(o types.Value) bool {
		n := numeric.Decode(o.Bytes)
		return n == numeric.NaN || numeric.Compare(n, numeric.Num{}) < 0
	}, compareNumericInRange}},
	{[]types.OID{types.OIDDate}, []types.OID{types.OIDInterval}, timesInRange(compareDateInRange)},
	{[]types.OID{types.OIDTimestamp}, []types.OID{types.OIDInterval}, timesInRange(compareTimestampInRange)},
	{[]types.OID{types.OIDTimestamptz}, []types.OID{types.OIDInterval}, timesInRange(compareTimestamptzInRange)},
	{[]types.OID{types.OIDInterval}, []types.OID{types.OIDInterval}, timesInRange(compareIntervalInRange)},
	{[]types.OID{types.OIDTime}, []types.OID{types.OIDInterval}, &InRange{func(o types.Value) bool {
		return datetime.DecodeInterval(o.Bytes).Micros < 0 // nothing else of it counts
	}, compareTimeInRange}},
}

var integersInRange = &InRange{func(o types.Value) bool { return o.Int < 0 }, compareIntInRange}

func compareIntInRange(value, base, offset types.Value, down bool, _ *types.Settings) (int, error) {
	return compareMoved(value.Int, base.Int, offset.Int, down), nil
}

// compareMoved takes a sum that leaves the range of int64 as below or above all values.
func compareMoved(value, base, offset int64, down bool) int {
	if down {
		if base < math.MinInt64+offset {
			return 1
		}
		return cmp.Compare(value, base-offset)
	}
	if base > math.MaxInt64-offset {
		return -1
	}
	return cmp.Compare(value, base+offset)
}

func compareFloatInRange(value, base, offset types.Value, down bool, _ *types.Settings) (int, error) {
	v, b, o := value.Float, base.Float, offset.Float
	if math.IsNaN(v) || math.IsNaN(b) { // NaN is above all others, and stays what it is
		return cmp.Compare(nanRank(v), nanRank(b)), nil
	}
	if down {
		o = -o
	}
	sum := b + o
	if math.IsNaN(sum) {
		return 0, nil // infinity less infinity is anything
	}
	return cmp.Compare(v, sum), nil
}

func nanRank(f float64) int {
	if math.IsNaN(f) {
		return 1
	}
	return 0
}

func compareNumericInRange(value, base, offset types.Value, down bool, _ *types.Settings) (int, error) {
	v, b, o := numeric.Decode(value.Bytes), numeric.Decode(base.Bytes), numeric.Decode(offset.Bytes)
	if v == numeric.NaN || b == numeric.NaN {
		return numeric.Compare(v, b), nil
	}
	if down {
		o = o.Neg()
	}
	sum, err := numeric.Add(b, o)
	if err != nil || sum == numeric.NaN {
		return 0, err
	}
	return numeric.Compare(v, sum), nil
}

func timesInRange(compare func(value, base types.Value, offset datetime.Interval, s *types.Settings) (int, error)) *InRange {
	negative := func(o types.Value) bool {
		return datetime.CompareIntervals(datetime.DecodeInterval(o.Bytes), datetime.Interval{}) < 0
	}
	return &InRange{negative, func(value, base, offset types.Value, down bool, s *types.Settings) (int, error) {
		o := datetime.DecodeInterval(offset.Bytes)
		if down {
			var err error
			if o, err = negateInterval(o); err != nil {
				return 0, datetime.OutOfRange()
			}
		}
		return compare(value, base, o, s)
	}}
}

func compareDateInRange(value, base types.Value, offset datetime.Interval, s *types.Settings) (int, error) {
	v, err := dateToTimestamp(value.Int)
	if err != nil {
		return 0, err
	}
	b, err := dateToTimestamp(base.Int)
	if err != nil {
		return 0, err
	}
	return compareTimestampInRange(types.IntValue(v), types.IntValue(b), offset, s)
}

func compareTimestampInRange(value, base types.Value, offset datetime.Interval, _ *types.Settings) (int, error) {
	sum, err := addInterval(base.Int, offset)
	return cmp.Compare(value.Int, sum), err
}

func compareTimestamptzInRange(value, base types.Value, offset datetime.Interval, s *types.Settings) (int, error) {
	sum, err := addIntervalIn(base.Int, offset, s.Location)
	return cmp.Compare(value.Int, sum), err
}

func compareIntervalInRange(value, base types.Value, offset datetime.Interval, _ *types.Settings) (int, error) {
	sum, err := addIntervals(datetime.DecodeInterval(base.Bytes), offset)
	return datetime.CompareIntervals(datetime.DecodeInterval(value.Bytes), sum), err
}

// compareTimeInRange does not go round midnight, unlike the addition of an interval.
func compareTimeInRange(value, base, offset types.Value, down bool, _ *types.Settings) (int, error) {
	return compareMoved(value.Int, base.Int, datetime.DecodeInterval(offset.Bytes).Micros, down), nil
}

// FrameOffset checks the offset of a bound of a frame, in rows or groups if there is no InRange. which is "starting" or "ending".
func FrameOffset(v types.Value, r *InRange, which string) error {
	switch {
	case v.Null:
		return pgerr.Newf(pgerr.NullValueNotAllowed, "frame %s offset must not be null", which)
	case r == nil && v.Int < 0:
		return pgerr.Newf(pgerr.InvalidPrecedingOrFollowingSize, "frame %s offset must not be negative", which)
	case r != nil && r.Negative(v):
		return pgerr.New(pgerr.InvalidPrecedingOrFollowingSize, "invalid preceding or following size in window function")
	}
	return nil
}
