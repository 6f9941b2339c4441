package dataflow

import (
	"encoding/binary"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/storage/key"
)

// The tables of the store that keep errors of rows (docs/formats.md). Their ids are below those that a catalog gives out.
const (
	// errorRows has the errors: relation, number -> the error. A number is never used again.
	errorRows key.TableID = 9090
	// errorIndex finds them: relation, hash -> number.
	errorIndex key.TableID = 9091
	// errorTotals has an errorLog for each relation.
	errorTotals key.TableID = 9092
)

// errorVersion is the version of the form of errors and their totals.
const errorVersion = 1

// relationKey is the key of a relation's totals, and what keys of its errors begin with.
func relationKey(id flow.RelationID) []byte { return binary.BigEndian.AppendUint32(nil, uint32(id)) }

// errorKey is the key of an error by its number, or by its hash.
func errorKey(id flow.RelationID, n uint64) []byte {
	return binary.BigEndian.AppendUint64(relationKey(id), n)
}

// errorNumber is the number, or the hash, of a key.
func errorNumber(k []byte) (uint64, error) {
	if len(k) != 12 {
		return 0, invariants.Errorf("malformed key %x of an error", k)
	}
	return binary.BigEndian.Uint64(k[4:]), nil
}

// keptError is an error as it is kept.
type keptError struct {
	RowError
	hash uint64
}

func (e *keptError) append(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint64(append(dst, errorVersion), e.hash)
	kind := uint64(0)
	if e.Kind == evalError {
		kind = 1
	}
	for _, n := range []uint64{kind, uint64(e.Operator), uint64(e.Count), uint64(e.Offset), uint64(e.Time), e.Epoch} {
		dst = binary.AppendUvarint(dst, n)
	}
	for _, s := range []string{string(e.Err.Code), e.Err.Message, e.Column, e.Sample, e.Partition} {
		dst = append(binary.AppendUvarint(dst, uint64(len(s))), s...)
	}
	return dst
}

// formReader reads varints and strings. Behind the end it gives zeros and says so.
type formReader struct {
	b      []byte
	failed bool
}

func (r *formReader) uint() uint64 {
	n, size := binary.Uvarint(r.b)
	if size <= 0 {
		r.failed = true
		return 0
	}
	r.b = r.b[size:]
	return n
}

func (r *formReader) string() string {
	n := r.uint()
	if n > uint64(len(r.b)) {
		r.failed = true
		return ""
	}
	s := string(r.b[:n])
	r.b = r.b[n:]
	return s
}

func readError(id flow.RelationID, value []byte) (keptError, error) {
	e := keptError{RowError: RowError{Relation: id, Kind: decodeError}}
	if len(value) < 9 || value[0] != errorVersion {
		return e, invariants.Errorf("malformed error %x of relation %d", value, id)
	}
	e.hash = binary.BigEndian.Uint64(value[1:])
	r := formReader{b: value[9:]}
	if r.uint() == 1 {
		e.Kind = evalError
	}
	e.Operator, e.Count, e.Offset = int(r.uint()), int64(r.uint()), int64(r.uint())
	e.Time, e.Epoch = int64(r.uint()), r.uint()
	e.Err = pgerr.New(pgerr.Code(r.string()), r.string())
	e.Column, e.Sample, e.Partition = r.string(), r.string(), r.string()
	if r.failed || len(r.b) > 0 {
		return e, invariants.Errorf("malformed error %x of relation %d", value, id)
	}
	return e, nil
}

// errorLog is how many errors a relation has.
type errorLog struct {
	// count is how many there are in all, kept how many of them can be looked at.
	count, kept int64
	// next is the number of the next error.
	next uint64
}

func (l errorLog) append(dst []byte) []byte {
	dst = binary.AppendVarint(append(dst, errorVersion), l.count)
	return binary.AppendUvarint(binary.AppendUvarint(dst, uint64(l.kept)), l.next)
}

func readErrorLog(value []byte) (l errorLog, err error) {
	if len(value) == 0 || value[0] != errorVersion {
		return l, invariants.Errorf("malformed count of errors %x", value)
	}
	count, size := binary.Varint(value[1:])
	r := formReader{b: value[1+max(size, 0):]}
	l = errorLog{count: count, kept: int64(r.uint()), next: r.uint()}
	if size <= 0 || r.failed || len(r.b) > 0 {
		return l, invariants.Errorf("malformed count of errors %x", value)
	}
	return l, nil
}
