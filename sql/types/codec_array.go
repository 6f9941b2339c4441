package types

import (
	"bytes"
	"errors"
	"math"
	"strconv"
	"strings"

	"github.com/freshetdb/freshet/internal/pgerr"
)

func arrayCodec(oid OID, elem *Codec) *Codec {
	return &Codec{
		parse: func(dst, text []byte, mod int32, s *Settings) (Value, error) {
			return parseArray(dst, text, oid, elem, mod, s)
		},
		text: func(dst []byte, v Value, s *Settings) []byte { return appendArray(dst, v, elem, s) },
		decode: func(dst, wire []byte, mod int32) (Value, error) {
			return decodeArray(dst, wire, oid, elem, mod)
		},
		binary: func(dst []byte, v Value) []byte {
			if len(v.Bytes) == 0 {
				return AppendArrayHeader(dst, oid, false, nil, nil)
			}
			return append(dst, v.Bytes...)
		},
		compare: func(a, b Value) int { return compareArrays(a.Bytes, b.Bytes, elem) },
		normal:  func(dst, b []byte) []byte { return appendNormalArray(dst, b, elem) },
	}
}

// appendArray is array_out.
func appendArray(dst []byte, v Value, elem *Codec, s *Settings) []byte {
	a, err := OpenArray(v.Bytes)
	if err != nil || a.count == 0 {
		return append(dst, "{}"...)
	}
	dst = appendBounds(dst, &a)
	// An element that is the last of its dimensions closes as many braces.
	index := make([]int32, 0, MaxDimensions)[:len(a.Lengths)]
	for range a.Lengths {
		dst = append(dst, '{')
	}
	scratch := make([]byte, 0, 64)
	for {
		item, null, ok := a.Next()
		if !ok {
			return dst
		}
		if null {
			dst = append(dst, "NULL"...)
		} else {
			value, err := elem.decode(scratch[:0], item, -1)
			if err != nil {
				return dst
			}
			scratch = value.Bytes
			from := len(dst)
			dst = elem.text(dst, value, s)
			dst = quoteItem(dst, from, arrayNeedsQuotes, '\\')
		}
		last := len(index) - 1
		for last >= 0 {
			if index[last]++; index[last] < a.Lengths[last] {
				break
			}
			index[last] = 0
			dst = append(dst, '}')
			last--
		}
		if last < 0 {
			return dst
		}
		dst = append(dst, ',')
		for range len(index) - 1 - last {
			dst = append(dst, '{')
		}
	}
}

// appendBounds writes [l:u]...= if a lower bound is not 1.
func appendBounds(dst []byte, a *Array) []byte {
	plain := true
	for _, lower := range a.Lower {
		plain = plain && lower == 1
	}
	if plain {
		return dst
	}
	for i, lower := range a.Lower {
		dst = strconv.AppendInt(append(dst, '['), int64(lower), 10)
		dst = strconv.AppendInt(append(dst, ':'), int64(lower)+int64(a.Lengths[i])-1, 10)
		dst = append(dst, ']')
	}
	return append(dst, '=')
}

func arrayNeedsQuotes(b []byte) bool {
	if len(b) == 0 || len(b) == 4 && strings.EqualFold(string(b), "null") {
		return true
	}
	for _, c := range b {
		if c == '"' || c == '\\' || c == '{' || c == '}' || c == ',' || isSpace(c) {
			return true
		}
	}
	return false
}

// quoteItem puts what dst has from from on in quotes if needed; a quote inside gets the escape character before it.
func quoteItem(dst []byte, from int, needed func([]byte) bool, escapeQuote byte) []byte {
	if !needed(dst[from:]) {
		return dst
	}
	extra := 2
	for _, c := range dst[from:] {
		if c == '"' || c == '\\' {
			extra++
		}
	}
	end := len(dst)
	for range extra {
		dst = append(dst, '"')
	}
	to := len(dst) - 2
	for i := end - 1; i >= from; i-- {
		c := dst[i]
		dst[to] = c
		to--
		if c == '"' || c == '\\' {
			dst[to] = c
			if c == '"' {
				dst[to] = escapeQuote
			}
			to--
		}
	}
	dst[from] = '"'
	return dst
}

// shortItem is the error of an array in which an element is missing, or is not all there.
func (a *Array) shortItem() error {
	if len(a.items) < 4 { // the length of the element
		return shortArray()
	}
	return pgerr.New(pgerr.InvalidBinaryRepresentation, "insufficient data left in message")
}

// decodeArray checks an array of the wire and writes it in the one form that equal bytes stand for.
func decodeArray(dst, wire []byte, oid OID, elem *Codec, mod int32) (Value, error) {
	if len(wire) == 0 {
		return Value{}, shortArray()
	}
	a, err := OpenArray(wire)
	if err != nil {
		return Value{}, err
	}
	if a.Elem != oid {
		return Value{}, pgerr.Newf(pgerr.DatatypeMismatch, "binary data has array element type %d (%s) instead of expected %d (%s)",
			a.Elem, FormatType(Of(a.Elem)), oid, FormatType(Of(oid)))
	}
	if a.count == 0 {
		if len(a.items) > 0 {
			return Value{}, ErrBytesLeft
		}
		return Value{Bytes: AppendArrayHeader(dst, oid, false, nil, nil)}, nil
	}
	at := len(dst)
	dst = AppendArrayHeader(dst, oid, false, a.Lengths, a.Lower)
	var scratch []byte
	for number := 1; a.count > 0; number++ {
		item, null, ok := a.Next()
		if !ok {
			return Value{}, a.shortItem()
		}
		v := NullValue
		if null {
			dst[at+7] = 1
		} else {
			if v, err = elem.decode(scratch[:0], item, mod); err != nil {
				if errors.Is(err, ErrBytesLeft) {
					err = pgerr.Newf(pgerr.InvalidBinaryRepresentation, "improper binary format in array element %d", number)
				}
				return Value{}, err
			}
			scratch = v.Bytes
		}
		dst = elem.AppendItem(dst, v)
	}
	if len(a.items) > 0 {
		return Value{}, ErrBytesLeft
	}
	return Value{Bytes: dst}, nil
}

