package bench

import (
	"errors"
	"strconv"

	"github.com/freshetdb/freshet/sql/batch"
)

// The answers are what the queries must give, computed from the generators' columns in plain Go. They share nothing with sql,
// planner and exec but the vectors. The rows of a generator come in the order of their times, so a window is done when the time has
// left it, and the answer to any number of events needs little memory.

const second = 1_000_000 // microseconds

// floorTo is the start of the window of a size that holds a time.
func floorTo(t, size int64) int64 {
	r := t % size
	if r < 0 {
		r += size
	}
	return t - r
}

// errDisorder says that the one thing which answers rely on is not so.
var errDisorder = errors.New("the generator's times are not in order")

// answerBids is every bid; how its price is written makes the difference between q0 and q1.
func answerBids(in inputs, r *rows, price func(dst []byte, p int64) []byte) error {
	var text []byte
	return in["bid"].each([]string{"auction", "bidder", "price", "date_time", "extra"}, func(b *batch.Batch) error {
		for i := range b.Len() {
			r.integer(b.Cols[0].Ints[i])
			r.integer(b.Cols[1].Ints[i])
			text = price(text[:0], b.Cols[2].Ints[i])
			r.bytes(text)
			r.clock(b.Cols[3].Ints[i], "")
			r.bytes(b.Cols[4].BytesAt(i))
			r.end()
		}
		return nil
	})
}

func answerQ0(in inputs, r *rows) error {
	return answerBids(in, r, func(dst []byte, p int64) []byte { return strconv.AppendInt(dst, p, 10) })
}

// answerQ1 has prices times 0.908: a numeric with three digits behind the point.
func answerQ1(in inputs, r *rows) error {
	return answerBids(in, r, inEuros)
}

// answerQ2 is the bids for every 123rd auction.
func answerQ2(in inputs, r *rows) error {
	return in["bid"].each([]string{"auction", "price"}, func(b *batch.Batch) error {
		for i, auction := range b.Cols[0].Ints {
			if auction%123 == 0 {
				r.integer(auction)
				r.integer(b.Cols[1].Ints[i])
				r.end()
			}
		}
		return nil
	})
}

// answerQ5 is, for each window of ten seconds that starts every two, the auctions with the most bids.
func answerQ5(in inputs, r *rows) error {
	const slide, size = 2 * second, 10 * second
	open := map[int64]map[int64]int64{} // bids of auctions by the start of the window
	finish := func(start int64) {
		most := int64(0)
		for _, n := range open[start] {
			most = max(most, n)
		}
		for auction, n := range open[start] {
			if n == most {
				r.integer(auction)
				r.integer(n)
				r.end()
			}
		}
		delete(open, start)
	}
	last := int64(0)
	err := in["bid"].each([]string{"auction", "date_time"}, func(b *batch.Batch) error {
		for i, auction := range b.Cols[0].Ints {
			t := b.Cols[1].Ints[i]
			if t < last {
				return errDisorder
			}
			if floorTo(t, slide) != floorTo(last, slide) {
				for start := range open {
					if start+size <= t {
						finish(start)
					}
				}
			}
			last = t
			for start := floorTo(t, slide); start > t-size; start -= slide {
				if open[start] == nil {
					open[start] = map[int64]int64{}
				}
				open[start][auction]++
			}
		}
		return nil
	})
	for start := range open {
		finish(start)
	}
	return err
}

// answerShortQ7 is the highest price of each ten seconds.
func answerShortQ7(in inputs, r *rows) error {
	const size = 10 * second
	highest := map[int64]int64{}
	err := in["bid"].each([]string{"price", "date_time"}, func(b *batch.Batch) error {
		for i, price := range b.Cols[0].Ints {
			w := floorTo(b.Cols[1].Ints[i], size)
			highest[w] = max(highest[w], price)
		}
		return nil
	})
	for w, price := range highest {
		r.clock(w, "")
		r.clock(w+size, "")
		r.integer(price)
		r.end()
	}
	return err
}

// answerYSB is the number of views per campaign and ten seconds.
func answerYSB(in inputs, r *rows) error {
	const size = 10 * second
	campaign := map[string]string{}
	err := in["ads"].each([]string{"ad_id", "campaign_id"}, func(b *batch.Batch) error {
		for i := range b.Len() {
			campaign[string(b.Cols[0].BytesAt(i))] = string(b.Cols[1].BytesAt(i))
		}
		return nil
	})
	if err != nil {
		return err
	}
	counts := map[string]map[int64]int64{}
	for _, c := range campaign {
		counts[c] = map[int64]int64{}
	}
	err = in["events"].each([]string{"ad_id", "event_type", "event_time"}, func(b *batch.Batch) error {
		for i := range b.Len() {
			if string(b.Cols[1].BytesAt(i)) == "view" {
				counts[campaign[string(b.Cols[0].BytesAt(i))]][floorTo(b.Cols[2].Ints[i], size)]++
			}
		}
		return nil
	})
	for c, windows := range counts {
		for w, n := range windows {
			r.string(c)
			r.clock(w, "+00")
			r.integer(n)
			r.end()
		}
	}
	return err
}
