package bench

import (
	"maps"
	"strconv"
	"time"

	"github.com/freshetdb/freshet/sql/batch"
)

// The answers are what the queries of testdata/nexmark must give, computed from the generators' columns in plain Go. They share
// nothing with planner and exec. Each adds the text of every row to a checksum, with tabs between the values.

// rows is where an answer's rows go.
type rows struct {
	h    *hasher
	sum  checksum
	text []byte
}

func (r *rows) add(values ...[]byte) {
	r.text = r.text[:0]
	for i, v := range values {
		if i > 0 {
			r.text = append(r.text, '\t')
		}
		r.text = append(r.text, v...)
	}
	r.h.add(&r.sum, r.text)
}

func integer(n int64) []byte { return strconv.AppendInt(nil, n, 10) }

// clock is the text of a timestamp.
func clock(micros int64) []byte {
	return time.UnixMicro(micros).UTC().AppendFormat(nil, "2006-01-02 15:04:05.999999")
}

const second = 1_000_000 // microseconds

// floorTo is the start of the window of a size that holds a time.
func floorTo(t, size int64) int64 {
	r := t % size
	if r < 0 {
		r += size
	}
	return t - r
}

// answerQ0 is every bid; with a rate for the price it is q1.
func answerBids(bids table, r *rows, price func(dst []byte, p int64) []byte) error {
	columns := []string{"auction", "bidder", "price", "channel", "url", "date_time", "extra"}
	var p []byte
	return bids.each(columns, func(b *batch.Batch) {
		for i := range b.Len() {
			p = price(p[:0], b.Cols[2].Ints[i])
			r.add(integer(b.Cols[0].Ints[i]), integer(b.Cols[1].Ints[i]), p, b.Cols[3].BytesAt(i), b.Cols[4].BytesAt(i),
				clock(b.Cols[5].Ints[i]), b.Cols[6].BytesAt(i))
		}
	})
}

func answerQ0(bids table, r *rows) error {
	return answerBids(bids, r, func(dst []byte, p int64) []byte { return strconv.AppendInt(dst, p, 10) })
}

// answerQ1 has prices times 0.908: a numeric with three digits behind the point.
func answerQ1(bids table, r *rows) error {
	return answerBids(bids, r, func(dst []byte, p int64) []byte {
		n := p * 908
		dst = strconv.AppendInt(dst, n/1000, 10)
		frac := strconv.Itoa(int(1000 + n%1000))
		return append(append(dst, '.'), frac[1:]...)
	})
}

// answerQ2 is the bids for every 123rd auction.
func answerQ2(bids table, r *rows) error {
	return bids.each([]string{"auction", "price"}, func(b *batch.Batch) {
		for i, auction := range b.Cols[0].Ints {
			if auction%123 == 0 {
				r.add(integer(auction), integer(b.Cols[1].Ints[i]))
			}
		}
	})
}

// answerQ5 is, for each window of ten seconds that starts every two, the auctions with the most bids.
func answerQ5(bids table, r *rows) error {
	const slide, size = 2 * second, 10 * second
	type group struct{ window, auction int64 }
	counts := map[group]int64{}
	err := bids.each([]string{"auction", "date_time"}, func(b *batch.Batch) {
		for i, auction := range b.Cols[0].Ints {
			t := b.Cols[1].Ints[i]
			for start := floorTo(t, slide); start > t-size; start -= slide {
				counts[group{start, auction}]++
			}
		}
	})
	most := map[int64]int64{}
	for g, n := range counts {
		most[g.window] = max(most[g.window], n)
	}
	for g, n := range counts {
		if n == most[g.window] {
			r.add(integer(g.auction), integer(n), clock(g.window), clock(g.window+size))
		}
	}
	return err
}

// answerQ7 is the highest price of each ten seconds.
func answerQ7(bids table, r *rows) error {
	const size = 10 * second
	highest := map[int64]int64{}
	err := bids.each([]string{"price", "date_time"}, func(b *batch.Batch) {
		for i, price := range b.Cols[0].Ints {
			w := floorTo(b.Cols[1].Ints[i], size)
			highest[w] = max(highest[w], price)
		}
	})
	for w, price := range highest {
		r.add(clock(w), clock(w+size), integer(price))
	}
	return err
}

// answerYSB is the number of views per campaign and ten seconds.
func answerYSB(events, ads table, r *rows) error {
	const size = 10 * second
	campaign := map[string]string{}
	err := ads.each([]string{"ad_id", "campaign_id"}, func(b *batch.Batch) {
		for i := range b.Len() {
			campaign[string(b.Cols[0].BytesAt(i))] = string(b.Cols[1].BytesAt(i))
		}
	})
	if err != nil {
		return err
	}
	counts := map[string]map[int64]int64{}
	for c := range maps.Values(campaign) {
		counts[c] = map[int64]int64{}
	}
	err = events.each([]string{"ad_id", "event_type", "event_time"}, func(b *batch.Batch) {
		for i := range b.Len() {
			if string(b.Cols[1].BytesAt(i)) == "view" {
				counts[campaign[string(b.Cols[0].BytesAt(i))]][floorTo(b.Cols[2].Ints[i], size)]++
			}
		}
	})
	for c, windows := range counts {
		for w, n := range windows {
			r.add([]byte(c), append(clock(w), "+00"...), integer(n))
		}
	}
	return err
}
