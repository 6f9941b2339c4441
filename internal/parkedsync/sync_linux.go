package parkedsync

import (
	"errors"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// request is struct iocb of linux/aio_abi.h.
type request struct {
	_          uint64 // given back in the event
	_          uint64 // a key of the kernel's, and flags
	opcode     uint16
	_          int16 // priority
	file       uint32
	_, _, _, _ uint64 // of reading and writing
	flags      uint32
	eventFile  uint32
}

// event is struct io_event.
type event struct {
	_, _   uint64 // of the request
	result int64  // 0 or a negative errno
	_      int64
}

// Of linux/aio_abi.h.
const (
	opcodeSync     = 2
	opcodeDataSync = 3
	flagEventFile  = 1
)

func sync(fd uintptr, what what) (done bool, err error) {
	w := waiters.take()
	if w == nil {
		return false, nil
	}
	if !w.ask(fd, what) {
		waiters.giveBack(w)
		return false, nil
	}
	result, err := w.await()
	if err != nil { // nobody knows what else w will be told of
		return true, errors.Join(err, w.done.Close())
	}
	waiters.giveBack(w)
	if result < 0 {
		return true, os.NewSyscallError(what.String(), syscall.Errno(-result))
	}
	return true, nil
}

// waiter has one sync done at a time.
type waiter struct {
	context uintptr // of io_setup(2)
	eventFD int     // of eventfd(2)
	done    *os.File
}

func newWaiter() (*waiter, error) {
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK) // so the runtime polls it
	if err != nil {
		return nil, os.NewSyscallError("eventfd", err)
	}
	w := &waiter{eventFD: fd, done: os.NewFile(uintptr(fd), "eventfd")}
	if _, _, errno := unix.Syscall(unix.SYS_IO_SETUP, 1, uintptr(unsafe.Pointer(&w.context)), 0); errno != 0 {
		return nil, errors.Join(os.NewSyscallError("io_setup", errno), w.done.Close())
	}
	return w, nil
}

// ask begins a sync, and tells whether the kernel does it: it does not for files of every kind.
func (w *waiter) ask(fd uintptr, what what) bool {
	r := &request{opcode: opcodeDataSync, file: uint32(fd), flags: flagEventFile, eventFile: uint32(w.eventFD)}
	if what == allOf {
		r.opcode = opcodeSync
	}
	_, _, errno := unix.Syscall(unix.SYS_IO_SUBMIT, w.context, 1, uintptr(unsafe.Pointer(&r)))
	return errno == 0
}

// await returns the result of what was asked for: 0 or a negative errno.
func (w *waiter) await() (result int64, err error) {
	var count [8]byte
	if _, err := w.done.Read(count[:]); err != nil {
		return 0, err
	}
	var e event
	n, _, errno := unix.Syscall6(unix.SYS_IO_GETEVENTS, w.context, 1, 1, uintptr(unsafe.Pointer(&e)), 0, 0)
	switch {
	case errno != 0:
		return 0, os.NewSyscallError("io_getevents", errno)
	case n != 1:
		return 0, errors.New("a sync has ended without its result")
	}
	return e.result, nil
}
