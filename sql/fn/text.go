package fn

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/bits"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// maxText is the longest value that may be made (MaxAllocSize of memutils.h). Tests make it smaller.
var maxText = 1<<30 - 1

// varHeader is what PostgreSQL puts before the bytes of a value (VARHDRSZ): it counts.
const varHeader = 4

func tooLarge() error {
	return pgerr.New(pgerr.ProgramLimitExceeded, "requested length too large")
}

// notAllocated is PostgreSQL's error where memory is asked for at once for a value of so many bytes, which are too many.
func notAllocated(bytes int) *pgerr.Error {
	return pgerr.Newf(pgerr.InternalError, "invalid memory alloc request size %d", bytes+varHeader)
}

// notEnlarged is its error where a text is put together piece by piece, has so many bytes, and has no room for so many more.
func notEnlarged(has, more int) *pgerr.Error {
	return pgerr.New(pgerr.ProgramLimitExceeded, "out of memory").
		WithDetail("Cannot enlarge string buffer containing %d bytes by %d more bytes.", has, more)
}

// room tells whether the value that is put together in dst behind Out.Data has room for so many more bytes.
func (c *Call) room(dst []byte, more int) error {
	if has := len(dst) - len(c.Out.Data); has+more >= maxText {
		return notEnlarged(has, more)
	}
	return nil
}

// text1 makes the kernel of a function that appends its result.
func text1(f func(dst, s []byte) []byte) Kernel {
	return perRow(func(c *Call, i int) error {
		c.putAppended(f(c.Out.Data, c.bytes(0, i)))
		return nil
	})
}

func count1(f func(s []byte) int) Kernel {
	return perRow(func(c *Call, i int) error {
		c.putInt(int64(f(c.bytes(0, i))))
		return nil
	})
}

// countChars is the number of characters of a text, which is UTF-8: of its bytes but those that continue a character. Eight are looked at
// together.
func countChars(s []byte) int {
	const ones = 0x0101010101010101
	n := len(s)
	for ; len(s) >= 8; s = s[8:] {
		x := binary.LittleEndian.Uint64(s)
		n -= bits.OnesCount64(x >> 7 &^ (x >> 6) & ones) // 10xxxxxx
	}
	for _, c := range s {
		if c&0xC0 == 0x80 {
			n--
		}
	}
	return n
}

// The collation is "C", as the order of text is; letters of all scripts have cases all the same, as in C.UTF-8.

func lower(dst, s []byte) []byte {
	at := len(dst)
	dst = append(dst, s...)
	for i, b := range dst[at:] {
		if b >= utf8.RuneSelf {
			return lowerRunes(dst[:at+i], s[i:])
		}
		if b-'A' <= 25 {
			dst[at+i] += 'a' - 'A'
		}
	}
	return dst
}

// lowerRunes is lower for letters of all scripts.
func lowerRunes(dst, s []byte) []byte {
	for i := 0; i < len(s); {
		b := s[i]
		if b < utf8.RuneSelf {
			if b-'A' <= 25 {
				b += 'a' - 'A'
			}
			dst = append(dst, b)
			i++
			continue
		}
		r, size := utf8.DecodeRune(s[i:])
		dst = utf8.AppendRune(dst, unicode.ToLower(r))
		i += size
	}
	return dst
}

func upper(dst, s []byte) []byte {
	at := len(dst)
	dst = append(dst, s...)
	for i, b := range dst[at:] {
		if b >= utf8.RuneSelf {
			return upperRunes(dst[:at+i], s[i:])
		}
		if b-'a' <= 25 {
			dst[at+i] -= 'a' - 'A'
		}
	}
	return dst
}

// upperRunes is upper for letters of all scripts.
func upperRunes(dst, s []byte) []byte {
	for i := 0; i < len(s); {
		b := s[i]
		if b < utf8.RuneSelf {
			if b-'a' <= 25 {
				b -= 'a' - 'A'
			}
			dst = append(dst, b)
			i++
			continue
		}
		r, size := utf8.DecodeRune(s[i:])
		dst = utf8.AppendRune(dst, unicode.ToUpper(r))
		i += size
	}
	return dst
}

