package types

import (
	"encoding/binary"
	"math"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// MaxDimensions is how many dimensions an array may have.
const MaxDimensions = 6

// Array is an array value taken apart. It borrows the value's bytes.
type Array struct {
	Elem OID
	// Lengths and Lower have the length and the lower bound of each dimension; an empty array has none.
	Lengths, Lower []int32
	// Items are the elements in storage order, in binary wire form.
	items []byte
	count int
}

// The physical form of arrays is PostgreSQL's binary form: the number of dimensions, whether there are nulls, the element
// type, length and lower bound of each dimension, and each element with its length, -1 for null; all in 4 bytes.

// AppendArrayHeader appends the beginning of an array value; count elements must follow, by AppendNullItem or
// AppendItem.
func AppendArrayHeader(dst []byte, elem OID, hasNull bool, lengths, lower []int32) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(lengths)))
	flag := uint32(0)
	if hasNull {
		flag = 1
	}
	dst = binary.BigEndian.AppendUint32(dst, flag)
	if IsRecord(elem) { // rows of relations are handled as record
		elem = OIDRecord
	}
	dst = binary.BigEndian.AppendUint32(dst, uint32(elem))
	for i := range lengths {
		dst = binary.BigEndian.AppendUint32(dst, uint32(lengths[i]))
		dst = binary.BigEndian.AppendUint32(dst, uint32(lower[i]))
	}
	return dst
}

// AppendItem appends an element of an array or a field of a row: its length and its binary form. v may be null.
func (c *Codec) AppendItem(dst []byte, v Value) []byte {
	if v.Null {
		return binary.BigEndian.AppendUint32(dst, math.MaxUint32)
	}
	at := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	dst = c.binary(dst, v)
	binary.BigEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	return dst
}

// MakeArray makes a one-dimensional array value of elements; none make an empty array.
func MakeArray(elem OID, values ...Value) (Value, error) {
	c, ok := CodecOf(elem)
	if !ok {
		return Value{}, pgerr.Newf(pgerr.FeatureNotSupported, "there are no arrays of type with OID %d", elem)
	}
	if len(values) == 0 {
		return Value{Bytes: AppendArrayHeader(nil, elem, false, nil, nil)}, nil
	}
	hasNull := false
	for _, v := range values {
		hasNull = hasNull || v.Null
	}
	dst := AppendArrayHeader(nil, elem, hasNull, []int32{int32(len(values))}, []int32{1})
	for _, v := range values {
		dst = c.AppendItem(dst, v)
	}
	return Value{Bytes: dst}, nil
}

func shortArray() error {
	return pgerr.New(pgerr.ProtocolViolation, "insufficient data left in message")
}

// OpenArray reads the header of an array value. No bytes at all are an empty array.
func OpenArray(b []byte) (Array, error) {
	var a Array
	if err := a.Open(b); err != nil {
		return Array{}, err
	}
	return a, nil
}

// Open is OpenArray for an Array whose memory may be used again.
func (a *Array) Open(b []byte) error {
	*a = Array{Lengths: a.Lengths[:0], Lower: a.Lower[:0]}
	if len(b) == 0 {
		return nil
	}
	const header = 12
	if len(b) < header {
		return shortArray()
	}
	dimensions := int(int32(binary.BigEndian.Uint32(b)))
	if dimensions < 0 {
		return pgerr.Newf(pgerr.InvalidBinaryRepresentation, "invalid number of dimensions: %d", dimensions)
	}
	if dimensions > MaxDimensions {
		return tooManyDimensions(dimensions)
	}
	if flags := binary.BigEndian.Uint32(b[4:]); flags > 1 {
		return pgerr.New(pgerr.InvalidBinaryRepresentation, "invalid array flags")
	}
	a.Elem = OID(binary.BigEndian.Uint32(b[8:]))
	b = b[header:]
	if len(b) < 8*dimensions {
		return shortArray()
	}
	count := int64(1)
	for range dimensions {
		length, lower := int32(binary.BigEndian.Uint32(b)), int32(binary.BigEndian.Uint32(b[4:]))
		b = b[8:]
		if length < 0 || int64(lower)+int64(length)-1 > math.MaxInt32 {
			return pgerr.New(pgerr.ProgramLimitExceeded, "array size exceeds the maximum allowed (134217727)")
		}
		a.Lengths, a.Lower = append(a.Lengths, length), append(a.Lower, lower)
		if count *= int64(length); count > int64(len(b)) { // each element has at least its length
			if count > 0 && len(b) < int(min(count, 1<<27))*4 {
				return shortArray()
			}
		}
	}
	if dimensions == 0 {
		count = 0
	}
	a.items, a.count = b, int(count)
	return nil
}

func tooManyDimensions(n int) error {
	return pgerr.Newf(pgerr.ProgramLimitExceeded, "number of array dimensions (%d) exceeds the maximum allowed (%d)", n, MaxDimensions)
}

// Len is the number of elements, of all dimensions together.
func (a *Array) Len() int { return a.count }

// Next returns the next element's binary form, and takes it off; null for a null. ok is false at the end.
func (a *Array) Next() (item []byte, null, ok bool) {
	item, rest, null, ok := nextItem(a.items)
	if a.count == 0 || !ok {
		return nil, false, false
	}
	a.items = rest
	a.count--
	return item, null, true
}

// nextItem cuts an item with its length off.
func nextItem(b []byte) (item, rest []byte, null, ok bool) {
	if len(b) < 4 {
		return nil, nil, false, false
	}
	length := int32(binary.BigEndian.Uint32(b))
	b = b[4:]
	if length == -1 {
		return nil, b, true, true
	}
	if length < 0 || int(length) > len(b) {
		return nil, nil, false, false
	}
	return b[:length], b[length:], false, true
}

// Values returns all remaining elements.
func (a *Array) Values() ([]Value, error) {
	c, ok := CodecOf(a.Elem)
	if !ok {
		return nil, pgerr.Newf(pgerr.FeatureNotSupported, "there are no arrays of type with OID %d", a.Elem)
	}
	var all []Value
	for a.count > 0 {
		item, null, ok := a.Next()
		if !ok {
			return nil, shortArray()
		}
		v := NullValue
		if !null {
			var err error
			if v, err = c.Decode(nil, item, -1); err != nil {
				return nil, err
			}
		}
		all = append(all, v)
	}
	return all, nil
}
