package gen

import (
	"sync"

	"github.com/freshetdb/freshet/sql/types"
)

// The constants of the Nexmark generator (Tucker et al., NEXMark, 2002, as Apache Beam and Flink's nexmark have them). Of every
// fifty events the first is a person, three are auctions, and the rest bids.
const (
	personShare  = 1
	auctionShare = 3
	bidShare     = 46
	allShares    = personShare + auctionShare + bidShare

	firstPerson   = 1000
	firstAuction  = 1000
	firstCategory = 10
	categories    = 5

	// hotBatch: the hot auction, bidder and seller change with every hundredth of their kind.
	hotBatch = 100
	// One in hotBidders bids is not by the hot bidder, one in hotSellers auctions not by the hot seller.
	hotBidders = 4
	hotSellers = 4

	inFlight     = 100  // auctions that are open at a time, about
	activePeople = 1000 // people who still bid
	lead         = 10   // ids that are used a little before they appear

	channels = 10_000

	personBytes, auctionBytes, bidBytes = 200, 500, 100 // average size of an event; the column extra makes it up
)

// nexmarkStart is 2015-07-15 00:00:00 UTC in microseconds, the base time of the standard generator.
const nexmarkStart = 1_436_918_400_000_000

// nexmark makes persons, auctions and bids. Event number n is the same whichever table is read, for one seed.
type nexmark struct {
	seed     int64
	start    int64 // microseconds since 1970
	gapNanos int64 // between two events
	// One in hotAuctions bids is not for the hot auction.
	hotAuctions uint64

	// The texts of the cold channels are made once, when they are first asked for.
	once             sync.Once
	channelNames     dictionary
	channelAddresses dictionary
}

func (x *nexmark) stream(field uint64) stream { return newStream(x.seed, field) }

// time is the time of an event, in whole milliseconds as the standard has it.
func (x *nexmark) time(event int64) int64 { return x.start + event*x.gapNanos/1_000_000*1000 }

// rows is how many of the first events are of one kind.
func nexmarkRows(events, before, share int64) int64 {
	if events >= endless {
		return endless
	}
	return events/allShares*share + min(max(events%allShares-before, 0), share)
}

// The numbers of events from numbers of rows.
func personEvent(row int64) int64 { return row * allShares }

func auctionEvent(row int64) int64 {
	return row/auctionShare*allShares + personShare + row%auctionShare
}

func bidEvent(row int64) int64 {
	return row/bidShare*allShares + personShare + auctionShare + row%bidShare
}

// pick chooses a person for an event of an epoch (fifty events): any of the active ones, or one of those to come.
func pick(h uint64, epoch int64) int64 {
	people := epoch + 1
	active := min(people, activePeople)
	return people - active + below(h, active+lead) + firstPerson
}

// bid is the table of bids.
func (x *nexmark) bid(events int64) *table {
	url := x.stream(fieldChannel)
	extra := x.stream(fieldBidExtra)
	return &table{rows: nexmarkRows(events, personShare+auctionShare, bidShare), columns: []column{
		ints("auction", types.OIDInt8, x.bidAuctions),
		ints("bidder", types.OIDInt8, x.bidBidders),
		ints("price", types.OIDInt8, x.bidPrices),
		texts("channel", func(dst []byte, row int64) []byte {
			return x.appendChannel(dst, url.at(row))
		}),
		texts("url", func(dst []byte, row int64) []byte {
			return x.appendAddress(dst, url.at(row))
		}),
		ints("date_time", types.OIDTimestamp, x.bidTimes),
		texts("extra", func(dst []byte, row int64) []byte {
			return appendExtra(dst, extra.at(row), 32, bidBytes)
		}),
	}}
}

// bidAuctions, like the others below, goes through the epochs of 46 bids: what is the same for all bids of an epoch is computed once.
func (x *nexmark) bidAuctions(dst []int64, from int64) {
	s := x.stream(fieldBidAuction)
	for len(dst) > 0 {
		epoch, offset := from/bidShare, from%bidShare
		n := min(bidShare-offset, int64(len(dst)))
		last := epoch*auctionShare + auctionShare - 1
		hot := last/hotBatch*hotBatch + firstAuction
		first := max(last-inFlight, 0)
		span := last - first + 1 + lead
		for i := range dst[:n] {
			h := s.at(from + int64(i))
			id := first + below(h, span) + firstAuction
			if h%x.hotAuctions > 0 {
				id = hot
			}
			dst[i] = id
		}
		dst, from = dst[n:], from+n
	}
}

func (x *nexmark) bidBidders(dst []int64, from int64) {
	s := x.stream(fieldBidBidder)
	for len(dst) > 0 {
		epoch, offset := from/bidShare, from%bidShare
		n := min(bidShare-offset, int64(len(dst)))
		// The second of the batch, so that hot bidders and hot sellers are not the same people.
		hot := epoch/hotBatch*hotBatch + 1 + firstPerson
		for i := range dst[:n] {
			h := s.at(from + int64(i))
			id := pick(h, epoch)
			if h%hotBidders > 0 {
				id = hot
			}
			dst[i] = id
		}
		dst, from = dst[n:], from+n
	}
}

func (x *nexmark) bidPrices(dst []int64, from int64) {
	s := x.stream(fieldBidPrice)
	for i := range dst {
		dst[i] = price(s.at(from + int64(i)))
	}
}

func (x *nexmark) bidTimes(dst []int64, from int64) {
	for len(dst) > 0 {
		n := min(bidShare-from%bidShare, int64(len(dst)))
		event := bidEvent(from)
		for i := range dst[:n] {
			dst[i] = x.time(event + int64(i))
		}
		dst, from = dst[n:], from+n
	}
}

// The fields, each with random numbers of its own. The order is part of what a seed means.
const (
	fieldBidAuction = iota
	fieldBidBidder
	fieldBidPrice
	fieldChannel
	fieldChannelText
	fieldBidExtra
	fieldItem
	fieldDescription
	fieldInitialBid
	fieldReserve
	fieldExpires
	fieldSeller
	fieldCategory
	fieldAuctionExtra
	fieldName
	fieldEmail
	fieldCard
	fieldCity
	fieldState
	fieldPersonExtra
)

// appendExtra fills an event up to its average size, give or take a fifth of what is missing.
func appendExtra(dst []byte, h uint64, size, average int64) []byte {
	if size > average {
		return dst
	}
	rest := average - size
	delta := (2*rest + 5) / 10
	n := rest - delta
	if delta > 0 {
		n += below(h, 2*delta)
	}
	return appendLetters(dst, more(h), int(n))
}
