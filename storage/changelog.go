package storage

import (
	"encoding/binary"
	"errors"

	"github.com/freshetdb/freshet/internal/invariants"
)

// LogReader walks over the log of one relation, epoch by epoch. One goroutine uses it.
type LogReader struct {
	v     *version
	it    *iterator
	valid bool
	data  []byte
}

// Log opens the log of a relation at the first entry whose epoch is at least from. It must be closed.
func (s *Snapshot) Log(relation TableID, from uint64) (*LogReader, error) {
	it, err := s.v.iterator(appendLog(nil, relation, from), appendLogEnd(nil, relation))
	if err != nil {
		return nil, err
	}
	s.v.hold()
	return &LogReader{v: s.v, it: it, valid: it.First()}, nil
}

// Next returns the next entry: its epoch, and its data, borrowed until the next call. ok is false behind the last one that the
// snapshot has.
func (r *LogReader) Next() (epoch uint64, data []byte, ok bool, err error) {
	if !r.valid {
		return 0, nil, false, r.it.Error()
	}
	k := r.it.Key()
	if len(k) != 1+4+8+4 {
		return 0, nil, false, invariants.Errorf("malformed key %x in a log", k)
	}
	value, err := r.it.ValueAndErr()
	if err != nil {
		return 0, nil, false, err
	}
	epoch = binary.BigEndian.Uint64(k[5:])
	data = append(r.data[:0], value...)
	r.data = data
	r.valid = r.it.Next()
	return epoch, data, true, nil
}

// Close gives the reader's resources back.
func (r *LogReader) Close() error {
	if r.it == nil {
		return invariants.Errorf("a log reader was closed twice")
	}
	it := r.it
	r.it, r.valid = nil, false
	return errors.Join(r.v.put(it), r.v.letGo())
}
