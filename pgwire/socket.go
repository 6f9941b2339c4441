package pgwire

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// socketMode lets every user of the machine connect, as PostgreSQL does (unix_socket_permissions) and as TCP does: who may do what is
// decided by password, or by the folder's permissions.
const socketMode = 0o777

// SocketPath is where clients look for the Unix-domain socket of a server: they know the folder as its host, and the port.
func SocketPath(folder string, port int) string {
	return filepath.Join(folder, fmt.Sprintf(".s.PGSQL.%d", port))
}

// ListenSocket listens on the Unix-domain socket of a port in a folder, which must exist. A socket that a server has left which is gone is
// replaced; that of one that lives is an error, also if it is PostgreSQL. Beside it lies a lock file (.s.PGSQL.7432.lock) of
// PostgreSQL's form. Closing the listener removes both.
func ListenSocket(ctx context.Context, folder string, port int) (_ net.Listener, err error) {
	if folder, err = filepath.Abs(folder); err != nil {
		return nil, err
	}
	path := SocketPath(folder, port)
	if len(path) > socketPathMax {
		return nil, fmt.Errorf("path of the Unix-domain socket %q is too long (maximum %d bytes)", path, socketPathMax)
	}
	lock, fresh, err := lockSocket(path)
	if err != nil {
		return nil, fmt.Errorf("listening on %s: %w", path, err)
	}
	listener, ours, err := listenLocked(ctx, path, lock, fresh)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("listening on %s: %w", path, err), unlockSocket(lock, ours))
	}
	return &socketListener{Listener: listener, unlock: sync.OnceValue(func() error { return unlockSocket(lock, true) })}, nil
}

// listenLocked listens once the lock is there. ours tells whether the lock file is to go with the lock, also after an error: one that has
// something in it may be PostgreSQL's, which locks by its being there, until nobody is seen to listen.
func listenLocked(ctx context.Context, path string, lock *os.File, fresh bool) (_ net.Listener, ours bool, err error) {
	if err := removeStale(ctx, path); err != nil {
		return nil, fresh, err
	}
	if err := writeLock(lock, path); err != nil {
		return nil, true, err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "unix", path)
	if err != nil {
		return nil, true, err
	}
	if err := os.Chmod(path, socketMode); err != nil {
		return nil, true, errors.Join(err, listener.Close())
	}
	return listener, true, nil
}

// socketListener gives the lock up when it is closed, once the socket is no more.
type socketListener struct {
	net.Listener
	unlock func() error
}

func (l *socketListener) Close() error { return errors.Join(l.Listener.Close(), l.unlock()) }

// errSocketInUse is what PostgreSQL says.
var errSocketInUse = errors.New("another server uses this Unix-domain socket")

// removeStale removes a socket that nobody listens on. The caller has its lock, which keeps out all who honour it.
func removeStale(ctx context.Context, path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode()&fs.ModeSocket == 0:
		return errors.New("there is a file of this name that is no socket")
	}
	if client, err := new(net.Dialer).DialContext(ctx, "unix", path); err == nil {
		return errors.Join(errSocketInUse, client.Close())
	} else if !isRefused(err) {
		return err // nobody knows whether a server listens
	}
	return os.Remove(path)
}

// writeLock writes what PostgreSQL has in such a file: process, data folder, start, port, folder of the socket. A PostgreSQL that finds it
// looks whether the process lives.
func writeLock(lock *os.File, path string) error {
	port := strings.TrimPrefix(filepath.Ext(path), ".")
	text := fmt.Sprintf("%d\n\n%d\n%s\n%s\n", os.Getpid(), time.Now().Unix(), port, filepath.Dir(path))
	if err := lock.Truncate(0); err != nil {
		return err
	}
	_, err := lock.WriteAt([]byte(text), 0)
	return err
}
