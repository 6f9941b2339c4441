package fn

import (
	"math"
	"math/bits"
	"unsafe"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// The exact sum of floats under additions and retractions. A float is an integer times 2^-1074, so a sum is an integer of some 2,100 bits,
// of which data that is alike uses few: a group has 3 of its 64-bit words, the window, and where that is not enough all of them in a blob.
// The result is rounded once. NaN and infinities are counted.

// floatSum is the state of a sum in a group. Its zero is empty.
type floatSum struct {
	base   uint64 // 1 + the number of the accumulator's word that window[0] is; 0 if the window is empty
	window [windowWords]uint64
	blob   uint64
}

const (
	floatSumWords = 5
	floatSumBlob  = 4 // the word that is a blob
	windowWords   = 3
	// accWords hold 2^-1074 to 2^1024 times 2^63 rows, with a sign.
	accWords = 35
)

// floatParts takes a finite float apart: x = mantissa * 2^(place-1074), with the sign apart.
func floatParts(x float64) (mantissa uint64, place uint, negative bool) {
	b := math.Float64bits(x)
	mantissa = b & (1<<52 - 1)
	if e := uint(b >> 52 & 0x7FF); e > 0 {
		mantissa |= 1 << 52
		place = e - 1
	}
	return mantissa, place, b>>63 != 0
}

// add adds x, diff times.
func (s *floatSum) add(x float64, diff int64, blobs Blobs) error {
	if x == 0 || diff == 0 {
		return nil
	}
	if s.blob == 0 && !math.IsNaN(x) && !math.IsInf(x, 0) {
		mantissa, place, negative := floatParts(x)
		if s.addWindow(mantissa, place, diff, negative) {
			return nil
		}
	}
	return s.addBlob(x, diff, blobs)
}

// shifted is mantissa * |diff| * 2^(place % 64), negated if so, in three words and their sign.
func shifted(mantissa uint64, place uint, diff int64, negative bool) (v [windowWords]uint64) {
	count := uint64(diff)
	if diff < 0 {
		count, negative = -count, !negative
	}
	hi, lo := bits.Mul64(mantissa, count)
	shift := place & 63
	v[0], v[1], v[2] = lo<<shift, hi<<shift|lo>>(64-shift), hi>>(64-shift)
	if negative {
		var borrow uint64
		v[0], borrow = bits.Sub64(0, v[0], 0)
		v[1], borrow = bits.Sub64(0, v[1], borrow)
		v[2], _ = bits.Sub64(0, v[2], borrow)
	}
	return v
}

// signWord is the word that goes on above w.
func signWord(w uint64) uint64 { return uint64(int64(w) >> 63) }

// addWindow adds within the window, which it moves if it can; false tells that nothing was done.
func (s *floatSum) addWindow(mantissa uint64, place uint, diff int64, negative bool) bool {
	word := uint64(place>>6) + 1
	v := shifted(mantissa, place, diff, negative)
	switch {
	case s.base == 0:
		s.base = word
	case word < s.base && !s.moveDown(s.base-word):
		return false
	case word > s.base+1 && !s.moveUp(word-s.base-1):
		return false
	}
	if word > s.base { // by one: the sum is as wide as the value and a word
		if v[2] != signWord(v[1]) {
			if !s.moveUp(1) {
				return false
			}
		} else {
			v = [windowWords]uint64{0, v[0], v[1]}
		}
	}
	var carry uint64
	a := &s.window
	r0, carry := bits.Add64(a[0], v[0], 0)
	r1, carry := bits.Add64(a[1], v[1], carry)
	r2, _ := bits.Add64(a[2], v[2], carry)
	if int64((a[2]^r2)&(v[2]^r2)) < 0 {
		return false
	}
	a[0], a[1], a[2] = r0, r1, r2
	if r0|r1|r2 == 0 {
		s.base = 0
	}
	return true
}

// moveDown lets the window begin n words lower, if its upper words say nothing.
func (s *floatSum) moveDown(n uint64) bool {
	a := &s.window
	switch {
	case n == 1 && a[2] == signWord(a[1]):
		*a = [windowWords]uint64{0, a[0], a[1]}
	case n == 2 && a[2] == signWord(a[1]) && a[1] == signWord(a[0]):
		*a = [windowWords]uint64{0, 0, a[0]}
	default:
		return false
	}
	s.base -= n
	return true
}

// moveUp lets the window begin n words higher, if its lower words are 0.
func (s *floatSum) moveUp(n uint64) bool {
	a := &s.window
	switch {
	case n == 1 && a[0] == 0:
		*a = [windowWords]uint64{a[1], a[2], signWord(a[2])}
	case n == 2 && a[0]|a[1] == 0:
		*a = [windowWords]uint64{a[2], signWord(a[2]), signWord(a[2])}
	default:
		return false
	}
	s.base += n
	return true
}

// accumulator is a sum in a blob: counts of NaN, infinity and -infinity, and all words.
type accumulator struct {
	specials [3]int64
	words    [accWords]uint64
}

const (
	nans = iota
	infinities
	negInfinities
)

func accumulatorOf(b []byte) *accumulator { return (*accumulator)(unsafe.Pointer(unsafe.SliceData(b))) }

// addBlob goes over to the blob and adds there.
func (s *floatSum) addBlob(x float64, diff int64, blobs Blobs) error {
	if err := s.spill(blobs); err != nil {
		return err
	}
	acc := accumulatorOf(blobs.Get(s.blob))
	switch {
	case math.IsNaN(x):
		acc.specials[nans] += diff
	case math.IsInf(x, 1):
		acc.specials[infinities] += diff
	case math.IsInf(x, -1):
		acc.specials[negInfinities] += diff
	default:
		mantissa, place, negative := floatParts(x)
		v := shifted(mantissa, place, diff, negative)
		addWords3(acc.words[:], int(place>>6), v)
	}
	s.release(blobs)
	return nil
}

// spill moves the window to a blob.
func (s *floatSum) spill(blobs Blobs) error {
	if s.blob != 0 {
		return nil
	}
	var acc accumulator
	if s.base != 0 {
		addWords3(acc.words[:], int(s.base-1), s.window)
	}
	ref, err := blobs.Set(0, unsafe.Slice((*byte)(unsafe.Pointer(&acc)), unsafe.Sizeof(acc)))
	if err != nil {
		return err
	}
	*s = floatSum{blob: ref}
	return nil
}

// release gives a blob up that says nothing any more.
func (s *floatSum) release(blobs Blobs) {
	acc := accumulatorOf(blobs.Get(s.blob))
	if acc.specials == [3]int64{} && acc.words == [accWords]uint64{} {
		blobs.Free(s.blob)
		s.blob = 0
	}
}

// addWords3 adds a signed number of three words at a word of another signed number. Words that would lie above it are the number's sign.
func addWords3(words []uint64, at int, v [windowWords]uint64) {
	var carry uint64
	fill := signWord(v[2])
	for i := at; i < len(words); i++ {
		add := fill
		if i-at < windowWords {
			add = v[i-at]
		} else if add+carry == 0 {
			return // nothing more changes
		}
		words[i], carry = bits.Add64(words[i], add, carry)
	}
}

// merge adds another sum.
func (s *floatSum) merge(other *floatSum, blobs, otherBlobs Blobs) error {
	if other.base == 0 && other.blob == 0 {
		return nil
	}
	if s.base == 0 && s.blob == 0 && other.blob == 0 {
		*s = *other
		return nil
	}
	if err := s.spill(blobs); err != nil {
		return err
	}
	acc := accumulatorOf(blobs.Get(s.blob))
	if other.blob == 0 {
		addWords3(acc.words[:], int(other.base-1), other.window)
	} else {
		from := accumulatorOf(otherBlobs.Get(other.blob))
		var carry uint64
		for i := range acc.words {
			acc.words[i], carry = bits.Add64(acc.words[i], from.words[i], carry)
		}
		for i := range acc.specials {
			acc.specials[i] += from.specials[i]
		}
	}
	s.release(blobs)
	return nil
}

// special is the result where values were not finite.
func (s *floatSum) special(blobs Blobs) (x float64, ok bool) {
	if s.blob == 0 {
		return 0, false
	}
	acc := accumulatorOf(blobs.Get(s.blob))
	switch {
	case acc.specials[nans] != 0 || acc.specials[infinities] != 0 && acc.specials[negInfinities] != 0:
		return math.NaN(), true
	case acc.specials[infinities] != 0:
		return math.Inf(1), true
	case acc.specials[negInfinities] != 0:
		return math.Inf(-1), true
	}
	return 0, false
}

// words are the words of a sum of finite values, and the place of the first bit.
func (s *floatSum) words(blobs Blobs) (words []uint64, place int) {
	if s.blob == 0 {
		return s.window[:], 64 * int(max(s.base, 1)-1)
	}
	return accumulatorOf(blobs.Get(s.blob)).words[:], 0
}

// value is the sum, rounded to a float of the given size. A sum of finite values that is too large is PostgreSQL's error.
func (s *floatSum) value(single bool, blobs Blobs) (float64, error) {
	if x, ok := s.special(blobs); ok {
		return x, nil
	}
	words, place := s.words(blobs)
	x := roundWords(words, place, single)
	if math.IsInf(x, 0) {
		return 0, floatOverflow()
	}
	return x, nil
}

func floatOverflow() error {
	return pgerr.New(pgerr.NumericValueOutOfRange, "value out of range: overflow")
}

// roundWords rounds a signed number of words, whose first bit counts 2^(place-1074), to the nearest float, half to even.
func roundWords(words []uint64, place int, single bool) float64 {
	negative := int64(words[len(words)-1]) < 0
	at := func(i int) uint64 { return words[i] }
	if negative { // -x = ^(x-1) = ^x + 1; the words up to the first that is not 0 are special
		first := 0
		for words[first] == 0 {
			first++
		}
		at = func(i int) uint64 {
			switch {
			case i < first:
				return 0
			case i == first:
				return -words[i]
			default:
				return ^words[i]
			}
		}
	}
	top := -1
	for i := len(words) - 1; i >= 0 && top < 0; i-- {
		if w := at(i); w != 0 {
			top = 64*i + bits.Len64(w) - 1
		}
	}
	if top < 0 {
		return 0
	}
	digits, least := 53, 0
	if single {
		digits, least = 24, 1074-149
	}
	// The last bit that is kept, within words; that of the smallest float at the lowest.
	low := max(top-digits+1, least-place)
	bit := func(i int) uint64 {
		if i < 0 || i >= 64*len(words) {
			return 0
		}
		return at(i/64) >> (i % 64) & 1
	}
	mantissa := uint64(0)
	for i := top; i >= low; i-- {
		mantissa = mantissa<<1 | bit(i)
	}
	if bit(low-1) == 1 {
		sticky := mantissa & 1
		for i := 0; i < low-1 && sticky == 0; i++ {
			if i%64 == 0 && i+64 <= low-1 && at(i/64) == 0 {
				i += 63
				continue
			}
			sticky = bit(i)
		}
		mantissa += sticky
	}
	x := math.Ldexp(float64(mantissa), low+place-1074)
	if single && x > math.MaxFloat32 {
		x = math.Inf(1)
	}
	if negative {
		return -x
	}
	return x
}