// compareArrays compares elements first, then their number, then dimensions (array_cmp). Nulls are last, and equal.
func compareArrays(x, y []byte, elem *Codec) int {
	a, err1 := OpenArray(x)
	b, err2 := OpenArray(y)
	if err1 != nil || err2 != nil {
		return bytes.Compare(x, y)
	}
	countA, countB := a.count, b.count
	for range min(countA, countB) {
		itemA, nullA, _ := a.Next()
		itemB, nullB, _ := b.Next()
		if order := compareItems(elem, itemA, itemB, nullA, nullB); order != 0 {
			return order
		}
	}
	if countA != countB {
		return sign(countA - countB)
	}
	if len(a.Lengths) != len(b.Lengths) {
		return sign(len(a.Lengths) - len(b.Lengths))
	}
	for i := range a.Lengths {
		if a.Lengths[i] != b.Lengths[i] {
			return sign(int(a.Lengths[i]) - int(b.Lengths[i]))
		}
	}
	for i := range a.Lower {
		if a.Lower[i] != b.Lower[i] {
			return sign(int(a.Lower[i]) - int(b.Lower[i]))
		}
	}
	return 0
}

func sign(n int) int { return min(max(n, -1), 1) }

func compareItems(elem *Codec, a, b []byte, nullA, nullB bool) int {
	switch {
	case nullA && nullB:
		return 0
	case nullA:
		return 1
	case nullB:
		return -1
	}
	x, err1 := elem.decode(nil, a, -1)
	y, err2 := elem.decode(nil, b, -1)
	if err1 != nil || err2 != nil {
		return bytes.Compare(a, b)
	}
	return elem.compare(x, y)
}

// appendNormalItem appends an item whose bytes are the same for all equal values.
func appendNormalItem(dst []byte, elem *Codec, item []byte) []byte {
	v, err := elem.decode(nil, item, -1)
	if err != nil {
		return elem.AppendItem(dst, Value{Bytes: item})
	}
	switch {
	case elem.normal != nil:
		v.Bytes = elem.normal(nil, v.Bytes)
	case v.Float == 0:
		v.Float = 0 // not -0
	case math.IsNaN(v.Float):
		v.Float = math.NaN()
	}
	return elem.AppendItem(dst, v)
}

func appendNormalArray(dst, b []byte, elem *Codec) []byte {
	a, err := OpenArray(b)
	if err != nil || a.count == 0 {
		return append(dst, b...)
	}
	dst = append(dst, b[:len(b)-len(a.items)]...)
	for {
		item, null, ok := a.Next()
		if !ok {
			return dst
		}
		if null {
			dst = elem.AppendItem(dst, NullValue)
		} else {
			dst = appendNormalItem(dst, elem, item)
		}
	}
}

// vectorCodec is that of int2vector and oidvector: arrays that are written with spaces and count from 0.
func vectorCodec(oid OID) *Codec {
	parse, elem := parseInt2, intCodec(parseInt2, 2, false)
	if oid == OIDOID {
		parse, elem = parseOID, intCodec(parseOID, 4, true)
	}
	c := arrayCodec(oid, elem)
	c.parse = func(dst, text []byte, _ int32, _ *Settings) (Value, error) {
		fields := bytes.Fields(text)
		dst = AppendArrayHeader(dst, oid, false, []int32{int32(len(fields))}, []int32{0})
		for _, field := range fields {
			n, err := parse(field)
			if err != nil {
				return Value{}, err
			}
			dst = elem.AppendItem(dst, IntValue(n))
		}
		return Value{Bytes: dst}, nil
	}
	c.decode = func(dst, wire []byte, mod int32) (Value, error) {
		v, err := decodeArray(dst, wire, oid, elem, mod)
		if err != nil {
			return Value{}, err
		}
		a, err := OpenArray(v.Bytes[len(dst):])
		switch {
		case err != nil:
			return Value{}, err
		case a.count == 0:
			return Value{Bytes: AppendArrayHeader(dst, oid, false, []int32{0}, []int32{0})}, nil
		case len(a.Lengths) != 1 || a.Lower[0] != 0 || v.Bytes[len(dst)+7] != 0:
			return Value{}, pgerr.New(pgerr.InvalidBinaryRepresentation, "invalid vector data")
		}
		return v, nil
	}
	c.text = func(dst []byte, v Value, s *Settings) []byte {
		a, err := OpenArray(v.Bytes)
		if err != nil {
			return dst
		}
		for first := true; ; first = false {
			item, _, ok := a.Next()
			if !ok {
				return dst
			}
			if !first {
				dst = append(dst, ' ')
			}
			if value, err := elem.decode(nil, item, -1); err == nil {
				dst = elem.text(dst, value, s)
			}
		}
	}
	return c
}