func initcap(dst, s []byte) []byte {
	inWord := false
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRune(s[i:])
		i += size
		if inWord {
			r = unicode.ToLower(r)
		} else {
			r = unicode.ToUpper(r)
		}
		inWord = unicode.IsLetter(r) || unicode.IsDigit(r)
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}

func reverse(dst, s []byte) []byte {
	for len(s) > 0 {
		_, size := utf8.DecodeLastRune(s)
		dst = append(dst, s[len(s)-size:]...)
		s = s[:len(s)-size]
	}
	return dst
}

// skipChars is the place behind the first n characters.
func skipChars(s []byte, n int64) int {
	if n <= 0 {
		return 0
	}
	if n >= int64(len(s)) {
		return len(s)
	}
	at := 0
	for at < len(s) && n > 0 {
		if s[at] < utf8.RuneSelf {
			at++
		} else {
			_, size := utf8.DecodeRune(s[at:])
			at += size
		}
		n--
	}
	return at
}

// left gives n characters, or all but -n.
func left(s []byte, n int64) []byte {
	if n < 0 {
		n += int64(utf8.RuneCount(s))
	}
	return s[:skipChars(s, n)]
}

func right(s []byte, n int64) []byte {
	if n == math.MinInt32 { // PostgreSQL cannot negate it
		return s
	}
	if n < 0 {
		n = -n
	} else {
		n = int64(utf8.RuneCount(s)) - n
	}
	return s[skipChars(s, n):]
}

// substring is SUBSTRING(s FROM start FOR count).
func substring(s []byte, start, count int64, hasCount bool, chars bool) ([]byte, error) {
	end := int64(math.MaxInt64)
	if hasCount {
		if count < 0 {
			if start > math.MaxInt32+count || start+count < start {
				return nil, pgerr.New(pgerr.SubstringError, "negative substring length not allowed")
			}
			return nil, pgerr.New(pgerr.SubstringError, "negative substring length not allowed")
		}
		if start+count <= math.MaxInt32 {
			end = start + count
		}
	}
	start = max(start, 1)
	if end <= start {
		return nil, nil
	}
	if !chars {
		from := min(start-1, int64(len(s)))
		to := min(end-1, int64(len(s)))
		return s[from:to], nil
	}
	s = s[skipChars(s, start-1):]
	if end != math.MaxInt64 {
		s = s[:skipChars(s, end-start)]
	}
	return s, nil
}

func substringKernel(hasCount, chars bool) Kernel {
	return perRow(func(c *Call, i int) error {
		count := int64(0)
		if hasCount {
			count = c.int(2, i)
		}
		part, err := substring(c.bytes(0, i), c.int(1, i), count, hasCount, chars)
		if err == nil {
			c.putBytes(part)
		}
		return err
	})
}

func pad(atLeft bool) Kernel {
	return perRow(func(c *Call, i int) error {
		s, n := c.bytes(0, i), max(c.int(1, i), 0)
		fill := []byte(" ")
		if len(c.Args) > 2 {
			fill = c.bytes(2, i)
		}
		if n*4+varHeader > int64(maxText) {
			return tooLarge()
		}
		length := int64(utf8.RuneCount(s))
		if length >= n || len(fill) == 0 {
			c.putBytes(s[:skipChars(s, n)])
			return nil
		}
		dst := c.Out.Data
		if !atLeft {
			dst = append(dst, s...)
		}
		missing := n - length
		for chars := int64(utf8.RuneCount(fill)); missing >= chars; missing -= chars {
			dst = append(dst, fill...)
		}
		dst = append(dst, fill[:skipChars(fill, missing)]...)
		if atLeft {
			dst = append(dst, s...)
		}
		c.putAppended(dst)
		return nil
	})
}

// trim takes characters of a set off the ends.
func trim(atLeft, atRight bool) Kernel {
	return perRow(func(c *Call, i int) error {
		s, set := c.bytes(0, i), " "
		if len(c.Args) > 1 {
			set = c.text(1, i)
		}
		for atLeft && len(s) > 0 {
			r, size := utf8.DecodeRune(s)
			if !strings.ContainsRune(set, r) {
				break
			}
			s = s[size:]
		}
		for atRight && len(s) > 0 {
			r, size := utf8.DecodeLastRune(s)
			if !strings.ContainsRune(set, r) {
				break
			}
			s = s[:len(s)-size]
		}
		c.putBytes(s)
		return nil
	})
}

