//go:build !(darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd)

package pgwire

import (
	"errors"
	"os"
)

const socketPathMax = 100

func lockSocket(string) (lock *os.File, fresh bool, err error) {
	return nil, false, errors.New("there are no Unix-domain sockets on this system")
}

func unlockSocket(lock *os.File, _ bool) error { return lock.Close() }

func isRefused(error) bool { return false }
