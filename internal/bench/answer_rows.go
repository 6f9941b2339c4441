package bench

import (
	"bytes"
	"strconv"

	"github.com/freshetdb/freshet/sql/batch"
)

// The answers of the queries that look at each bid alone.

// answerQ10 is all bids with their days and minutes.
func answerQ10(in inputs, r *rows) error {
	return in["bid"].each([]string{"auction", "bidder", "price", "date_time", "extra"}, func(b *batch.Batch) error {
		for i, auction := range b.Cols[0].Ints {
			at := b.Cols[3].Ints[i]
			r.integer(auction)
			r.integer(b.Cols[1].Ints[i])
			r.integer(b.Cols[2].Ints[i])
			r.clock(at, "")
			r.bytes(b.Cols[4].BytesAt(i))
			r.string(dateText(at))
			r.string(minuteText(at))
			r.end()
		}
		return nil
	})
}

// answerQ13 is each bid with what the side input has for its auction.
func answerQ13(in inputs, r *rows) error {
	return in["bid"].each([]string{"auction", "bidder", "price", "date_time"}, func(b *batch.Batch) error {
		for i, auction := range b.Cols[0].Ints {
			r.integer(auction)
			r.integer(b.Cols[1].Ints[i])
			r.integer(b.Cols[2].Ints[i])
			r.clock(b.Cols[3].Ints[i], "")
			r.string("value-" + strconv.FormatInt(auction%10000, 10))
			r.end()
		}
		return nil
	})
}

// inEuros writes 0.908 times a price.
func inEuros(dst []byte, p int64) []byte {
	n := p * 908
	dst = append(strconv.AppendInt(dst, n/1000, 10), '.')
	frac := n % 1000
	return append(dst, '0'+byte(frac/100), '0'+byte(frac/10%10), '0'+byte(frac%10))
}

// answerQ14 is the bids of a range of prices with the time of day and the letters c of their text.
func answerQ14(in inputs, r *rows) error {
	var text []byte
	return in["bid"].each([]string{"auction", "bidder", "price", "date_time", "extra"}, func(b *batch.Batch) error {
		for i, auction := range b.Cols[0].Ints {
			price, t := b.Cols[2].Ints[i], b.Cols[3].Ints[i]
			if n := price * 908; n <= 1000*1_000_000 || n >= 1000*50_000_000 {
				continue
			}
			r.integer(auction)
			r.integer(b.Cols[1].Ints[i])
			text = inEuros(text[:0], price)
			r.bytes(text)
			switch hour := t / (3600 * second) % 24; {
			case hour >= 8 && hour <= 18:
				r.string("dayTime")
			case hour <= 6 || hour >= 20:
				r.string("nightTime")
			default:
				r.string("otherTime")
			}
			r.clock(t, "")
			r.bytes(b.Cols[4].BytesAt(i))
			r.integer(int64(bytes.Count(b.Cols[4].BytesAt(i), []byte("c"))))
			r.end()
		}
		return nil
	})
}

// knownChannels are the numbers of four channels.
var knownChannels = map[string]string{"apple": "0", "google": "1", "facebook": "2", "baidu": "3"}

// answerQ21 is the bids with the id of their channel, where it is known.
func answerQ21(in inputs, r *rows) error {
	return in["bid"].each([]string{"auction", "bidder", "price", "channel", "url"}, func(b *batch.Batch) error {
		for i, auction := range b.Cols[0].Ints {
			channel, url := b.Cols[3].BytesAt(i), b.Cols[4].BytesAt(i)
			id, known := knownChannels[string(bytes.ToLower(channel))]
			if !known {
				_, rest, ok := bytes.Cut(url, []byte("&channel_id="))
				if !ok {
					if rest, ok = bytes.CutPrefix(url, []byte("channel_id=")); !ok {
						continue
					}
				}
				value, _, _ := bytes.Cut(rest, []byte("&"))
				id = string(value)
			}
			r.integer(auction)
			r.integer(b.Cols[1].Ints[i])
			r.integer(b.Cols[2].Ints[i])
			r.bytes(channel)
			r.string(id)
			r.end()
		}
		return nil
	})
}

// answerQ22 is the bids with three parts of their addresses.
func answerQ22(in inputs, r *rows) error {
	return in["bid"].each([]string{"auction", "bidder", "price", "channel", "url"}, func(b *batch.Batch) error {
		for i, auction := range b.Cols[0].Ints {
			r.integer(auction)
			r.integer(b.Cols[1].Ints[i])
			r.integer(b.Cols[2].Ints[i])
			r.bytes(b.Cols[3].BytesAt(i))
			parts := bytes.Split(b.Cols[4].BytesAt(i), []byte("/"))
			for k := 3; k <= 5; k++ {
				if k < len(parts) {
					r.bytes(parts[k])
				} else {
					r.null()
				}
			}
			r.end()
		}
		return nil
	})
}
