package key

import (
	"encoding/binary"
	"math/bits"
	"slices"

	"github.com/freshetdb/freshet/sql/batch"
)

// Shards is the number of parts that the key space is cut into. A worker owns some of them.
const Shards = 256

// Shard is the part that a key with the given hash belongs to.
func Shard(hash uint64) int { return int(hash >> 56) }

// The hash of a row mixes its columns one after the other into 64 bits and ends with an avalanche (the finalizer
// "Moremur" of Pelle Evensen): for one column of integers it is a bijection, so that two of them never collide. Bytes
// go through wyhash (final version 4, Wang Yi). There is no seed: the shard of a key is the same in every run.
const (
	hashStart = 0x243F6A8885A308D3
	hashNull  = 0xA4093822299F31D0
	hashMul   = 0x9E3779B97F4A7C15

	finishMul1 = 0x3C79AC492BA7B653
	finishMul2 = 0x1C69B3F74AC4AE35

	wy0 = 0x2D358DCCAA6C78A5
	wy1 = 0x8BB84B93962EACC9
)

func mix(h, x uint64) uint64 {
	h = (h ^ x) * hashMul
	return h ^ h>>32
}

func finish(h uint64) uint64 {
	h ^= h >> 27
	h *= finishMul1
	h ^= h >> 33
	h *= finishMul2
	return h ^ h>>27
}

func fold(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// HashBytes is the hash of a byte string on its own.
func HashBytes(b []byte) uint64 {
	var x, y uint64
	n, seed := uint64(len(b)), uint64(wy0)
	switch {
	case n > 16:
		tail := b[n-16:]
		for len(b) > 16 {
			seed = fold(binary.LittleEndian.Uint64(b)^wy1, binary.LittleEndian.Uint64(b[8:])^seed)
			b = b[16:]
		}
		x, y = binary.LittleEndian.Uint64(tail), binary.LittleEndian.Uint64(tail[8:])
	case n >= 4:
		middle := n >> 3 << 2
		x = uint64(binary.LittleEndian.Uint32(b))<<32 | uint64(binary.LittleEndian.Uint32(b[middle:]))
		y = uint64(binary.LittleEndian.Uint32(b[n-4:]))<<32 | uint64(binary.LittleEndian.Uint32(b[n-4-middle:]))
	case n > 0:
		x = uint64(b[0])<<16 | uint64(b[n>>1])<<8 | uint64(b[n-1])
	}
	hi, lo := bits.Mul64(x^wy1, y^seed)
	return fold(lo^wy0^n, hi^wy1)
}

// HashInt is the hash of a row of one integer, as Hash gives it.
func HashInt(n int64) uint64 { return finish(mix(hashStart, uint64(n))) }

// hashIntsPlain is hashInts, one value at a time.
func hashIntsPlain(hs []uint64, ints []int64) {
	for i, x := range ints[:len(hs)] {
		hs[i] = HashInt(x)
	}
}

// Hash appends the hashes of all rows of b by the key's columns to dst. Rows that are equal have the same hash, NULL being
// equal to NULL; order, Desc and NullsFirst do not matter. cols has for each column of the key its index in b.
//
// scratch is memory for types that are hashed by their key; the caller keeps what is returned for the next call.
func (e *Encoder) Hash(dst []uint64, scratch []byte, b *batch.Batch, cols []int) (hashes []uint64, _ []byte) {
	n, from := b.Len(), len(dst)
	dst = slices.Grow(dst, n)[:from+n]
	hs := dst[from:]
	if len(e.columns) == 1 && e.forms[0] == formInt && !b.Cols[cols[0]].HasNulls() {
		hashInts(hs, b.Cols[cols[0]].Ints)
		return dst, scratch
	}
	for i := range hs {
		hs[i] = hashStart
	}
	for i := range e.columns {
		v := &b.Cols[cols[i]]
		if v.HasNulls() {
			scratch = e.hashWithNulls(hs, scratch, i, v)
		} else {
			scratch = e.hashColumn(hs, scratch, i, v)
		}
	}
	for i, h := range hs {
		hs[i] = finish(h)
	}
	return dst, scratch
}

func (e *Encoder) hashColumn(hs []uint64, scratch []byte, i int, v *batch.Vec) []byte {
	switch f := e.forms[i]; f {
	case formBool:
		for row, x := range v.Bools[:len(hs)] {
			hs[row] = mix(hs[row], uint64(boolByte(x)))
		}
	case formInt:
		for row, x := range v.Ints[:len(hs)] {
			hs[row] = mix(hs[row], uint64(x))
		}
	case formFloat:
		for row, x := range v.Floats[:len(hs)] {
			hs[row] = mix(hs[row], orderedFloat(x))
		}
	case formText:
		for row := range hs {
			hs[row] = mix(hs[row], HashBytes(v.BytesAt(row)))
		}
	default:
		for row := range hs {
			var x uint64
			x, scratch = hashByKey(scratch, v.BytesAt(row), f)
			hs[row] = mix(hs[row], x)
		}
	}
	return scratch
}

func (e *Encoder) hashWithNulls(hs []uint64, scratch []byte, i int, v *batch.Vec) []byte {
	f := e.forms[i]
	for row := range hs {
		x := uint64(hashNull)
		if !v.IsNull(row) {
			switch f {
			case formBool:
				x = uint64(boolByte(v.Bools[row]))
			case formInt:
				x = uint64(v.Ints[row])
			case formFloat:
				x = orderedFloat(v.Floats[row])
			case formText:
				x = HashBytes(v.BytesAt(row))
			default:
				x, scratch = hashByKey(scratch, v.BytesAt(row), f)
			}
		}
		hs[row] = mix(hs[row], x)
	}
	return scratch
}

// hashByKey hashes the key of a value, which is one for all that are equal to it.
func hashByKey(scratch, b []byte, f form) (hash uint64, _ []byte) {
	switch f {
	case formTrimmed:
		return HashBytes(trimSpaces(b)), scratch
	case formUUID:
		return HashBytes(b), scratch
	default:
		scratch = appendBytes(append(scratch[:0], tagValue), b, f)
		return HashBytes(scratch), scratch
	}
}
