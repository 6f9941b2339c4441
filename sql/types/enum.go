package types

import (
	"bytes"
	"encoding/binary"
	"math"
	"sync"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// Types that users make are enums, numbered as objects of the catalog are; the type of arrays of one is computed. A value of an enum is its
// sort order in 4 bytes that order as the numbers do, and its label behind: it is ordered and written without asking what labels there are.

// EnumLabel is one of the values of an enum. Order is pg_enum.enumsortorder.
type EnumLabel struct {
	Order float32
	Label string
}

// Enum is an enum as it is read: its name in messages, and its labels in order.
type Enum struct {
	Name   string
	Labels []EnumLabel
}

// Enums knows the labels of enums.
type Enums interface {
	// Enum finds an enum by its type; ok is false if there is none.
	Enum(oid OID) (e Enum, ok bool)
}

const (
	firstUserOID = 16384
	enumArrayBit = 1 << 29
)

// IsEnum tells whether a type is an enum.
func IsEnum(oid OID) bool { return oid >= firstUserOID && oid < enumArrayBit }

// IsEnumArray tells whether a type is that of arrays of an enum.
func IsEnumArray(oid OID) bool {
	return oid&enumArrayBit != 0 && IsEnum(oid&^enumArrayBit)
}

// EnumArray is the type of arrays of an enum.
func EnumArray(oid OID) OID { return oid | enumArrayBit }

// enumInfo is what is fixed about an enum or a type of arrays of one. Their names are the catalog's.
func enumInfo(oid OID) (*Info, bool) {
	switch {
	case IsEnum(oid):
		return &Info{OID: oid, Name: "???", Kind: Bytes, Array: EnumArray(oid), Size: enumSize, Category: 'E'}, true
	case IsEnumArray(oid):
		return &Info{OID: oid, Name: "_???", Kind: Bytes, Elem: oid &^ enumArrayBit, Size: -1, Category: 'A'}, true
	default:
		return nil, false
	}
}

// infoOf is Lookup without a copy.
func infoOf(oid OID) (*Info, bool) {
	if i, ok := byOID[oid]; ok {
		return i, true
	}
	return enumInfo(oid)
}

const enumSize = 4 // of the sort order, and of the type in PostgreSQL

// EnumValue is a value of an enum.
func EnumValue(l EnumLabel) Value { return Value{Bytes: appendEnumValue(nil, l)} }

func appendEnumValue(dst []byte, l EnumLabel) []byte {
	n := math.Float32bits(l.Order)
	if n>>31 != 0 {
		n = ^n
	} else {
		n |= 1 << 31
	}
	return append(binary.BigEndian.AppendUint32(dst, n), l.Label...)
}

// label is what an enum's value says.
func label(b []byte) []byte { return b[min(enumSize, len(b)):] }

var enumCodecs sync.Map

// enumCodec is the codec of an enum or of arrays of one.
func enumCodec(oid OID) *Codec {
	if c, ok := enumCodecs.Load(oid); ok {
		return c.(*Codec)
	}
	var made *Codec
	if IsEnum(oid) {
		made = newEnumCodec(oid)
	} else {
		made = enumArrayCodec(oid &^ enumArrayBit)
	}
	c, _ := enumCodecs.LoadOrStore(oid, made)
	return c.(*Codec)
}

func newEnumCodec(oid OID) *Codec {
	return &Codec{
		parse:   func(dst, text []byte, _ int32, s *Settings) (Value, error) { return parseEnum(dst, text, oid, s) },
		text:    func(dst []byte, v Value, _ *Settings) []byte { return append(dst, label(v.Bytes)...) },
		decode:  decodeBytes,
		binary:  appendPlain,
		compare: compareBytes,
		wire:    func(dst, b []byte) []byte { return append(dst, label(b)...) },
	}
}

func parseEnum(dst, text []byte, oid OID, s *Settings) (Value, error) {
	var e Enum
	ok := false
	if s != nil && s.Enums != nil {
		e, ok = s.Enums.Enum(oid)
	}
	if !ok {
		return Value{}, pgerr.Newf(pgerr.FeatureNotSupported, "values of the enum with OID %d cannot be read here", oid).
			WithHint("Read text, and cast it in a view.")
	}
	for _, l := range e.Labels {
		if l.Label == string(text) {
			return Value{Bytes: appendEnumValue(dst, l)}, nil
		}
	}
	return Value{}, pgerr.Newf(pgerr.InvalidTextRepresentation, `invalid input value for enum %s: "%s"`, e.Name, text)
}

// enumArrayCodec keeps elements as values are kept; on the wire they are labels.
func enumArrayCodec(oid OID) *Codec {
	elem := enumCodec(oid)
	c := arrayCodec(oid, elem)
	c.wire = func(dst, b []byte) []byte {
		a, err := OpenArray(b)
		if err != nil || a.count == 0 {
			return c.binary(dst, Value{Bytes: b})
		}
		dst = append(dst, b[:len(b)-len(a.items)]...)
		for {
			item, null, ok := a.Next()
			if !ok {
				return dst
			}
			dst = appendItemWire(dst, elem, item, null)
		}
	}
	c.normal = nil
	return c
}

// DecodeWire reads PostgreSQL's binary wire form, of enums too, whose labels the settings know.
func (c *Codec) DecodeWire(dst, wire []byte, t Type, s *Settings) (Value, error) {
	switch {
	case IsEnum(t.OID):
		return c.parse(dst, wire, t.Mod, s)
	case IsEnumArray(t.OID):
		return decodeEnumArray(dst, wire, t.OID&^enumArrayBit, s)
	default:
		return c.decode(dst, wire, t.Mod)
	}
}

func decodeEnumArray(dst, wire []byte, oid OID, s *Settings) (Value, error) {
	physical := arrayCodec(oid, &Codec{
		decode: func(dst, wire []byte, _ int32) (Value, error) { return parseEnum(dst, bytes.Clone(wire), oid, s) },
		binary: appendPlain,
	})
	return physical.decode(dst, wire, -1)
}
