package bench

import (
	"strconv"
	"time"

	"github.com/freshetdb/freshet/sql/batch"
)

// The answers of the queries that group bids.

// answerQ11 is the sessions of each user: bids at most ten seconds apart.
func answerQ11(in inputs, r *rows) error {
	const gap = 10 * second
	type session struct{ start, last, bids int64 }
	open := map[int64]*session{}
	finish := func(bidder int64, s *session) {
		r.integer(bidder)
		r.integer(s.bids)
		r.clock(s.start, "")
		r.clock(s.last+gap, "")
		r.end()
	}
	last := int64(0)
	err := in["bid"].each([]string{"bidder", "date_time"}, func(b *batch.Batch) error {
		for i, bidder := range b.Cols[0].Ints {
			t := b.Cols[1].Ints[i]
			if t < last {
				return errDisorder
			}
			last = t
			s := open[bidder]
			switch {
			case s == nil:
				s = &session{start: t}
				open[bidder] = s
			case t > s.last+gap:
				finish(bidder, s)
				*s = session{start: t}
			}
			s.last = t
			s.bids++
		}
		return nil
	})
	for bidder, s := range open {
		finish(bidder, s)
	}
	return err
}

// answerQ12 is how many bids each user made. Into which windows they fall depends on when they were read.
func answerQ12(in inputs, r *rows) error {
	bids := map[int64]int64{}
	err := in["bid"].each([]string{"bidder"}, func(b *batch.Batch) error {
		for _, bidder := range b.Cols[0].Ints {
			bids[bidder]++
		}
		return nil
	})
	for bidder, n := range bids {
		r.integer(bidder)
		r.integer(n)
		r.string("t")
		r.end()
	}
	return err
}

// level is which of three a price is on.
func level(price int64) int {
	switch {
	case price < 10_000:
		return 1
	case price < 1_000_000:
		return 2
	default:
		return 3
	}
}

// levels counts something at all prices, and on the three levels.
type levels [4]int64

func (l *levels) add(level int) {
	l[0]++
	l[level]++
}

func (l *levels) write(r *rows) {
	for _, n := range l {
		r.integer(n)
	}
}

// distinctLevels counts different numbers: on[i] tells on which levels one has been.
type distinctLevels struct {
	levels
	on map[int64]uint8
}

func (d *distinctLevels) add(x int64, level int) {
	for _, l := range []int{0, level} {
		if bit := uint8(1) << l; d.on[x]&bit == 0 {
			d.on[x] |= bit
			d.levels[l]++
		}
	}
}

// bidStatistics are those of q15 and q16.
type bidStatistics struct {
	last             int64
	bids             levels
	bidders, sellers distinctLevels
}

func newBidStatistics() *bidStatistics {
	return &bidStatistics{bidders: distinctLevels{on: map[int64]uint8{}}, sellers: distinctLevels{on: map[int64]uint8{}}}
}

func (s *bidStatistics) add(auction, bidder, price int64) {
	l := level(price)
	s.bids.add(l)
	s.bidders.add(bidder, l)
	s.sellers.add(auction, l)
}

func (s *bidStatistics) write(r *rows) {
	s.bids.write(r)
	s.bidders.write(r)
	s.sellers.write(r)
	r.end()
}

const day = 24 * 3600 * second

func dateText(micros int64) string { return time.UnixMicro(micros).UTC().Format("2006-01-02") }

func minuteText(micros int64) string { return time.UnixMicro(micros).UTC().Format("15:04") }

// answerQ15 is the statistics of each day.
func answerQ15(in inputs, r *rows) error {
	days := map[int64]*bidStatistics{}
	err := in["bid"].each([]string{"auction", "bidder", "price", "date_time"}, func(b *batch.Batch) error {
		for i, auction := range b.Cols[0].Ints {
			d := floorTo(b.Cols[3].Ints[i], day)
			if days[d] == nil {
				days[d] = newBidStatistics()
			}
			days[d].add(auction, b.Cols[1].Ints[i], b.Cols[2].Ints[i])
		}
		return nil
	})
	for d, s := range days {
		r.string(dateText(d))
		s.write(r)
	}
	return err
}

// answerQ16 is those of each channel and day, with the last minute.
func answerQ16(in inputs, r *rows) error {
	type key struct {
		channel string
		day     int64
	}
	all := map[key]*bidStatistics{}
	err := in["bid"].each([]string{"auction", "bidder", "price", "date_time", "channel"}, func(b *batch.Batch) error {
		for i, auction := range b.Cols[0].Ints {
			t := b.Cols[3].Ints[i]
			k := key{string(b.Cols[4].BytesAt(i)), floorTo(t, day)}
			s := all[k]
			if s == nil {
				s = newBidStatistics()
				all[k] = s
			}
			s.last = max(s.last, t)
			s.add(auction, b.Cols[1].Ints[i], b.Cols[2].Ints[i])
		}
		return nil
	})
	for k, s := range all {
		r.string(k.channel)
		r.string(dateText(k.day))
		r.string(minuteText(s.last))
		s.write(r)
	}
	return err
}

// answerQ17 is how many bids each auction has on a day, and at what prices.
func answerQ17(in inputs, r *rows) error {
	type key struct{ auction, day int64 }
	type prices struct {
		bids                 levels
		lowest, highest, sum int64
	}
	all := map[key]*prices{}
	err := in["bid"].each([]string{"auction", "price", "date_time"}, func(b *batch.Batch) error {
		for i, auction := range b.Cols[0].Ints {
			k, price := key{auction, floorTo(b.Cols[2].Ints[i], day)}, b.Cols[1].Ints[i]
			p := all[k]
			if p == nil {
				p = &prices{lowest: price, highest: price}
				all[k] = p
			}
			p.bids.add(level(price))
			p.lowest, p.highest, p.sum = min(p.lowest, price), max(p.highest, price), p.sum+price
		}
		return nil
	})
	for k, p := range all {
		r.integer(k.auction)
		r.string(dateText(k.day))
		p.bids.write(r)
		r.integer(p.lowest)
		r.integer(p.highest)
		r.string(average(p.sum, p.bids[0]))
		r.string(strconv.FormatInt(p.sum, 10))
		r.end()
	}
	return err
}
