package key

// What the keys must agree with: PostgreSQL's comparisons, written on values and not on bytes.

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/sql/types/numeric"
)

// compareValues is ORDER BY on one column.
func compareValues(c Column, a, b types.Value) int {
	if a.Null || b.Null {
		switch {
		case a.Null && b.Null:
			return 0
		case a.Null == c.NullsFirst:
			return -1
		default:
			return 1
		}
	}
	n := compareNotNull(c.Type, a, b)
	if c.Desc {
		return -n
	}
	return n
}

func compareNotNull(t types.Type, a, b types.Value) int {
	switch t.OID {
	case types.OIDBool, types.OIDInt4, types.OIDInt8, types.OIDTimestamptz, types.OIDDate:
		return cmp.Compare(a.Int, b.Int)
	case types.OIDFloat8, types.OIDFloat4:
		return compareFloats(a.Float, b.Float)
	case types.OIDBPChar:
		return strings.Compare(strings.TrimRight(string(a.Bytes), " "), strings.TrimRight(string(b.Bytes), " "))
	case types.OIDInterval:
		return intervalSpan(a.Bytes).Cmp(intervalSpan(b.Bytes))
	case types.OIDTimetz:
		at, az := timetz(a.Bytes)
		bt, bz := timetz(b.Bytes)
		return cmp.Or(cmp.Compare(at+az*1e6, bt+bz*1e6), cmp.Compare(az, bz))
	case types.OIDNumeric:
		return numeric.CompareEncoded(a.Bytes, b.Bytes)
	case types.OIDJSONB:
		return compareJSON(parseJSON(a.Bytes), parseJSON(b.Bytes), true)
	case oidInt4Array:
		return compareIntArrays(a.Bytes, b.Bytes)
	default:
		return bytes.Compare(a.Bytes, b.Bytes)
	}
}

func compareFloats(a, b float64) int {
	switch {
	case math.IsNaN(a) && math.IsNaN(b):
		return 0
	case math.IsNaN(a):
		return 1
	case math.IsNaN(b):
		return -1
	case a < b:
		return -1
	case a > b:
		return 1
	default:
		return 0
	}
}

func intervalSpan(b []byte) *big.Int {
	span := big.NewInt(int64(int32(binary.BigEndian.Uint32(b[12:]))) * 30)
	span.Add(span, big.NewInt(int64(int32(binary.BigEndian.Uint32(b[8:])))))
	span.Mul(span, big.NewInt(24*60*60*1_000_000))
	return span.Add(span, big.NewInt(int64(binary.BigEndian.Uint64(b))))
}

func timetz(b []byte) (micros, zone int64) {
	return int64(binary.BigEndian.Uint64(b)), int64(int32(binary.BigEndian.Uint32(b[8:])))
}

const oidInt4Array types.OID = 1007

// intArray makes a one-dimensional int4[] in wire format; nil elements are NULL. An empty one has no dimension.
func intArray(lower int32, elements ...*int32) []byte {
	var b []byte
	u32 := func(n uint32) { b = binary.BigEndian.AppendUint32(b, n) }
	dimensions := uint32(min(len(elements), 1))
	u32(dimensions)
	u32(0)
	u32(uint32(types.OIDInt4))
	if dimensions == 1 {
		u32(uint32(len(elements)))
		u32(uint32(lower))
	}
	for _, e := range elements {
		if e == nil {
			u32(math.MaxUint32)
			continue
		}
		u32(4)
		u32(uint32(*e))
	}
	return b
}

func readIntArray(b []byte) (lower int32, elements []*int32) {
	if binary.BigEndian.Uint32(b) == 1 {
		lower = int32(binary.BigEndian.Uint32(b[16:]))
		b = b[20:]
	} else {
		b = b[12:]
	}
	for len(b) > 0 {
		size := int32(binary.BigEndian.Uint32(b))
		b = b[4:]
		if size < 0 {
			elements = append(elements, nil)
			continue
		}
		e := int32(binary.BigEndian.Uint32(b))
		elements = append(elements, &e)
		b = b[4:]
	}
	return lower, elements
}

func compareIntArrays(a, b []byte) int {
	al, ae := readIntArray(a)
	bl, be := readIntArray(b)
	n := slices.CompareFunc(ae, be, func(x, y *int32) int {
		switch {
		case x == nil && y == nil:
			return 0
		case x == nil:
			return 1
		case y == nil:
			return -1
		default:
			return cmp.Compare(*x, *y)
		}
	})
	return cmp.Or(n, cmp.Compare(al, bl))
}

// jsonNode is a JSON value with its objects' pairs in the order in which they are stored.
type jsonNode struct {
	rank    int // null, string, number, boolean, array, object
	text    string
	number  *big.Rat
	boolean bool
	items   []jsonNode // elements, or key, value, key, value
	pairs   bool
}

func parseJSON(text []byte) jsonNode {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return parseJSONNode(d)
}

func parseJSONNode(d *json.Decoder) jsonNode {
	token, err := d.Token()
	if err != nil {
		panic(err)
	}
	switch t := token.(type) {
	case nil:
		return jsonNode{rank: 0}
	case string:
		return jsonNode{rank: 1, text: t}
	case json.Number:
		r, ok := new(big.Rat).SetString(t.String())
		if !ok {
			panic(strconv.Quote(t.String()))
		}
		return jsonNode{rank: 2, number: r}
	case bool:
		return jsonNode{rank: 3, boolean: t}
	case json.Delim:
		n := jsonNode{rank: 4, pairs: t == '{'}
		if n.pairs {
			n.rank = 5
		}
		for d.More() {
			n.items = append(n.items, parseJSONNode(d))
		}
		if _, err := d.Token(); err != nil {
			panic(err)
		}
		return n
	}
	panic("unreachable")
}

func compareJSON(a, b jsonNode, top bool) int {
	if top {
		aEmpty, bEmpty := a.rank == 4 && len(a.items) == 0, b.rank == 4 && len(b.items) == 0
		switch {
		case aEmpty && bEmpty:
			return 0
		case aEmpty:
			return -1
		case bEmpty:
			return 1
		}
	}
	if a.rank != b.rank {
		return cmp.Compare(a.rank, b.rank)
	}
	switch a.rank {
	case 1:
		return strings.Compare(a.text, b.text)
	case 2:
		return a.number.Cmp(b.number)
	case 3:
		switch {
		case a.boolean == b.boolean:
			return 0
		case b.boolean:
			return -1
		}
		return 1
	}
	if len(a.items) != len(b.items) {
		return cmp.Compare(len(a.items), len(b.items))
	}
	for i := range a.items {
		if n := compareJSON(a.items[i], b.items[i], false); n != 0 {
			return n
		}
	}
	return 0
}