func trimBytes(atLeft, atRight bool) Kernel {
	return perRow(func(c *Call, i int) error {
		s, set := c.bytes(0, i), c.bytes(1, i)
		for atLeft && len(s) > 0 && bytes.IndexByte(set, s[0]) >= 0 {
			s = s[1:]
		}
		for atRight && len(s) > 0 && bytes.IndexByte(set, s[len(s)-1]) >= 0 {
			s = s[:len(s)-1]
		}
		c.putBytes(s)
		return nil
	})
}

// position counts characters from 1; 0 where it is not there.
func position(s, part []byte) int {
	at := bytes.Index(s, part)
	if at < 0 {
		return 0
	}
	return utf8.RuneCount(s[:at]) + 1
}

func replace(c *Call, i int) error {
	s, from, to := c.bytes(0, i), c.bytes(1, i), c.bytes(2, i)
	dst := c.Out.Data
	for len(from) > 0 {
		at := bytes.Index(s, from)
		if at < 0 {
			break
		}
		if err := c.room(dst, at); err != nil {
			return err
		}
		dst = append(dst, s[:at]...)
		if err := c.room(dst, len(to)); err != nil {
			return err
		}
		dst = append(dst, to...)
		s = s[at+len(from):]
	}
	c.putAppended(append(dst, s...))
	return nil
}

func translate(c *Call, i int) error {
	s, from, to := c.bytes(0, i), c.bytes(1, i), c.bytes(2, i)
	dst := c.Out.Data
	for len(s) > 0 {
		_, size := utf8.DecodeRune(s)
		char := s[:size]
		s = s[size:]
		at := bytes.Index(from, char)
		if at < 0 {
			dst = append(dst, char...)
			continue
		}
		rest := to[skipChars(to, int64(utf8.RuneCount(from[:at]))):]
		_, size = utf8.DecodeRune(rest)
		if len(rest) > 0 {
			dst = append(dst, rest[:size]...)
		}
	}
	c.putAppended(dst)
	return nil
}

func repeat(c *Call, i int) error {
	s, n := c.bytes(0, i), max(c.int(1, i), 0)
	if int64(len(s))*n+varHeader > int64(maxText) {
		return tooLarge()
	}
	dst := c.Out.Data
	for range n {
		dst = append(dst, s...)
	}
	c.putAppended(dst)
	return nil
}

func overlay(chars bool) Kernel {
	return perRow(func(c *Call, i int) error {
		s, part, start := c.bytes(0, i), c.bytes(1, i), c.int(2, i)
		count := int64(len(part))
		if chars {
			count = int64(utf8.RuneCount(part))
		}
		if len(c.Args) > 3 {
			count = c.int(3, i)
		}
		if start <= 0 {
			return pgerr.New(pgerr.SubstringError, "negative substring length not allowed")
		}
		if start+count > math.MaxInt32 {
			return pgerr.New(pgerr.NumericValueOutOfRange, "integer out of range")
		}
		head, err := substring(s, 1, start-1, true, chars)
		if err != nil {
			return err
		}
		tail, err := substring(s, start+count, 0, false, chars)
		if err != nil {
			return err
		}
		c.putAppended(append(append(append(c.Out.Data, head...), part...), tail...))
		return nil
	})
}

// splitPart gives field n of a text, from the end if n is negative.
func splitPart(c *Call, i int) error {
	s, sep, n := c.bytes(0, i), c.bytes(1, i), c.int(2, i)
	if n == 0 {
		return pgerr.New(pgerr.InvalidParameterValue, "field position must not be zero")
	}
	if len(sep) == 0 {
		if n == 1 || n == -1 {
			c.putBytes(s)
		} else {
			c.putBytes(nil)
		}
		return nil
	}
	if n < 0 {
		n += int64(bytes.Count(s, sep)) + 2
		if n < 1 {
			c.putBytes(nil)
			return nil
		}
	}
	for ; n > 1; n-- {
		at := bytes.Index(s, sep)
		if at < 0 {
			c.putBytes(nil)
			return nil
		}
		s = s[at+len(sep):]
	}
	if at := bytes.Index(s, sep); at >= 0 {
		s = s[:at]
	}
	c.putBytes(s)
	return nil
}

