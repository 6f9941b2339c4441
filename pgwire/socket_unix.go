//go:build darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd

package pgwire

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// socketPathMax is the longest path of a socket.
const socketPathMax = len(syscall.RawSockaddrUnix{}.Path) - 1

// lockSocket makes or takes the lock file of a socket; fresh tells that there is nothing in it. The kernel holds the lock as long as the
// process lives and no longer, so that a file that was left behind keeps nobody out.
func lockSocket(path string) (lock *os.File, fresh bool, err error) {
	for {
		lock, err := os.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return nil, false, err
		}
		if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
			if errors.Is(err, syscall.EWOULDBLOCK) {
				err = errSocketInUse
			}
			return nil, false, errors.Join(err, lock.Close())
		}
		mine, err := lock.Stat()
		if err != nil {
			return nil, false, errors.Join(err, lock.Close())
		}
		there, err := os.Stat(lock.Name())
		if err == nil && os.SameFile(mine, there) {
			return lock, mine.Size() == 0, nil
		}
		if err = errors.Join(err, lock.Close()); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, false, err
		} // else its owner has removed it between the two: there may be another
	}
}

// unlockSocket gives the lock up, and before that removes the file if it is ours: who then locks a file that is gone tries again.
func unlockSocket(lock *os.File, ours bool) error {
	var err error
	if ours {
		if err = os.Remove(lock.Name()); errors.Is(err, fs.ErrNotExist) {
			err = nil // who cleans the folder may have removed it
		}
	}
	return errors.Join(err, lock.Close())
}

// isRefused tells whether nobody listens on a socket.
func isRefused(err error) bool {
	return errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, fs.ErrNotExist)
}
