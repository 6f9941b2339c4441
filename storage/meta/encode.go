package meta

import (
	"encoding/binary"
	"fmt"

	"github.com/freshetdb/freshet/storage/key"
)

// The first byte of a record's key.
const (
	kindEpoch     = 'E'
	kindStatement = 'C'
	kindOffset    = 'O'
	kindSetting   = 'S'
	kindWatermark = 'W'
	kindExpiry    = 'X'
	kindLastKey   = 'L'
)

// version is the first byte of every value.
const version = 1

// VersionError says that a record was written by a later version of Freshet.
type VersionError struct {
	Kind    byte
	Version byte
}

func (e *VersionError) Error() string {
	return fmt.Sprintf("record of kind %q has version %d, this version of Freshet reads up to %d", e.Kind, e.Version, version)
}

// MalformedError says that a record is damaged.
type MalformedError struct{ Key, Value []byte }

func (e *MalformedError) Error() string {
	return fmt.Sprintf("malformed record: key %x, value %x", e.Key, e.Value)
}

// Writer takes the records of a commit. Keys and values are borrowed for the call.
type Writer interface {
	Set(key, value []byte) error
	Delete(key []byte) error
	DeleteRange(from, to []byte) error
}

// encoder writes record after record with the same memory. After an error it writes no more.
type encoder struct {
	w          Writer
	key, value []byte
	err        error
}

func (e *encoder) begin(kind byte) {
	e.key = append(e.key[:0], kind)
	e.value = append(e.value[:0], version)
}

func (e *encoder) set() {
	if e.err == nil {
		e.err = e.w.Set(e.key, e.value)
	}
}

func (e *encoder) delete() {
	if e.err == nil {
		e.err = e.w.Delete(e.key)
	}
}

func appendString(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

// Write hands all records of the changes to w.
func (c *Changes) Write(w Writer) error {
	e := &encoder{w: w}
	for _, g := range c.DropGraphs {
		for _, kind := range []byte{kindOffset, kindWatermark} {
			from := binary.BigEndian.AppendUint32([]byte{kind}, uint32(g))
			if e.err == nil {
				e.err = w.DeleteRange(from, key.PrefixEnd(from))
			}
		}
	}
	for _, sequence := range c.Forget {
		e.begin(kindStatement)
		e.key = binary.BigEndian.AppendUint64(e.key, sequence)
		e.delete()
	}
	for _, s := range c.Statements {
		e.statement(s)
	}
	for _, o := range c.Offsets {
		e.begin(kindOffset)
		e.key = binary.BigEndian.AppendUint32(e.key, uint32(o.Graph))
		e.key = binary.BigEndian.AppendUint32(e.key, o.Source)
		e.key = append(e.key, o.Partition...)
		e.value = append(e.value, o.Position...)
		e.set()
	}
	for _, m := range c.Watermarks {
		e.watermark(m)
	}
	for _, name := range c.ResetSettings {
		e.begin(kindSetting)
		e.key = append(e.key, name...)
		e.delete()
	}
	for _, s := range c.Settings {
		e.begin(kindSetting)
		e.key = append(e.key, s.Name...)
		e.value = append(e.value, s.Value...)
		e.set()
	}
	return e.err
}

func (e *encoder) statement(s Statement) {
	e.begin(kindStatement)
	e.key = binary.BigEndian.AppendUint64(e.key, s.Sequence)
	e.value = binary.AppendUvarint(e.value, uint64(len(s.Objects)))
	for _, id := range s.Objects {
		e.value = binary.AppendUvarint(e.value, id)
	}
	e.value = appendString(e.value, s.SQL)
	e.set()
}

func (e *encoder) watermark(m Watermark) {
	e.begin(kindWatermark)
	e.key = binary.BigEndian.AppendUint32(e.key, uint32(m.Graph))
	e.key = binary.BigEndian.AppendUint32(e.key, m.Input)
	idle := byte(0)
	if m.Idle {
		idle = 1
	}
	e.value = binary.BigEndian.AppendUint64(e.value, uint64(m.Time))
	e.value = append(e.value, idle)
	e.set()
}

// Write hands the record of the epoch to w.
func (m Epoch) Write(w Writer) error {
	value := binary.BigEndian.AppendUint64([]byte{version}, m.Number)
	return w.Set([]byte{kindEpoch}, binary.BigEndian.AppendUint64(value, uint64(m.Now)))
}

// Write hands the record to w.
func (x Expiry) Write(w Writer) error {
	k := binary.BigEndian.AppendUint32([]byte{kindExpiry}, uint32(x.Table))
	return w.Set(k, binary.BigEndian.AppendUint64([]byte{version}, uint64(x.Bound)))
}

// Remove takes the record of a table away.
func (x Expiry) Remove(w Writer) error {
	return w.Delete(binary.BigEndian.AppendUint32([]byte{kindExpiry}, uint32(x.Table)))
}

// Write hands the record to w.
func (l LastKey) Write(w Writer) error {
	k := binary.BigEndian.AppendUint32([]byte{kindLastKey}, uint32(l.Table))
	return w.Set(k, append([]byte{version}, l.Key...))
}

// Remove takes the record of a table away.
func (l LastKey) Remove(w Writer) error {
	return w.Delete(binary.BigEndian.AppendUint32([]byte{kindLastKey}, uint32(l.Table)))
}
