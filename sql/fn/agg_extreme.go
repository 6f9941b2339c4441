package fn

import (
	"bytes"
	"math"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/sql/types"
)

// extremeTypes are the types that have min and max, as in PostgreSQL; uuid, jsonb and others have none there.
var extremeTypes = []string{
	"int2", "int4", "int8", "oid", "float4", "float8", "numeric", "text", "bpchar", "date", "time", "timetz", "timestamp", "timestamptz", "interval", "anyarray", "anyenum",
}

func extremeAggregates() []*Aggregate {
	var all []*Aggregate
	for _, t := range extremeTypes {
		for _, e := range []struct {
			name, doc, example string
			sign               int8
		}{
			{"min", "Least of the values; NULL if there are none.", "SELECT min(x) FROM (VALUES (2), (1), (NULL)) t(x) → 1", -1},
			{"max", "Greatest of the values; NULL if there are none.", "SELECT max(x) FROM (VALUES (2), (1), (NULL)) t(x) → 2", 1},
		} {
			a := agg(e.name+"("+t+") "+t, e.doc)
			if t == "int4" {
				a.Examples = []string{e.example}
			}
			a.Extreme, a.NoDistinct = e.sign, true
			switch a.kindOf() {
			case types.Int64:
				a.stateful(extremeInts[e.sign > 0], finishExtremeInt)
			case types.Float64:
				a.stateful(extremeFloats[e.sign > 0], finishExtremeFloat)
			case types.Bytes:
				a.stateful(extremeBytes[e.sign > 0], finishExtremeBytes)
			case types.Bool:
				invariants.Assertf(false, "%s of boolean", e.name)
			}
			all = append(all, a)
		}
	}
	return all
}

// The states of groups that no row ever leaves: whether there is a value, and the one that stands out. Bytes are a blob.
var (
	extremeInts = map[bool]*AggState{
		false: {Words: 2, Update: updateMinInt, Merge: mergeExtreme(func(x, y int64) bool { return x < y })},
		true:  {Words: 2, Update: updateMaxInt, Merge: mergeExtreme(func(x, y int64) bool { return x > y })},
	}
	extremeFloats = map[bool]*AggState{
		false: {Words: 2, Update: updateExtremeFloat(-1), Merge: mergeExtreme(func(x, y int64) bool { return compareOrdered(x, y) < 0 })},
		true:  {Words: 2, Update: updateExtremeFloat(1), Merge: mergeExtreme(func(x, y int64) bool { return compareOrdered(x, y) > 0 })},
	}
	extremeBytes = map[bool]*AggState{
		false: {Words: 1, Blobs: 1, Update: updateExtremeBytes(-1), Merge: mergeExtremeBytes(-1)},
		true:  {Words: 1, Blobs: 1, Update: updateExtremeBytes(1), Merge: mergeExtremeBytes(1)},
	}
)

type extremeWords struct {
	there int64
	value int64
}

func updateMinInt(u *AggUpdate) error {
	values := u.Args[0].Ints
	for n := range u.Len() {
		i, _ := u.row(n)
		s := (*extremeWords)(u.at(i))
		if v := values[i]; s.there == 0 || v < s.value {
			s.there, s.value = 1, v
		}
	}
	return nil
}

func updateMaxInt(u *AggUpdate) error {
	values := u.Args[0].Ints
	for n := range u.Len() {
		i, _ := u.row(n)
		s := (*extremeWords)(u.at(i))
		if v := values[i]; s.there == 0 || v > s.value {
			s.there, s.value = 1, v
		}
	}
	return nil
}

// compareOrdered orders the bits of floats, which are equal only if they are the same: -0 is below 0.
func compareOrdered(x, y int64) int {
	a, b := math.Float64frombits(uint64(x)), math.Float64frombits(uint64(y))
	if c := compareFloat(a, b); c != 0 {
		return c
	}
	switch x, y := math.Signbit(a), math.Signbit(b); {
	case x == y:
		return 0
	case x:
		return -1
	default:
		return 1
	}
}

func updateExtremeFloat(sign int) func(u *AggUpdate) error {
	return func(u *AggUpdate) error {
		values := u.Args[0].Floats
		for n := range u.Len() {
			i, _ := u.row(n)
			s := (*extremeWords)(u.at(i))
			v := int64(math.Float64bits(values[i]))
			if s.there == 0 || compareOrdered(v, s.value)*sign > 0 {
				s.there, s.value = 1, v
			}
		}
		return nil
	}
}

func mergeExtreme(better func(x, y int64) bool) func(m *AggMerge) error {
	return func(m *AggMerge) error {
		for i := range m.To {
			to, from := m.pair(i)
			x, y := (*extremeWords)(to), (*extremeWords)(from)
			if y.there != 0 && (x.there == 0 || better(y.value, x.value)) {
				*x = *y
			}
		}
		return nil
	}
}

// compareExtreme orders values; equal ones of different bytes by these, so that the result does not depend on the order of rows.
func compareExtreme(c *types.Codec, a, b []byte) int {
	if r := c.Compare(types.BytesValue(a), types.BytesValue(b)); r != 0 {
		return r
	}
	return bytes.Compare(a, b)
}

func updateExtremeBytes(sign int) func(u *AggUpdate) error {
	return func(u *AggUpdate) error {
		values := u.Args[0]
		codec, ok := types.CodecOf(values.Type().OID)
		if !ok {
			return invariants.Errorf("no codec of type %d", values.Type().OID)
		}
		for n := range u.Len() {
			i, _ := u.row(n)
			ref := (*uint64)(u.at(i))
			v := values.BytesAt(i)
			if *ref != 0 && compareExtreme(codec, v, u.Blobs.Get(*ref))*sign <= 0 {
				continue
			}
			fresh, err := u.Blobs.Set(*ref, v)
			if err != nil {
				return err
			}
			*ref = fresh
		}
		return nil
	}
}

func mergeExtremeBytes(sign int) func(m *AggMerge) error {
	return func(m *AggMerge) error {
		codec, ok := types.CodecOf(m.Args[0].Type().OID)
		if !ok {
			return invariants.Errorf("no codec of type %d", m.Args[0].Type().OID)
		}
		for i := range m.To {
			to, from := m.pair(i)
			ref, other := (*uint64)(to), *(*uint64)(from)
			if other == 0 {
				continue
			}
			v := m.FromBlobs.Get(other)
			if *ref != 0 && compareExtreme(codec, v, m.Blobs.Get(*ref))*sign <= 0 {
				continue
			}
			fresh, err := m.Blobs.Set(*ref, v)
			if err != nil {
				return err
			}
			*ref = fresh
		}
		return nil
	}
}

func finishExtremeInt(r *AggResult) {
	for i := range r.Groups {
		if s := (*extremeWords)(r.at(i)); s.there != 0 {
			r.Out.Ints = append(r.Out.Ints, s.value)
		} else {
			r.Out.AppendNull()
		}
	}
}

func finishExtremeFloat(r *AggResult) {
	for i := range r.Groups {
		if s := (*extremeWords)(r.at(i)); s.there != 0 {
			r.Out.Floats = append(r.Out.Floats, math.Float64frombits(uint64(s.value)))
		} else {
			r.Out.AppendNull()
		}
	}
}

func finishExtremeBytes(r *AggResult) {
	for i := range r.Groups {
		if ref := *(*uint64)(r.at(i)); ref != 0 {
			r.Out.AppendBytes(r.Blobs.Get(ref))
		} else {
			r.Out.AppendNull()
		}
	}
}
