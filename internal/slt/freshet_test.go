package slt_test

import (
	"testing"

	"github.com/freshetdb/freshet/internal/slt"
)

const files = "../../testdata/slt/*.slt"

// TestProcess runs the files on sessions in the process. As in the tests below, a file waits for the disk, so runs go side by side.
func TestProcess(t *testing.T) {
	t.Parallel()
	slt.Run(t, files, slt.Options{Open: func(t *testing.T, _ string) slt.Database {
		return slt.OpenFreshet(t, slt.FreshetOptions{Workers: 2})
	}})
}

// TestWire runs them over the wire.
func TestWire(t *testing.T) {
	t.Parallel()
	slt.Run(t, files, slt.Options{Open: func(t *testing.T, _ string) slt.Database {
		return slt.OpenFreshet(t, slt.FreshetOptions{Workers: 1, Wire: true})
	}})
}

// TestCrash runs them with a crash after every statement and tick.
func TestCrash(t *testing.T) {
	t.Parallel()
	slt.Run(t, files, slt.Options{CrashAfterTick: true, Open: func(t *testing.T, _ string) slt.Database {
		return slt.OpenFreshet(t, slt.FreshetOptions{Workers: 2})
	}})
}
