package gen

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// stream is a source of random numbers with an index: number n is a hash of n and the stream's key. So any row can be made
// without those before it, and any column without the others.
type stream uint64

// golden is 2^64 divided by the golden ratio, the usual odd constant for spreading consecutive numbers.
const golden = 0x9E3779B97F4A7C15

// newStream returns the stream of a field for a seed. Fields of one seed are independent of each other.
func newStream(seed int64, field uint64) stream {
	return stream(mix(mix(uint64(seed)+golden) + field*golden))
}

// at is number n.
func (s stream) at(n int64) uint64 { return mix(uint64(n)*golden + uint64(s)) }

// mix is the finaliser of splitmix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
	x = (x ^ x>>27) * 0x94D049BB133111EB
	return x ^ x>>31
}

// below maps the upper bits of a random number to 0..n-1; the lower bits stay free for coins.
func below(h uint64, n int64) int64 {
	hi, _ := bits.Mul64(h, uint64(n))
	return int64(hi)
}

// more is another random number derived from h.
func more(h uint64) uint64 {
	hi, lo := bits.Mul64(h^golden, 0xA0761D6478BD642F)
	return hi ^ lo
}

// appendLetters appends n random letters a to z.
func appendLetters(dst []byte, h uint64, n int) []byte {
	const low = 0x00FF00FF00FF00FF
	at, end := len(dst), len(dst)+n
	dst = slices.Grow(dst, n+8)[:end+8] // the last eight may end behind it
	next := h                           // the eights do not depend on each other, so the processor makes several at a time
	for ; at < end; at += 8 {
		// Eight bytes b become b*26/256 each, in two rounds of four 16-bit lanes.
		even := (h & low) * 26 >> 8 & low
		odd := (h >> 8 & low) * 26 & (low << 8)
		binary.LittleEndian.PutUint64(dst[at:], (even|odd)+0x6161616161616161)
		h = more(next)
		next += golden
	}
	return dst[:end]
}

// alphabet maps a random byte to a letter, or with probability 1/13 to a special character.
type alphabet [256]byte

func newAlphabet(special byte) *alphabet {
	const specials = 256 / 13
	var t alphabet
	for i := range t {
		t[i] = special
		if i >= specials {
			t[i] = 'a' + byte((i-specials)*26/(256-specials))
		}
	}
	return &t
}

var spaced, underscored = newAlphabet(' '), newAlphabet('_')

// appendWords appends a text of 3 to limit-1 characters as Nexmark's nextString makes it: letters, now and then a special
// character, none of them a space at either end.
func appendWords(dst []byte, h uint64, limit int, chars *alphabet) []byte {
	start := len(dst)
	end := start + 3 + int(below(h, int64(limit-3)))
	dst = slices.Grow(dst, end-start+8)[:end+8] // the last eight may end behind it
	for at := start; at < end; at += 8 {
		h = more(h)
		binary.LittleEndian.PutUint64(dst[at:], uint64(chars[byte(h)])|uint64(chars[byte(h>>8)])<<8|uint64(chars[byte(h>>16)])<<16|uint64(chars[byte(h>>24)])<<24|
			uint64(chars[byte(h>>32)])<<32|uint64(chars[byte(h>>40)])<<40|uint64(chars[byte(h>>48)])<<48|uint64(chars[byte(h>>56)])<<56)
	}
	for end > start && dst[end-1] == ' ' {
		end--
	}
	first := start
	for first < end && dst[first] == ' ' {
		first++
	}
	if first > start {
		end = start + copy(dst[start:], dst[first:end])
	}
	return dst[:end]
}

const hexDigits = "0123456789abcdef"

// appendUUID appends the text of a random (version 4) UUID.
func appendUUID(dst []byte, h uint64) []byte {
	a, b := mix(h), mix(h+golden)
	a = a&^0xF000 | 0x4000
	b = b&^(3<<62) | 2<<62
	dst = appendHex(dst, a>>32, 8)
	dst = append(dst, '-')
	dst = appendHex(dst, a>>16, 4)
	dst = append(dst, '-')
	dst = appendHex(dst, a, 4)
	dst = append(dst, '-')
	dst = appendHex(dst, b>>48, 4)
	dst = append(dst, '-')
	return appendHex(dst, b, 12)
}

func appendHex(dst []byte, x uint64, digits int) []byte {
	for digits--; digits >= 0; digits-- {
		dst = append(dst, hexDigits[x>>(4*digits)&15])
	}
	return dst
}
