package bench

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"github.com/freshetdb/freshet/sql/batch"
)

// The answers of the queries that rank bids. Where their ORDER BY leaves open which of several bids is first, the order of the other columns
// decides, as it does in every view.

// bid is one row of the table.
type bid struct {
	auction, bidder, price, at int64
	channel, url, extra        string
}

var bidColumns = []string{"auction", "bidder", "price", "channel", "url", "date_time", "extra"}

func bidOf(b *batch.Batch, i int) bid {
	return bid{
		b.Cols[0].Ints[i], b.Cols[1].Ints[i], b.Cols[2].Ints[i], b.Cols[5].Ints[i],
		string(b.Cols[3].BytesAt(i)), string(b.Cols[4].BytesAt(i)), string(b.Cols[6].BytesAt(i)),
	}
}

// compare is the order of all columns.
func (x *bid) compare(y *bid) int {
	return cmp.Or(
		cmp.Compare(x.auction, y.auction), cmp.Compare(x.bidder, y.bidder), cmp.Compare(x.price, y.price), strings.Compare(x.channel, y.channel),
		strings.Compare(x.url, y.url), cmp.Compare(x.at, y.at), strings.Compare(x.extra, y.extra))
}

func (x *bid) write(r *rows) {
	r.integer(x.auction)
	r.integer(x.bidder)
	r.integer(x.price)
	r.string(x.channel)
	r.string(x.url)
	r.clock(x.at, "")
	r.string(x.extra)
}

// answerQ6 is, for each sale of a seller, the average price of that and the ten sales before.
func answerQ6(in inputs, r *rows) error {
	sold, err := readAuctions(in)
	if err != nil {
		return err
	}
	best := map[int64]bid{}
	err = in["bid"].each([]string{"auction", "price", "date_time"}, func(b *batch.Batch) error {
		for i, id := range b.Cols[0].Ints {
			a, price, t := sold[id], b.Cols[1].Ints[i], b.Cols[2].Ints[i]
			if a == nil || t < a.from || t > a.to {
				continue
			}
			if now, has := best[id]; !has || price > now.price || price == now.price && t < now.at {
				best[id] = bid{auction: id, price: price, at: t}
			}
		}
		return nil
	})
	bySeller := map[int64][]bid{}
	for id, x := range best {
		bySeller[sold[id].seller] = append(bySeller[sold[id].seller], x)
	}
	for seller, sales := range bySeller {
		slices.SortFunc(sales, func(x, y bid) int { return cmp.Or(cmp.Compare(x.at, y.at), cmp.Compare(x.price, y.price)) })
		for i := range sales {
			sum, n := int64(0), int64(0)
			for _, x := range sales[max(i-10, 0) : i+1] {
				sum, n = sum+x.price, n+1
			}
			r.integer(seller)
			r.string(average(sum, n))
			r.end()
		}
	}
	return err
}

// answerQ7 is the bids at the highest price of each ten seconds, the first moment of the next ones included.
func answerQ7(in inputs, r *rows) error {
	const size = 10 * second
	highest := map[int64]int64{}
	err := in["bid"].each([]string{"price", "date_time"}, func(b *batch.Batch) error {
		for i, price := range b.Cols[0].Ints {
			w := floorTo(b.Cols[1].Ints[i], size)
			highest[w] = max(highest[w], price)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return in["bid"].each([]string{"auction", "price", "bidder", "date_time", "extra"}, func(b *batch.Batch) error {
		for i, price := range b.Cols[1].Ints {
			t := b.Cols[3].Ints[i]
			w := floorTo(t, size)
			times := int64(0)
			if highest[w] == price {
				times++
			}
			if before, ok := highest[w-size]; t == w && ok && before == price {
				times++
			}
			if times == 0 {
				continue
			}
			r.integer(b.Cols[0].Ints[i])
			r.integer(price)
			r.integer(b.Cols[2].Ints[i])
			r.clock(t, "")
			r.bytes(b.Cols[4].BytesAt(i))
			r.endTimes(times)
		}
		return nil
	})
}

// answerQ9 is each auction with its highest bid, the first of those, while it was open.
func answerQ9(in inputs, r *rows) error {
	sold, err := readAuctions(in)
	if err != nil {
		return err
	}
	best := map[int64]bid{}
	columns := []string{"auction", "bidder", "price", "date_time", "extra"}
	err = in["bid"].each(columns, func(b *batch.Batch) error {
		for i, id := range b.Cols[0].Ints {
			a, t := sold[id], b.Cols[3].Ints[i]
			if a == nil || t < a.from || t > a.to {
				continue
			}
			now, has := best[id]
			bidder, price, extra := b.Cols[1].Ints[i], b.Cols[2].Ints[i], b.Cols[4].BytesAt(i)
			if !has || cmp.Or(cmp.Compare(now.price, price), cmp.Compare(t, now.at), cmp.Compare(bidder, now.bidder), bytes.Compare(extra, []byte(now.extra))) < 0 {
				best[id] = bid{auction: id, bidder: bidder, price: price, at: t, extra: string(extra)}
			}
		}
		return nil
	})
	for id, x := range best {
		a := sold[id]
		r.integer(id)
		a.writeItem(r)
		r.clock(a.from, "")
		a.writeSale(r)
		r.string(a.extra)
		r.integer(x.auction)
		r.integer(x.bidder)
		r.integer(x.price)
		r.clock(x.at, "")
		r.string(x.extra)
		r.end()
	}
	return err
}

// answerQ18 is the last bid of each bidder for each auction.
func answerQ18(in inputs, r *rows) error {
	type key struct{ bidder, auction int64 }
	last := map[key]bid{}
	err := in["bid"].each(bidColumns, func(b *batch.Batch) error {
		for i := range b.Len() {
			x := bidOf(b, i)
			k := key{x.bidder, x.auction}
			now, has := last[k]
			if !has || x.at > now.at || x.at == now.at && x.compare(&now) < 0 {
				last[k] = x
			}
		}
		return nil
	})
	for _, x := range last {
		x.write(r)
		r.end()
	}
	return err
}

// answerQ19 is the ten highest bids for each auction.
func answerQ19(in inputs, r *rows) error {
	const most = 10
	top := map[int64][]bid{}
	order := func(x, y bid) int { return cmp.Or(cmp.Compare(y.price, x.price), x.compare(&y)) }
	err := in["bid"].each(bidColumns, func(b *batch.Batch) error {
		for i := range b.Len() {
			list := top[b.Cols[0].Ints[i]]
			if len(list) == most && b.Cols[2].Ints[i] < list[most-1].price {
				continue
			}
			x := bidOf(b, i)
			at, _ := slices.BinarySearchFunc(list, x, order)
			list = slices.Insert(list, at, x)
			top[x.auction] = list[:min(len(list), most)]
		}
		return nil
	})
	for _, list := range top {
		for i := range list {
			list[i].write(r)
			r.integer(int64(i + 1))
			r.end()
		}
	}
	return err
}
