// Package parkedsync makes what was written to a file durable while the goroutine that waits for it is parked.
//
// A goroutine in a system call keeps its P, one of the GOMAXPROCS that run Go code, until the runtime's monitor takes it away, which looks for that
// every 20 microseconds to 10 milliseconds, depending on how long it has found nothing. A sync of some megabytes takes some milliseconds, in which
// the processor would be idle while goroutines wait for it. Linux can be asked to sync and to tell when it is done (io_submit(2), since 4.18 for all
// file systems), which a goroutine waits for as it does for a socket.
package parkedsync

// Data is fdatasync(2): the file's bytes, and what is needed to find them, are durable when it returns. done is false, and nothing has
// happened, where the system cannot be asked; then the system call has to be made.
func Data(fd uintptr) (done bool, err error) { return sync(fd, dataOf) }

// All is fsync(2), in the same way.
func All(fd uintptr) (done bool, err error) { return sync(fd, allOf) }

// what is what has to be durable.
type what uint8

const (
	dataOf what = iota
	allOf
)

// String is the system call's name.
func (w what) String() string {
	if w == dataOf {
		return "fdatasync"
	}
	return "fsync"
}
