package gen

import "github.com/freshetdb/freshet/sql/types"

// auction is the table of auctions.
func (x *nexmark) auction(events int64) *table {
	item, description := x.stream(fieldItem), x.stream(fieldDescription)
	initial, reserve := x.stream(fieldInitialBid), x.stream(fieldReserve)
	category, extra := x.stream(fieldCategory), x.stream(fieldAuctionExtra)
	appendItem := func(dst []byte, row int64) []byte { return appendWords(dst, item.at(row), 20, spaced) }
	appendDescription := func(dst []byte, row int64) []byte { return appendWords(dst, description.at(row), 100, spaced) }
	return &table{rows: nexmarkRows(events, personShare, auctionShare), columns: []column{
		// The id of the auction that event n makes is its row number.
		ints("id", types.OIDInt8, each(func(row int64) int64 { return row + firstAuction })),
		texts("item_name", appendItem),
		texts("description", appendDescription),
		ints("initial_bid", types.OIDInt8, each(func(row int64) int64 { return price(initial.at(row)) })),
		ints("reserve", types.OIDInt8, each(func(row int64) int64 {
			return price(initial.at(row)) + price(reserve.at(row))
		})),
		ints("date_time", types.OIDTimestamp, each(func(row int64) int64 { return x.time(auctionEvent(row)) })),
		ints("expires", types.OIDTimestamp, each(x.expires)),
		ints("seller", types.OIDInt8, each(x.seller)),
		ints("category", types.OIDInt8, each(func(row int64) int64 {
			return firstCategory + below(category.at(row), categories)
		})),
		texts("extra", func(dst []byte, row int64) []byte {
			// How much is missing depends on the lengths of the other texts, so they are made and cut off again.
			start := len(dst)
			dst = appendDescription(appendItem(dst, row), row)
			size := int64(len(dst)-start) + 6*8
			return appendExtra(dst[:start], extra.at(row), size, auctionBytes)
		}),
	}}
}

// expires is when an auction ends: on average when the inFlight-th auction after it begins.
func (x *nexmark) expires(row int64) int64 {
	const ahead = inFlight * allShares / auctionShare
	event := auctionEvent(row)
	now := x.time(event)
	horizon := (x.time(event+ahead) - now) / 1000
	return now + 1000*(1+below(x.stream(fieldExpires).at(row), max(2*horizon, 1)))
}

func (x *nexmark) seller(row int64) int64 {
	h := x.stream(fieldSeller).at(row)
	epoch := row / auctionShare
	if h%hotSellers > 0 {
		return epoch/hotBatch*hotBatch + firstPerson
	}
	return pick(h, epoch)
}

// each fills a slice with a function of the row number.
func each(f func(row int64) int64) func(dst []int64, from int64) {
	return func(dst []int64, from int64) {
		for i := range dst {
			dst[i] = f(from + int64(i))
		}
	}
}
