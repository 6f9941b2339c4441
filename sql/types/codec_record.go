package types

import (
	"bytes"
	"encoding/binary"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// The physical form of rows is PostgreSQL's binary form: the number of fields, and for each its type and its item, all in 4
// bytes but the item's content.

// AppendRecordHeader appends the beginning of a row value; count fields must follow, by AppendField.
func AppendRecordHeader(dst []byte, count int) []byte {
	return binary.BigEndian.AppendUint32(dst, uint32(count))
}

// AppendField appends a field of a row. v may be null.
func AppendField(dst []byte, oid OID, v Value) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(oid))
	if c, ok := CodecOf(oid); ok {
		return c.AppendItem(dst, v)
	}
	return codecs[OIDText].AppendItem(dst, v)
}

// record walks over the fields of a row.
type record struct {
	count int
	rest  []byte
}

func openRecord(b []byte) record {
	if len(b) < 4 {
		return record{}
	}
	return record{int(binary.BigEndian.Uint32(b)), b[4:]}
}

// next returns the next field; ok is false at the end.
func (r *record) next() (codec *Codec, oid OID, item []byte, null, ok bool) {
	if r.count == 0 || len(r.rest) < 4 {
		return nil, 0, nil, false, false
	}
	oid = OID(binary.BigEndian.Uint32(r.rest))
	item, r.rest, null, ok = nextItem(r.rest[4:])
	r.count--
	codec, known := CodecOf(oid)
	if !known {
		codec = codecs[OIDText]
	}
	return codec, oid, item, null, ok
}

// appendRecord is record_out.
func appendRecord(dst []byte, v Value, s *Settings) []byte {
	dst = append(dst, '(')
	r := openRecord(v.Bytes)
	for first := true; ; first = false {
		codec, _, item, null, ok := r.next()
		if !ok {
			return append(dst, ')')
		}
		if !first {
			dst = append(dst, ',')
		}
		if null {
			continue
		}
		value, err := codec.decode(nil, item, -1)
		if err != nil {
			continue
		}
		from := len(dst)
		dst = codec.text(dst, value, s)
		dst = quoteItem(dst, from, recordNeedsQuotes, '"')
	}
}

func recordNeedsQuotes(b []byte) bool {
	for _, c := range b {
		if c == '"' || c == '\\' || c == '(' || c == ')' || c == ',' || isSpace(c) {
			return true
		}
	}
	return len(b) == 0
}

func anonymousRecord() error {
	return pgerr.New(pgerr.FeatureNotSupported, "input of anonymous composite types is not implemented").
		WithHint("Write the row as ROW(value, ...).")
}

func parseRecord(_, _ []byte, _ int32, _ *Settings) (Value, error) { return Value{}, anonymousRecord() }

func decodeRecord(dst, wire []byte, _ int32) (Value, error) {
	r := openRecord(wire)
	if len(wire) < 4 {
		return Value{}, shortArray()
	}
	for r.count > 0 {
		codec, _, item, null, ok := r.next()
		if !ok {
			return Value{}, shortArray()
		}
		if null {
			continue
		}
		if _, err := codec.decode(nil, item, -1); err != nil {
			return Value{}, err
		}
	}
	if len(r.rest) > 0 {
		return Value{}, pgerr.New(pgerr.InvalidBinaryRepresentation, "incorrect binary data format")
	}
	return Value{Bytes: append(dst, wire...)}, nil
}

// compareRecords compares field by field; nulls are last, and equal.
func compareRecords(a, b Value) int {
	x, y := openRecord(a.Bytes), openRecord(b.Bytes)
	if x.count != y.count {
		return sign(x.count - y.count)
	}
	for {
		codec, oidX, itemX, nullX, ok := x.next()
		_, oidY, itemY, nullY, _ := y.next()
		switch {
		case !ok:
			return 0
		case oidX != oidY && !nullX && !nullY:
			return bytes.Compare(a.Bytes, b.Bytes) // the binder lets only rows of the same types be compared
		}
		if order := compareItems(codec, itemX, itemY, nullX, nullY); order != 0 {
			return order
		}
	}
}

func appendNormalRecord(dst, b []byte) []byte {
	r := openRecord(b)
	dst = AppendRecordHeader(dst, r.count)
	for {
		codec, oid, item, null, ok := r.next()
		if !ok {
			return dst
		}
		dst = binary.BigEndian.AppendUint32(dst, uint32(oid))
		if null {
			dst = codec.AppendItem(dst, NullValue)
		} else {
			dst = appendNormalItem(dst, codec, item)
		}
	}
}

// Record is a row value taken apart. It borrows the value's bytes.
type Record struct{ record }

// Field is a field of a row: its type and its binary form.
type Field struct {
	OID  OID
	Item []byte
	Null bool
}

// OpenRecord begins to read a row value.
func OpenRecord(b []byte) *Record { return &Record{openRecord(b)} }

// Len is the number of fields that are left.
func (r *Record) Len() int { return r.count }

// Next takes the next field off; ok is false at the end.
func (r *Record) Next() (f Field, ok bool) {
	_, oid, item, null, ok := r.next()
	return Field{oid, item, null}, ok
}
