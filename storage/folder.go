package storage

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// FormatVersion is the version of the data folder. It rises with any change that this version could not read: of keys, values,
// records, or of Pebble's own format. oldestFormat is the oldest that can be read: those before it were of versions that were never
// released, and laid state out in another way. A folder of one between becomes one of this version when it is opened for writing.
const (
	FormatVersion = 8
	oldestFormat  = 4
)

// The files of a data folder.
const (
	formatFile    = "FORMAT"     // formatText and the version
	formatNew     = "FORMAT.new" // while it is written
	lockFile      = "LOCK"       // locked by the process that has the folder open
	databaseDir   = "db"         // Pebble's
	ingestDir     = "ingest"     // files on their way into Pebble
	aheadDir      = "ahead"      // files of transactions that still write
	formatText    = "freshet data folder, format "
	writeCategory = "freshet"
)

// folder is an open data folder.
type folder struct {
	fs   FS
	dir  string
	lock io.Closer
}

func (f *folder) path(name string) string { return f.fs.PathJoin(f.dir, name) }

// openFolder locks the folder and looks at its format. A folder that is empty or does not exist becomes a data folder.
func openFolder(o Options) (_ *folder, err error) {
	f := &folder{fs: o.FS, dir: o.Dir}
	if !o.ReadOnly {
		if err := makeDir(f.fs, f.dir); err != nil {
			return nil, f.ioError("creating", err)
		}
	} else if _, err := f.fs.Stat(f.path(formatFile)); err != nil {
		return nil, pgerr.Newf(pgerr.UndefinedFile, "data folder %q does not exist", f.dir).WithDetail("%v.", err)
	}
	f.lock, err = f.fs.Lock(f.path(lockFile))
	switch {
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return nil, f.ioError("opening", err)
	case err != nil:
		return nil, pgerr.Newf(pgerr.ObjectInUse, "data folder %q is in use by another process", f.dir).
			WithDetail("Its file %q cannot be locked: %v.", lockFile, err).
			WithHint("Stop the other process, or use another folder.")
	}
	if err := f.checkFormat(o.ReadOnly); err != nil {
		return nil, errors.Join(err, f.lock.Close())
	}
	return f, nil
}

// mendHint is what to do when nothing can be written any more.
const mendHint = "Mend what is wrong with the data folder, then start the server again. All that was acknowledged is there."

// fullHint is what to do when the disk is full and the store waits.
const fullHint = "Make space on the disk. Writes are taken then, without a restart."

func (f *folder) ioError(doing string, err error) *pgerr.Error {
	return pgerr.Newf(ioCode(err), "%s data folder %q: %v", doing, f.dir, err)
}

// ioCode is the SQLSTATE of an error at a file.
func ioCode(err error) pgerr.Code {
	if vfs.IsNoSpaceError(err) {
		return pgerr.DiskFull
	}
	return pgerr.IOError
}

func (f *folder) checkFormat(readOnly bool) error {
	version, err := f.readFormat()
	switch {
	case errors.Is(err, os.ErrNotExist):
		return f.create()
	case err != nil:
		return err
	case version < oldestFormat:
		return pgerr.Newf(pgerr.FeatureNotSupported, "data folder %q has format %d, this version of Freshet reads formats %d to %d",
			f.dir, version, oldestFormat, FormatVersion).
			WithHint("Read its tables out with the version that wrote it, and start with an empty folder.")
	case version > FormatVersion:
		return pgerr.Newf(pgerr.FeatureNotSupported, "data folder %q has format %d, this version of Freshet reads formats up to %d",
			f.dir, version, FormatVersion).WithHint("Use the version of Freshet that wrote it, or a later one.")
	case version < FormatVersion && !readOnly:
		if err := f.writeFormat(); err != nil {
			return f.ioError("upgrading", err)
		}
	}
	return nil
}

func (f *folder) readFormat() (version int, err error) {
	file, err := f.fs.Open(f.path(formatFile))
	if err != nil {
		return 0, err
	}
	text, err := io.ReadAll(file)
	if err := errors.Join(err, file.Close()); err != nil {
		return 0, f.ioError("reading", err)
	}
	number, ok := strings.CutPrefix(strings.TrimSuffix(string(text), "\n"), formatText)
	version, err = strconv.Atoi(number)
	if !ok || err != nil || version < 1 {
		return 0, pgerr.Newf(pgerr.FeatureNotSupported, "file %q does not say what format the data folder has", f.path(formatFile))
	}
	return version, nil
}

// create makes an empty folder a data folder. What is half made after a crash is made again.
func (f *folder) create() error {
	names, err := f.fs.List(f.dir)
	if err != nil {
		return f.ioError("reading", err)
	}
	for _, name := range names {
		if name != lockFile && name != formatNew {
			return pgerr.Newf(pgerr.ObjectInUse, "folder %q is not a data folder of Freshet, and not empty", f.dir).
				WithDetail("It has a file %q, and no file %q.", name, formatFile).WithHint("Use an empty folder, or one that does not exist.")
		}
	}
	if err := f.writeFormat(); err != nil {
		return f.ioError("creating", err)
	}
	return nil
}

func (f *folder) writeFormat() error {
	file, err := f.fs.Create(f.path(formatNew), writeCategory)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(file, "%s%d\n", formatText, FormatVersion)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	if err := f.fs.Rename(f.path(formatNew), f.path(formatFile)); err != nil {
		return err
	}
	return syncDir(f.fs, f.dir)
}

// clearIngest removes the files of a commit that did not come to its end.
func (f *folder) clearIngest() error {
	if err := f.fs.RemoveAll(f.path(ingestDir)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return f.ioError("cleaning", err)
	}
	return nil
}

// clearAhead removes the files of transactions that did not come to their end.
func (f *folder) clearAhead() error {
	if err := f.fs.RemoveAll(f.path(aheadDir)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return f.ioError("cleaning", err)
	}
	return nil
}

func syncDir(fs vfs.FS, dir string) error {
	d, err := fs.OpenDir(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// makeDir makes a folder and those above it, durably: each is synced into the one that holds it.
func makeDir(fs vfs.FS, dir string) error {
	var missing []string
	for at := dir; ; at = fs.PathDir(at) {
		_, err := fs.Stat(at)
		if err == nil || at == "" || at == fs.PathDir(at) {
			break
		}
		if !errors.Is(err, os.ErrNotExist) {
			return err
		}
		missing = append(missing, at)
	}
	if err := fs.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for i := len(missing) - 1; i >= 0; i-- {
		if err := syncDir(fs, fs.PathDir(missing[i])); err != nil {
			return err
		}
	}
	return nil
}
