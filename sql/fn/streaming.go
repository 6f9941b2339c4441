package fn

import (
	"bytes"
	"encoding/binary"
	"math/bits"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// Functions that PostgreSQL does not have and scripts for streaming systems use.

// splitIndex is Flink's SPLIT_INDEX: fields count from 0, and one that is not there is null.
func splitIndex(c *Call, i int) error {
	s, sep, n := c.bytes(0, i), c.bytes(1, i), c.int(2, i)
	if n < 0 || len(s) == 0 {
		c.putNull()
		return nil
	}
	if len(sep) == 1 && n > 0 && n <= int64(len(s)) {
		at := nthByte(s, sep[0], int(n)-1)
		if at < 0 {
			c.putNull()
			return nil
		}
		s, n = s[at+1:], 0
	}
	for ; n > 0; n-- {
		at := -1
		if len(sep) > 0 {
			at = bytes.Index(s, sep)
		}
		if at < 0 {
			c.putNull()
			return nil
		}
		s = s[at+len(sep):]
	}
	if len(sep) > 0 {
		if at := bytes.Index(s, sep); at >= 0 {
			s = s[:at]
		}
	}
	c.putBytes(s)
	return nil
}

// nthByte is where the byte c is in s for the time after n others, or -1. Eight bytes are looked at together.
func nthByte(s []byte, c byte, n int) int {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	at := 0
	for ; at+8 <= len(s); at += 8 {
		x := binary.LittleEndian.Uint64(s[at:]) ^ uint64(c)*ones // its bytes that are 0 are c
		found := ^((x&^tops + ^uint64(tops)) | x) & tops         // the top bits of those
		if count := bits.OnesCount64(found); count <= n {
			n -= count
			continue
		}
		for ; n > 0; n-- {
			found &= found - 1
		}
		return at + bits.TrailingZeros64(found)/8
	}
	for ; at < len(s); at++ {
		if s[at] != c {
			continue
		}
		if n == 0 {
			return at
		}
		n--
	}
	return -1
}

// regexpExtract is Flink's REGEXP_EXTRACT: a group of the first match, 0 being the match itself; null if there is none.
func regexpExtract(c *Call, i int) error {
	p, err := c.regex(1, -1, i)
	if err != nil {
		return err
	}
	group := int64(0)
	if len(c.Args) > 2 {
		group = c.int(2, i)
	}
	if group < 0 || group > int64(p.groups) {
		return pgerr.Newf(pgerr.InvalidParameterValue, "the regular expression has %d groups, not %d", p.groups, group)
	}
	s := c.bytes(0, i)
	m, err := p.first(s)
	switch {
	case err != nil:
		return err
	case m == nil || m[2*group] < 0:
		c.putNull()
	default:
		c.putBytes(s[m[2*group]:m[2*group+1]])
	}
	return nil
}

func streamingFunctions() []*Function {
	return []*Function{
		def("proctime() timestamptz", clock(transactionTime), "when a row is computed: the time of its tick, in a view that is kept fresh").volatile(),
		def("split_index(text, text, int4) text", perRow(splitIndex), "the n-th field of a text with a separator, counted from 0; null if it is not there", "split_index('a/b/c', '/', 1) → b"),
		def("regexp_extract(text, text) text", perRow(regexpExtract), "the first match of a regular expression; null if there is none", "regexp_extract('foobar', 'o+') → oo"),
		def("regexp_extract(text, text, int4) text", perRow(regexpExtract), "the n-th group of the first match of a regular expression, 0 being the whole; null if there is none", "regexp_extract('a=1&b=2', '(^|&)b=([^&]*)', 2) → 2"),
	}
}
