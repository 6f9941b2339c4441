package bench

import "github.com/freshetdb/freshet/sql/batch"

// The answers of the queries that join bids with whole rows of auctions and people.

// auction is one row of the table.
type auction struct {
	item, description, extra                     string
	initial, reserve, from, to, seller, category int64
}

func (a *auction) writeItem(r *rows) {
	r.string(a.item)
	r.string(a.description)
	r.integer(a.initial)
	r.integer(a.reserve)
}

func (a *auction) writeSale(r *rows) {
	r.clock(a.to, "")
	r.integer(a.seller)
	r.integer(a.category)
}

// readAuctions are all auctions by their ids.
func readAuctions(in inputs) (map[int64]*auction, error) {
	all := map[int64]*auction{}
	columns := []string{"id", "item_name", "description", "initial_bid", "reserve", "date_time", "expires", "seller", "category", "extra"}
	err := in["auction"].each(columns, func(b *batch.Batch) error {
		for i, id := range b.Cols[0].Ints {
			if all[id] != nil {
				return errDisorder // an id is given once
			}
			all[id] = &auction{
				item: string(b.Cols[1].BytesAt(i)), description: string(b.Cols[2].BytesAt(i)), extra: string(b.Cols[9].BytesAt(i)),
				initial: b.Cols[3].Ints[i], reserve: b.Cols[4].Ints[i], from: b.Cols[5].Ints[i], to: b.Cols[6].Ints[i],
				seller: b.Cols[7].Ints[i], category: b.Cols[8].Ints[i],
			}
		}
		return nil
	})
	return all, err
}

// answerQ20 is the bids for auctions of category 10, with the auction.
func answerQ20(in inputs, r *rows) error {
	sold, err := readAuctions(in)
	if err != nil {
		return err
	}
	return in["bid"].each(bidColumns, func(b *batch.Batch) error {
		for i, id := range b.Cols[0].Ints {
			a := sold[id]
			if a == nil || a.category != 10 {
				continue
			}
			x := bidOf(b, i)
			x.write(r)
			a.writeItem(r)
			r.clock(a.from, "")
			a.writeSale(r)
			r.string(a.extra)
			r.end()
		}
		return nil
	})
}

// answerQ23 is the bids of people who sell something, with the person and each of their auctions.
func answerQ23(in inputs, r *rows) error {
	people := map[int64][]string{}
	err := in["person"].each([]string{"id", "name", "email_address", "credit_card", "city", "state", "extra"}, func(b *batch.Batch) error {
		for i, id := range b.Cols[0].Ints {
			for _, c := range b.Cols[1:] {
				people[id] = append(people[id], string(c.BytesAt(i)))
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	sold, err := readAuctions(in)
	if err != nil {
		return err
	}
	bySeller := map[int64][]*auction{}
	for _, a := range sold {
		bySeller[a.seller] = append(bySeller[a.seller], a)
	}
	return in["bid"].each(bidColumns, func(b *batch.Batch) error {
		for i, bidder := range b.Cols[1].Ints {
			person := people[bidder]
			if person == nil || bySeller[bidder] == nil {
				continue
			}
			x := bidOf(b, i)
			for _, a := range bySeller[bidder] {
				r.integer(bidder)
				r.integer(x.price)
				r.string(x.channel)
				r.string(x.url)
				r.string(x.extra)
				r.integer(bidder)
				for _, text := range person {
					r.string(text)
				}
				a.writeItem(r)
				r.clock(a.from, "")
				a.writeSale(r)
				r.string(a.extra)
				r.end()
			}
		}
		return nil
	})
}
