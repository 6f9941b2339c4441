package parkedsync_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	stdsync "sync"
	"syscall"
	"testing"

	"github.com/freshetdb/freshet/internal/parkedsync"
)

func TestSync(t *testing.T) {
	var wait stdsync.WaitGroup
	defer wait.Wait()
	for range 8 { // more than there are waiters at first
		file, err := os.Create(filepath.Join(t.TempDir(), "file"))
		if err != nil {
			t.Fatal(err)
		}
		fd := file.Fd()
		wait.Go(func() {
			defer file.Close()
			for range 10 {
				if _, err := file.Write(make([]byte, 1<<16)); err != nil {
					t.Error(err)
				}
				for _, sync := range []func(uintptr) (bool, error){parkedsync.Data, parkedsync.All} {
					if done, err := sync(fd); err != nil || !done && runtime.GOOS == "linux" {
						t.Error(done, err)
					}
				}
			}
		})
	}
}

func TestSyncOfFolder(t *testing.T) {
	dir, err := os.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	if done, err := parkedsync.All(dir.Fd()); err != nil || !done && runtime.GOOS == "linux" {
		t.Error(done, err)
	}
}

func TestSyncOfNothing(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	defer write.Close()
	for name, fd := range map[string]uintptr{"pipe": write.Fd(), "closed": 1 << 20} {
		done, err := parkedsync.Data(fd)
		if done && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, syscall.EBADF) {
			t.Errorf("%s: done, %v", name, err)
		}
	}
}
