package file

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// find opens the file that the offset belongs to: that of the path, or the one that was rotated away from there.
func (r *reader) find() error {
	f, err := os.Open(r.path)
	if err == nil {
		var same bool
		if same, err = r.matches(f); err == nil && same {
			return r.open(f)
		}
		if err == nil {
			err = pgerr.Newf(pgerr.UndefinedFile, "file %q is not the one that was read before, up to byte %d", r.path, r.at.position).
				WithHint("Its beginning has changed, or it is shorter. With follow = true files may be rotated and truncated.")
		}
		if !r.source.follow {
			return errors.Join(err, f.Close())
		}
	} else if !errors.Is(err, fs.ErrNotExist) || !r.source.follow || r.at.position == 0 {
		return ioError(r.path, err)
	}
	return r.findRotated(f, err)
}

// findRotated goes on with a followed file that is not at its path any more. current is what is there now, or nil; reason says why it is
// another file.
func (r *reader) findRotated(current *os.File, reason error) error {
	siblings, _ := filepath.Glob(globEscape(strings.TrimSuffix(r.path, filepath.Ext(r.path))) + "*") // the pattern is a good one
	for _, path := range siblings {
		if path == r.path {
			continue
		}
		f, err := os.Open(path)
		if err != nil {
			continue // what cannot be read cannot be read on
		}
		if same, err := r.matches(f); err == nil && same {
			if current != nil {
				_ = current.Close() // it is opened again when the old one has ended
			}
			return r.open(f)
		}
		_ = f.Close() // it was only looked at
	}
	if current == nil {
		return ioError(r.path, reason)
	}
	r.notice(pgerr.Newf(pgerr.UndefinedFile, "file %q was replaced while it was not read; it had been read to byte %d, and is now read from its beginning",
		r.path, r.at.position), nil)
	r.restart()
	return r.open(current)
}

// globEscape takes the meaning of a pattern's characters away.
func globEscape(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

// matches tells whether a file is the one that the offset belongs to.
func (r *reader) matches(f *os.File) (bool, error) {
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() < r.at.position {
		return false, err
	}
	head := make([]byte, r.at.headLength)
	if _, err := f.ReadAt(head, 0); err != nil && err != io.EOF {
		return false, err
	}
	return r.at.position == 0 || hashHead(head) == r.at.headHash, nil
}

// restart begins at the beginning of another file.
func (r *reader) restart() {
	r.at = place{generation: r.at.generation + 1}
}

// updateHead keeps the fingerprint true to what has been read; data is what was read last.
func (r *reader) updateHead(data []byte) {
	before := r.at.position - int64(len(data))
	if r.at.headLength == headSize {
		return
	}
	if int64(len(r.head)) == before {
		r.head = append(r.head, data[:min(len(data), headSize-len(r.head))]...)
	}
	r.setHead()
}

func (r *reader) setHead() {
	n := min(r.at.position, headSize)
	if int64(len(r.head)) >= n {
		r.at.headLength, r.at.headHash = uint16(n), hashHead(r.head[:n])
	}
}

// readHead reads the beginning of a file that was opened behind it.
func (r *reader) readHead() error {
	head := make([]byte, min(r.at.position, headSize))
	if _, err := r.file.f.ReadAt(head, 0); err != nil && err != io.EOF {
		return ioError(r.path, err)
	}
	r.head = head
	r.setHead()
	return nil
}

// look notes how long a followed file is, and notices that it was rewritten from its beginning.
func (r *reader) look() error {
	if r.source.follow {
		info, err := r.file.f.Stat()
		if err != nil {
			return ioError(r.path, err)
		}
		r.seen, r.modified = info.Size(), info.ModTime()
	}
	return r.checkHead()
}

// checkHead notices that a followed file was rewritten from its beginning, also if it is as long as before again.
func (r *reader) checkHead() error {
	if r.head == nil && r.at.position > 0 {
		return r.readHead()
	}
	if !r.source.follow || r.rotated || len(r.head) == 0 {
		return nil
	}
	if r.seen >= r.at.position {
		var now [headSize]byte
		n, err := r.file.f.ReadAt(now[:len(r.head)], 0)
		if err != nil && err != io.EOF {
			return ioError(r.path, err)
		}
		if bytes.Equal(now[:n], r.head) {
			return nil
		}
	}
	r.notice(pgerr.Newf(pgerr.IOError, "file %q was truncated or rewritten; it had been read to byte %d, and is now read from its beginning",
		r.path, r.at.position), nil)
	r.restart()
	r.head, r.header, r.tooLong = nil, nil, 0
	return nil
}

// atEnd is called where there is no whole row, and tells whether to look again: in the rest of a file that was rotated away, or in
// the file that took its place.
func (r *reader) atEnd() (again bool, err error) {
	if !r.source.follow {
		return false, nil
	}
	now, err := os.Stat(r.path)
	if err != nil || os.SameFile(now, r.info) {
		return false, nil // gone for the moment, or the same
	}
	if !r.rotated {
		// Someone may have written to the old file between the last look at it and now.
		r.rotated = true
		return true, nil
	}
	f, err := os.Open(r.path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, ioError(r.path, err)
	}
	r.restart()
	return true, r.open(f)
}
