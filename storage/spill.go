package storage

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// A spill moves layers from memory into sorted files. They are written while commits go on above them. When they are there, the next commit has Pebble take
// them in, forgets the layers, and deletes the values that made them durable with its own batch. What a table says is the same before, between
// and after these steps: a crash leaves files that were not taken in, which are removed, or values that say what the files do.
type spill struct {
	layers  map[TableID][]layer
	expired map[TableID]int64 // when it began: what has expired is left out
	epoch   uint64            // the last one whose runs are in it
	done    chan struct{}
	// What done closes behind.
	among, behind []string // files: those that lie among what Pebble has, and those that overlap with nothing
	err           error
}

// spillFileBytes is the size at which a file of a spill ends: compactions take files whole.
const spillFileBytes = 8 << 20

// layersOf is how many layers of a table are being spilled.
func (p *spill) layersOf(id TableID) int {
	if p == nil {
		return 0
	}
	return len(p.layers[id])
}

// startSpill begins to write the layers if they are large.
func (s *Store) startSpill() {
	b := &s.commit.buffer
	if b.spill != nil || max(b.bytes, b.logged) < s.options.SpillBytes {
		return
	}
	p := s.newSpill()
	go func() {
		defer close(p.done)
		p.err = s.writeSpill(p)
	}()
}

func (s *Store) newSpill() *spill {
	b := &s.commit.buffer
	b.spill = &spill{layers: b.layers, expired: boundsOf(s.commit.expired), epoch: s.commit.last.Number, done: make(chan struct{})}
	return b.spill
}

// writeSpill writes the files of a spill. What lies behind all that Pebble has of a table, as rows with numbers that rise do, goes into files that
// overlap with nothing: they come to lie in the lowest level at once, and are compressed. The others are not, like those that a flush makes, for they are
// soon written again.
func (s *Store) writeSpill(p *spill) error {
	dir := s.folder.path(ingestDir)
	if err := makeDir(s.options.FS, dir); err != nil {
		return err
	}
	options := s.writerOptions()
	behind := &fileWriter{store: s, dir: dir, name: fmt.Sprintf("behind-%d", p.epoch), options: options, fileBytes: spillFileBytes}
	options.Compression = s.pebbleOptions.Levels[0].Compression()
	among := &fileWriter{store: s, dir: dir, name: fmt.Sprintf("spill-%d", p.epoch), options: options, fileBytes: spillFileBytes}
	var err error
	for _, id := range slices.SortedFunc(maps.Keys(p.layers), cmp.Compare) {
		if err = s.spillTable(p, id, among, behind); err != nil {
			break
		}
	}
	err = errors.Join(err, among.finish(err == nil), behind.finish(err == nil))
	p.among, p.behind = among.paths, behind.paths
	return err
}

// spillTable writes the layers of one table. A file of what lies behind ends with it.
func (s *Store) spillTable(p *spill, id TableID, among, behind *fileWriter) error {
	last, there, err := s.lastKey(id)
	if err != nil {
		return err
	}
	m, first := merge{}, aliveFrom(p.expired, id)
	for _, l := range p.layers[id] {
		m.add(l.run, seek(l.run, first), l.run.Len())
	}
	m.init()
	full := appendTable(nil, id)
	for top := m.top(); top != nil; top = m.top() {
		full = append(full[:tablePrefixSize], top.key...)
		w, deleted := among, top.run.IsDeleted(top.at)
		if !there || bytes.Compare(top.key, last) > 0 {
			w = behind
		}
		if w == among || !deleted { // behind the last key there is nothing to delete
			if err := w.add(full, top.run.Values.At(top.at), deleted); err != nil {
				return err
			}
		}
		m.next()
	}
	return behind.finish(true)
}

// finishSpill has Pebble take in what a spill has written; wait tells whether to wait until it has. The error is that the disk failed: then
// the layers stay, and are spilled again.
func (s *Store) finishSpill(wait bool) error {
	b := &s.commit.buffer
	p := b.spill
	if p == nil {
		return nil
	}
	if !wait {
		select {
		case <-p.done:
		default:
			return nil
		}
	}
	<-p.done
	b.spill = nil
	err := errors.Join(p.err, s.takeIn(p))
	if err != nil {
		for _, path := range slices.Concat(p.behind, p.among) {
			_ = s.options.FS.Remove(path) // if it is there; else it is removed at the next start
		}
		return err
	}
	s.spilled.Add(1)
	rest := make(map[TableID][]layer, len(b.layers))
	for id, layers := range b.layers {
		if layers = layers[p.layersOf(id):]; len(layers) > 0 {
			rest[id] = layers
		}
	}
	b.replace(rest)
	b.forgetTo(p.epoch)
	return nil
}

// takeIn has Pebble take in the files of a spill that was written. Those that overlap with nothing come one by one: all files of an ingestion wait for
// a flush if one of them lies among what is in the memtable.
func (s *Store) takeIn(p *spill) error {
	if p.err != nil {
		return nil
	}
	for _, path := range p.behind {
		if err := s.db.Ingest(context.Background(), []string{path}); err != nil {
			return err
		}
	}
	if len(p.among) == 0 {
		return nil
	}
	return s.db.Ingest(context.Background(), p.among)
}

// spillAll leaves no layers, and no values.
func (s *Store) spillAll() error {
	if err := s.finishSpill(true); err != nil || len(s.commit.buffer.values) == 0 {
		return err
	}
	p := s.newSpill()
	p.err = s.writeSpill(p)
	close(p.done)
	return s.finishSpill(true)
}
