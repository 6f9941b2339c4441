package types

import (
	"bytes"
	"encoding/binary"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// The physical form of rows is PostgreSQL's binary form: the number of fields, and for each its type and its item, all in 4
// bytes but the item's content. A row whose fields have names has namedRecord added to their number, and behind it the names, each behind
// a byte of its length. Names do not count when rows are compared, and the wire never sees them.

const namedRecord = 1 << 31

// The types of the rows of relations are computed from their ids and have one of these bits, as those of arrays of them.
const (
	rowTypeBit      = 1 << 31
	rowArrayTypeBit = 1 << 30
)

// IsRecord tells whether a type is record, or that of the rows of a relation.
func IsRecord(oid OID) bool { return oid == OIDRecord || oid&rowTypeBit != 0 }

// AppendRecordHeader appends the beginning of a row value; count fields must follow, by AppendField. names are those of the fields; nil
// if they have none.
func AppendRecordHeader(dst []byte, count int, names []string) []byte {
	if names == nil {
		return binary.BigEndian.AppendUint32(dst, uint32(count))
	}
	dst = binary.BigEndian.AppendUint32(dst, uint32(count)|namedRecord)
	for _, name := range names {
		name = name[:min(len(name), 255)] // longer ones there are not
		dst = append(append(dst, byte(len(name))), name...)
	}
	return dst
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
	names []byte // of the fields that are left
}

func openRecord(b []byte) record {
	if len(b) < 4 {
		return record{}
	}
	r := record{count: int(binary.BigEndian.Uint32(b) &^ namedRecord), rest: b[4:]}
	if b[0]&(namedRecord>>24) == 0 {
		return r
	}
	at := 0
	for range r.count {
		if at >= len(r.rest) || at+1+int(r.rest[at]) > len(r.rest) {
			return record{}
		}
		at += 1 + int(r.rest[at])
	}
	r.names, r.rest = r.rest[:at], r.rest[at:]
	return r
}

// name takes the name of the next field; nil if it has none. It must be asked for each field, before next.
func (r *record) name() []byte {
	if len(r.names) == 0 {
		return nil
	}
	name := r.names[1 : 1+int(r.names[0])]
	r.names = r.names[1+len(name):]
	return name
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
		return Value{}, ErrBytesLeft
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
	dst = AppendRecordHeader(dst, r.count, nil)
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

// RecordFields is the number of fields of a row, and its bytes from the first of them on: a type and an item for each.
func RecordFields(b []byte) (count int, rest []byte, ok bool) {
	if len(b) < 4 {
		return 0, nil, false
	}
	r := openRecord(b)
	return r.count, r.rest, true
}

// Record is a row value taken apart. It borrows the value's bytes.
type Record struct{ record }

// Field is a field of a row: its type and its binary form.
type Field struct {
	OID OID
	// Name is nil if it has none.
	Name []byte
	Item []byte
	Null bool
}

// OpenRecord begins to read a row value.
func OpenRecord(b []byte) *Record { return &Record{openRecord(b)} }

// Len is the number of fields that are left.
func (r *Record) Len() int { return r.count }

// Next takes the next field off; ok is false at the end.
func (r *Record) Next() (f Field, ok bool) {
	name := r.name()
	_, oid, item, null, ok := r.next()
	return Field{oid, name, item, null}, ok
}

// appendRecordWire appends PostgreSQL's binary form of a row: without names, also in rows within it.
func appendRecordWire(dst, b []byte) []byte {
	r := openRecord(b)
	dst = AppendRecordHeader(dst, r.count, nil)
	for {
		codec, oid, item, null, ok := r.next()
		if !ok {
			return dst
		}
		dst = appendItemWire(binary.BigEndian.AppendUint32(dst, uint32(oid)), codec, item, null)
	}
}

// appendItemWire appends an item without the names of the rows in it.
func appendItemWire(dst []byte, codec *Codec, item []byte, null bool) []byte {
	if null {
		return binary.BigEndian.AppendUint32(dst, ^uint32(0))
	}
	at := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	if codec.wire == nil {
		dst = append(dst, item...)
	} else {
		dst = codec.wire(dst, item)
	}
	binary.BigEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	return dst
}

// appendRecordArrayWire is that of arrays of rows.
func appendRecordArrayWire(dst, b []byte) []byte {
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
		dst = appendItemWire(dst, codecs[OIDRecord], item, null)
	}
}
