package invariants_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/internal/pgerr"
)

// caught runs f and returns the Violation it panicked with or returned, and whether it panicked.
func caught(t *testing.T, f func() error) (v *invariants.Violation, panicked bool) {
	t.Helper()
	defer func() {
		if r := recover(); r != nil {
			var ok bool
			if v, ok = r.(*invariants.Violation); !ok {
				t.Fatalf("panicked with %T, want *Violation", r)
			}
			panicked = true
		}
	}()
	if err := f(); err != nil && !errors.As(err, &v) {
		t.Fatalf("returned %T, want *Violation", err)
	}
	return v, false
}

func TestErrorf(t *testing.T) {
	v, panicked := caught(t, func() error { return invariants.Errorf("mark %d has no entry", 7) })
	if panicked != invariants.Enabled {
		t.Errorf("panicked = %v with Enabled = %v", panicked, invariants.Enabled)
	}
	if v.Message != "mark 7 has no entry" || !strings.HasPrefix(v.Where, "invariants/invariants_test.go:") {
		t.Errorf("got %q at %q, want the message and this file", v.Message, v.Where)
	}
}

func TestAssertf(t *testing.T) {
	assert := func(cond bool) func() error {
		return func() error {
			invariants.Assertf(cond, "rows %d", 3)
			return nil
		}
	}
	if v, panicked := caught(t, assert(true)); panicked || v != nil {
		t.Errorf("a true condition gave %v", v)
	}
	v, panicked := caught(t, assert(false))
	if panicked != invariants.Enabled {
		t.Fatalf("a false condition: panicked = %v with Enabled = %v", panicked, invariants.Enabled)
	}
	if panicked && (v.Message != "rows 3" || !strings.HasPrefix(v.Where, "invariants/invariants_test.go:")) {
		t.Errorf("got %q at %q, want the message and this file", v.Message, v.Where)
	}
}

// TestClientSeesInternalError holds the promise of the package comment: our mistakes are XX000 at the wire, also wrapped.
func TestClientSeesInternalError(t *testing.T) {
	err := fmt.Errorf("decoding: %w", &invariants.Violation{Message: "m", Where: "w"})
	if code := pgerr.CodeOf(err); code != pgerr.InternalError {
		t.Errorf("CodeOf(%v) = %s, want %s", err, code, pgerr.InternalError)
	}
}
