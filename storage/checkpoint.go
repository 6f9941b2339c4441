package storage

import (
	"errors"

	"github.com/cockroachdb/pebble/v2"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// Checkpoint makes dir, which must not exist, a data folder with the last committed epoch, and returns its number. It shares the
// store's files where the file system has links, so it is quick and takes no space until the two differ. The store goes on.
func (s *Store) Checkpoint(dir string) (epoch uint64, err error) {
	s.commit.Lock()
	defer s.commit.Unlock()
	if err := s.ready(); err != nil {
		return 0, err
	}
	fs := s.options.FS
	if _, err := fs.Stat(dir); err == nil {
		return 0, pgerr.Newf(pgerr.ObjectInUse, "folder %q exists already", dir)
	}
	to := &folder{fs: fs, dir: dir}
	if err := makeDir(fs, dir); err != nil {
		return 0, to.ioError("creating", err)
	}
	// The format comes last: without it, what is there after a crash is no data folder, and Open says so.
	err = s.guard(func() error {
		return s.db.Checkpoint(to.path(databaseDir), pebble.WithFlushedWAL())
	})
	if err == nil {
		err = to.writeFormat()
	}
	if err != nil {
		return 0, errors.Join(to.ioError("writing", err), fs.RemoveAll(dir))
	}
	return s.commit.last.Number, nil
}
