package gen

import (
	"math/bits"
	"strconv"
)

// hotChannels are those that every second bid comes through.
var hotChannels = [...]string{"Google", "Facebook", "Baidu", "Apple"}

// dictionary holds texts one after the other.
type dictionary struct {
	data []byte
	ends []uint32
}

// add ends the text that was appended to data.
func (d *dictionary) add() { d.ends = append(d.ends, uint32(len(d.data))) }

// at is text i, borrowed.
func (d *dictionary) at(i int64) []byte {
	from := uint32(0)
	if i > 0 {
		from = d.ends[i-1]
	}
	return d.data[from:d.ends[i]]
}

// channelOf says which text a random number means: the hot ones come after the others in the dictionaries.
func channelOf(h uint64) int64 {
	if h&1 != 0 {
		return channels + below(h, int64(len(hotChannels)))
	}
	return below(h, channels)
}

func (x *nexmark) appendChannel(dst []byte, h uint64) []byte {
	x.once.Do(x.makeChannels)
	return append(dst, x.channelNames.at(channelOf(h))...)
}

func (x *nexmark) appendAddress(dst []byte, h uint64) []byte {
	x.once.Do(x.makeChannels)
	return append(dst, x.channelAddresses.at(channelOf(h))...)
}

func (x *nexmark) makeChannels() {
	s := x.stream(fieldChannelText)
	names, addresses := &x.channelNames, &x.channelAddresses
	for i := int64(0); i < channels+int64(len(hotChannels)); i++ {
		h := s.at(i)
		addresses.data = append(addresses.data, "https://www.nexmark.com/"...)
		for range 3 {
			h = more(h)
			addresses.data = appendWords(addresses.data, h, 5, underscored)
			addresses.data = append(addresses.data, '/')
		}
		addresses.data = append(addresses.data, "item.htm?query=1"...)
		if i >= channels {
			names.data = append(names.data, hotChannels[i-channels]...)
		} else {
			names.data = append(names.data, "channel-"...)
			names.data = strconv.AppendInt(names.data, i, 10)
			if below(more(h), 10) > 0 {
				// The standard's Math.abs(Integer.reverse(n)).
				id := int64(int32(bits.Reverse32(uint32(i))))
				addresses.data = append(addresses.data, "&channel_id="...)
				addresses.data = strconv.AppendInt(addresses.data, max(id, -id), 10)
			}
		}
		names.add()
		addresses.add()
	}
}
