package meta

import (
	"bytes"
	"encoding/binary"

	"github.com/freshetdb/freshet/storage/key"
)

// decoder reads a record. What is missing reads as zero and makes it bad.
type decoder struct {
	rest []byte
	bad  bool
}

func (d *decoder) take(n uint64) []byte {
	if uint64(len(d.rest)) < n {
		d.bad, d.rest = true, nil
		return nil
	}
	b := d.rest[:n]
	d.rest = d.rest[n:]
	return b
}

func (d *decoder) byte() byte {
	if b := d.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (d *decoder) uint32() uint32 {
	if b := d.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (d *decoder) uint64() uint64 {
	if b := d.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

func (d *decoder) uvarint() uint64 {
	u, n := binary.Uvarint(d.rest)
	if n <= 0 {
		d.bad, d.rest = true, nil
		return 0
	}
	d.rest = d.rest[n:]
	return u
}

func (d *decoder) string() string { return string(d.take(d.uvarint())) }

// remaining takes all that is left.
func (d *decoder) remaining() []byte { return bytes.Clone(d.take(uint64(len(d.rest)))) }

// Add reads one record and adds it to the contents. Records come in the order of their keys.
func (c *Contents) Add(k, value []byte) error {
	id, v := &decoder{rest: k}, &decoder{rest: value}
	kind, written := id.byte(), v.byte()
	if written > version {
		return &VersionError{Kind: kind, Version: written}
	}
	switch kind {
	case kindEpoch:
		c.Epoch = Epoch{Number: v.uint64(), Now: int64(v.uint64())}
	case kindStatement:
		c.Statements = append(c.Statements, decodeStatement(id, v))
	case kindOffset:
		o := Offset{Graph: GraphID(id.uint32()), Source: id.uint32(), Partition: string(id.remaining())}
		o.Position = v.remaining()
		c.Offsets = append(c.Offsets, o)
	case kindSetting:
		c.Settings = append(c.Settings, Setting{Name: string(id.remaining()), Value: string(v.remaining())})
	case kindWatermark:
		m := Watermark{Graph: GraphID(id.uint32()), Input: id.uint32(), Time: int64(v.uint64())}
		idle := v.byte()
		m.Idle = idle == 1
		v.bad = v.bad || idle > 1
		c.Watermarks = append(c.Watermarks, m)
	case kindExpiry:
		c.Expiries = append(c.Expiries, Expiry{Table: key.TableID(id.uint32()), Bound: int64(v.uint64())})
	case kindLastKey:
		c.LastKeys = append(c.LastKeys, LastKey{Table: key.TableID(id.uint32()), Key: v.remaining()})
	default:
		id.bad = true
	}
	if written == 0 || id.bad || v.bad || len(id.rest) > 0 || len(v.rest) > 0 {
		return &MalformedError{Key: bytes.Clone(k), Value: bytes.Clone(value)}
	}
	return nil
}

func decodeStatement(id, v *decoder) Statement {
	s := Statement{Sequence: id.uint64()}
	n := v.uvarint()
	if n > uint64(len(v.rest)) { // each takes a byte: damaged counts allocate nothing
		v.bad = true
		return s
	}
	for range n {
		s.Objects = append(s.Objects, v.uvarint())
	}
	s.SQL = v.string()
	return s
}