func chr(c *Call, i int) error {
	n := c.int(0, i)
	switch {
	case n < 0:
		return pgerr.New(pgerr.InvalidParameterValue, "character number must be positive")
	case n == 0:
		return pgerr.New(pgerr.ProgramLimitExceeded, "null character not permitted")
	case n > utf8.MaxRune:
		return pgerr.Newf(pgerr.ProgramLimitExceeded, "requested character too large for encoding: %d", n)
	case n >= 0xd800 && n < 0xe000:
		return pgerr.Newf(pgerr.ProgramLimitExceeded, "requested character not valid for encoding: %d", n)
	}
	c.putAppended(utf8.AppendRune(c.Out.Data, rune(n)))
	return nil
}

func ascii(s []byte) int {
	if len(s) == 0 {
		return 0
	}
	r, _ := utf8.DecodeRune(s)
	return int(r)
}

// concatText is text || text.
func concatText(c *Call) {
	nulls := c.Args[0].HasNulls() || c.Args[1].HasNulls()
	for i := range c.Rows {
		if !nulls || !c.anyNull(i) {
			a, b := c.bytes(0, i), c.bytes(1, i)
			if len(a)+len(b) > maxText-varHeader {
				c.fail(i, notAllocated(len(a)+len(b)))
			} else {
				c.Out.Data = append(append(c.Out.Data, a...), b...)
			}
		}
		if c.Out.FinishBytes(); len(c.Out.Data) >= batch.BytesMax && c.full(i) {
			c.padFrom(i + 1)
			return
		}
	}
}

// concatAny is text || any or any || text: the other as text.
func concatAny(c *Call, i int) error {
	dst := c.Out.Data
	for k := range c.Args {
		if c.typeOf(k).OID == types.OIDBool { // the cast to text, not what is sent to clients
			dst = strconv.AppendBool(dst, c.value(k, i).Bool())
			continue
		}
		dst = c.appendText(dst, k, i)
	}
	c.putAppended(dst)
	return nil
}

// appendText appends the text form of an argument that is not null.
func (c *Call) appendText(dst []byte, k, i int) []byte {
	t := c.typeOf(k)
	if isString(t.OID) || t.OID == types.OIDName || t.OID == types.OIDUnknown {
		return append(dst, c.bytes(k, i)...)
	}
	codec, ok := types.CodecOf(t.OID)
	if !ok {
		return append(dst, c.bytes(k, i)...)
	}
	return codec.AppendText(dst, c.value(k, i), c.settings())
}

// concatAll is concat(): nulls are left out.
func concatAll(c *Call, i int) error {
	dst := c.Out.Data
	for k := range c.Args {
		if c.isNull(k, i) {
			continue
		}
		if err := c.room(dst, c.textSize(k, i)); err != nil {
			return err
		}
		dst = c.appendText(dst, k, i)
	}
	c.putAppended(dst)
	return nil
}

// textSize is at least how long the text of an argument is that may be long.
func (c *Call) textSize(k, i int) int {
	if c.Args[k].Kind() != types.Bytes {
		return 0
	}
	return len(c.bytes(k, i))
}

func concatWS(c *Call, i int) error {
	if c.isNull(0, i) {
		c.putNull()
		return nil
	}
	dst, first := c.Out.Data, true
	for k := 1; k < len(c.Args); k++ {
		if c.isNull(k, i) {
			continue
		}
		if !first {
			if err := c.room(dst, len(c.bytes(0, i))); err != nil {
				return err
			}
			dst = append(dst, c.bytes(0, i)...)
		}
		if err := c.room(dst, c.textSize(k, i)); err != nil {
			return err
		}
		dst = c.appendText(dst, k, i)
		first = false
	}
	c.putAppended(dst)
	return nil
}
