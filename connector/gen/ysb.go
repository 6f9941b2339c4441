package gen

import (
	"strconv"

	"github.com/freshetdb/freshet/sql/types"
)

// The words and sizes of the Yahoo streaming benchmark (Chintapalli et al., 2016).
var (
	adTypes    = [...]string{"banner", "modal", "sponsored-search", "mail", "mobile"}
	eventTypes = [...]string{"view", "click", "purchase"}
)

const (
	ysbUsers = 100
	ysbPages = 100
	uuidSize = 36
)

// The fields, each with random numbers of its own. The order is part of what a seed means.
const (
	fieldUser = 100 + iota
	fieldUserID
	fieldPage
	fieldPageID
	fieldAd
	fieldAdID
	fieldCampaignID
	fieldAdType
	fieldEventType
	fieldAddress
)

// ysb makes events about ads, and the table that says to which campaign an ad belongs.
type ysb struct {
	seed          int64
	start         int64 // microseconds since 1970
	gapNanos      int64
	campaigns     int64
	adsPerEach    int64
	users, pages  []byte // texts of UUIDs, one after the other
	ads           []byte
	user, page    stream
	ad, adType    stream
	event, source stream
}

func newYSB(seed, start, gapNanos, campaigns, adsPerEach int64) *ysb {
	return &ysb{
		seed: seed, start: start, gapNanos: gapNanos, campaigns: campaigns, adsPerEach: adsPerEach,
		users: uuids(newStream(seed, fieldUserID), ysbUsers),
		pages: uuids(newStream(seed, fieldPageID), ysbPages),
		ads:   uuids(newStream(seed, fieldAdID), campaigns*adsPerEach),
		user:  newStream(seed, fieldUser), page: newStream(seed, fieldPage),
		ad: newStream(seed, fieldAd), adType: newStream(seed, fieldAdType),
		event: newStream(seed, fieldEventType), source: newStream(seed, fieldAddress),
	}
}

func uuids(s stream, n int64) []byte {
	var list []byte
	for i := range n {
		list = appendUUID(list, s.at(i))
	}
	return list
}

func uuidAt(list []byte, i int64) []byte { return list[i*uuidSize : (i+1)*uuidSize] }

// The values of one event.
func (y *ysb) appendUser(dst []byte, row int64) []byte {
	return append(dst, uuidAt(y.users, below(y.user.at(row), ysbUsers))...)
}

func (y *ysb) appendPage(dst []byte, row int64) []byte {
	return append(dst, uuidAt(y.pages, below(y.page.at(row), ysbPages))...)
}

func (y *ysb) appendAd(dst []byte, row int64) []byte {
	return append(dst, uuidAt(y.ads, below(y.ad.at(row), y.campaigns*y.adsPerEach))...)
}

func (y *ysb) adTypeOf(row int64) int64 { return below(y.adType.at(row), int64(len(adTypes))) }

func (y *ysb) eventTypeOf(row int64) int64 { return below(y.event.at(row), int64(len(eventTypes))) }

// appendAddress makes an IPv4 address of a private network.
func (y *ysb) appendAddress(dst []byte, row int64) []byte {
	h := y.source.at(row)
	dst = append(dst, "10."...)
	dst = append(strconv.AppendUint(dst, h>>56, 10), '.')
	dst = append(strconv.AppendUint(dst, h>>48&255, 10), '.')
	return strconv.AppendUint(dst, h>>40&255, 10)
}

// time is the time of an event, in whole milliseconds.
func (y *ysb) time(row int64) int64 { return y.start + row*y.gapNanos/1_000_000*1000 }

// events is the stream.
func (y *ysb) events(rows int64) *table {
	return &table{rows: rows, columns: []column{
		texts("user_id", y.appendUser),
		texts("page_id", y.appendPage),
		texts("ad_id", y.appendAd),
		oneOf("ad_type", adTypes[:], y.adTypeOf),
		oneOf("event_type", eventTypes[:], y.eventTypeOf),
		ints("event_time", types.OIDTimestamptz, each(y.time)),
		texts("ip_address", y.appendAddress),
	}}
}

// campaignsTable is the table of ads with their campaigns.
func (y *ysb) campaignsTable() *table {
	campaign := newStream(y.seed, fieldCampaignID)
	return &table{rows: y.campaigns * y.adsPerEach, columns: []column{
		texts("ad_id", func(dst []byte, row int64) []byte { return append(dst, uuidAt(y.ads, row)...) }),
		texts("campaign_id", func(dst []byte, row int64) []byte { return appendUUID(dst, campaign.at(row/y.adsPerEach)) }),
	}}
}

// appendJSON appends an event as a line of JSON, the way the benchmark's own producer writes it.
func (y *ysb) appendJSON(dst []byte, row int64) []byte {
	dst = y.appendUser(append(dst, `{"user_id":"`...), row)
	dst = y.appendPage(append(dst, `","page_id":"`...), row)
	dst = y.appendAd(append(dst, `","ad_id":"`...), row)
	dst = append(append(dst, `","ad_type":"`...), adTypes[y.adTypeOf(row)]...)
	dst = append(append(dst, `","event_type":"`...), eventTypes[y.eventTypeOf(row)]...)
	dst = strconv.AppendInt(append(dst, `","event_time":`...), y.time(row)/1000, 10)
	dst = y.appendAddress(append(dst, `,"ip_address":"`...), row)
	return append(dst, "\"}\n"...)
}
