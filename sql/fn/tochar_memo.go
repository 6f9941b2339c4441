package fn

import (
	"math"

	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types/datetime"
)

// charMemo is what the last timestamp was written as, which is what all of the same day, hour, minute or second are written as: mostly times
// come about in their order.
type charMemo struct {
	from, unit int64 // unit is 0 if there is none
	text       []byte
}

// charTimestamps is to_char() of timestamps. Times of one unit beside one another are written together.
func charTimestamps(c *Call) {
	if c.Args[0].Const || !c.Args[1].Const || c.Args[0].HasNulls() || c.Args[1].IsNull(0) || c.Rows == 0 {
		perRow(charTimestampText)(c)
		return
	}
	c.template(1, 0) // the memo is of another one otherwise
	memo := &scratch[templateCache](c).memo
	for i := 0; i < c.Rows; {
		if n := memo.run(c.Args[0].Ints[i:c.Rows]); n > 0 && len(memo.text) <= memoTextMax {
			for range n {
				c.Out.AppendBytes(memo.text)
			}
			i += n
			continue
		}
		if c.row(charTimestampText, i); len(c.Out.Data) >= batch.BytesMax && c.full(i) {
			c.padFrom(i + 1)
			return
		}
		i++
	}
}

// memoTextMax is how long a text may be that is written for a whole batch of times without a look at how much that is.
const memoTextMax = 256

// run is how many of the first times are written as the memo.
func (m *charMemo) run(times []int64) (n int) {
	for n < len(times) && times[n] >= m.from && uint64(times[n]-m.from) < uint64(m.unit) {
		n++
	}
	return n
}

// charTimestampText is to_char() of a timestamp.
func charTimestampText(c *Call, i int) error {
	pieces := c.template(1, i)
	memo := &scratch[templateCache](c).memo
	n := c.int(0, i)
	if infiniteTime(n) || len(c.bytes(1, i)) == 0 {
		c.putNull()
		return nil
	}
	if n >= memo.from && uint64(n-memo.from) < uint64(memo.unit) {
		c.putBytes(memo.text)
		return nil
	}
	t, start := charTimeOf(n), len(c.Out.Data)
	if err := c.putTime(&t, pieces); err != nil {
		return err
	}
	memo.unit = templateUnit(pieces)
	if n < math.MinInt64+memo.unit || n > math.MaxInt64-memo.unit { // nor may infinity be among them
		memo.unit = 0
		return nil
	}
	memo.from = n - (n%memo.unit+memo.unit)%memo.unit
	memo.text = append(memo.text[:0], c.Out.Data[start:]...)
	return nil
}

// templateUnit is a time within which a template writes all timestamps alike.
func templateUnit(pieces []piece) int64 {
	unit := int64(24 * datetime.Hour)
	for i := range pieces {
		switch pieces[i].pattern {
		case "MS", "US", "FF1", "FF2", "FF3", "FF4", "FF5", "FF6":
			unit = 1
		case "SS", "SSSS", "SSSSS":
			unit = min(unit, datetime.Second)
		case "MI":
			unit = min(unit, datetime.Minute)
		case "HH", "HH12", "HH24", "AM", "PM", "A.M.", "P.M.":
			unit = min(unit, datetime.Hour)
		}
	}
	return unit
}
