package file

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// control is the folder, inside a sink's, of what no reader of the rows needs: the state, and files that are not complete. Programs that
// know Hive's folders skip names that begin so.
const control = "_freshet"

// stateFile says which epoch the folder has. It is replaced as a whole: that is the moment at which an epoch is in the folder.
const stateFile = "state.json"

// folderState is the content of that file.
type folderState struct {
	Version int `json:"version"`
	// Epoch is the last one whose rows are in the folder.
	Epoch uint64 `json:"epoch"`
	// Files are those of the last flush: each is to be moved from the folder of staged files to its place, if it still is there.
	Files []move `json:"files"`
}

// move is a staged file and its place.
type move struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// stateVersion is the version of the form of the state.
const stateVersion = 1

// openFolder makes the folders, finishes the last flush, removes what belongs to none, and answers the epoch that the folder has.
func openFolder(dir string) (epoch uint64, err error) {
	if err := os.MkdirAll(filepath.Join(dir, control), 0o755); err != nil {
		return 0, writeError(dir, err)
	}
	path := filepath.Join(dir, control, stateFile)
	text, err := os.ReadFile(path)
	var s folderState
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return 0, ioError(path, err)
	default:
		if err := json.Unmarshal(text, &s); err != nil || s.Version != stateVersion {
			return 0, pgerr.Newf(pgerr.IOError, "%q is not the state of a sink that this version can read", path)
		}
		if err := s.finish(dir); err != nil {
			return 0, err
		}
	}
	return s.Epoch, removeStaged(dir, s.Files)
}

// commit makes the staged files those of the folder. They are on disk.
func (s *folderState) commit(dir string) error {
	if err := s.write(dir); err != nil {
		return err
	}
	return s.finish(dir)
}

// write replaces the state.
func (s *folderState) write(dir string) error {
	s.Version = stateVersion
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	inner := filepath.Join(dir, control)
	path := filepath.Join(inner, stateFile)
	err = errors.Join(syncFolder(inner), writeSynced(path+".new", append(text, '\n')))
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	if err == nil {
		err = syncFolder(inner)
	}
	if err != nil {
		return writeError(path, err)
	}
	return nil
}

// finish moves the staged files to their places. It may be done again after any part of it.
func (s *folderState) finish(dir string) error {
	var changed []string
	for _, m := range s.Files {
		from, to := filepath.Join(dir, control, m.From), filepath.Join(dir, filepath.FromSlash(m.To))
		if _, err := os.Lstat(from); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		folder := filepath.Dir(to)
		made, err := makeFolders(folder)
		if err == nil {
			err = os.Rename(from, to)
		}
		if err != nil {
			return writeError(to, err)
		}
		for _, f := range append(made, folder) {
			if !slices.Contains(changed, f) {
				changed = append(changed, f)
			}
		}
	}
	for _, f := range changed {
		if err := syncFolder(f); err != nil {
			return writeError(f, err)
		}
	}
	return nil
}

// makeFolders makes a folder with those above it, and answers the ones that have a new entry.
func makeFolders(path string) (changed []string, err error) {
	for p := path; ; p = filepath.Dir(p) {
		if _, err := os.Stat(p); err == nil || p == filepath.Dir(p) {
			break
		}
		changed = append(changed, filepath.Dir(p))
	}
	return changed, os.MkdirAll(path, 0o755)
}

// removeStaged removes staged files that are not of the last flush.
func removeStaged(dir string, kept []move) error {
	entries, err := os.ReadDir(filepath.Join(dir, control))
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return ioError(dir, err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".part") || slices.ContainsFunc(kept, func(m move) bool { return m.From == e.Name() }) {
			continue
		}
		if err := os.Remove(filepath.Join(dir, control, e.Name())); err != nil {
			return writeError(dir, err)
		}
	}
	return nil
}

func writeSynced(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}

func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// reasonOf is what the operating system says.
func reasonOf(err error) error {
	var inner *fs.PathError
	if errors.As(err, &inner) {
		return inner.Err
	}
	return err
}
