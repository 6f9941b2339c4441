package pgwire

import (
	"testing"
	"time"
)

func TestPatience(t *testing.T) {
	p := newPatience()
	quick, slow := glance, 10*quickWait
	see := func(d time.Duration, looks bool) {
		t.Helper()
		p.waited(d)
		if p.looks() != looks {
			t.Errorf("after a wait of %v: looks = %v", d, !looks)
		}
	}
	if p.looks() {
		t.Error("it looks out for a client it does not know")
	}
	see(slow, false)
	see(quick, true)
	p.looked(true)
	if !p.looks() {
		t.Error("it gives up after success")
	}
	p.looked(false)
	see(slow, false)
	see(quick, false)
	see(quick, true)
	p.looked(false)
	for range 3 {
		see(quick, false)
	}
	see(quick, true)
}

func TestPatienceIsBounded(t *testing.T) {
	p := newPatience()
	for range 100 {
		p.looked(false)
	}
	for range 1 << maxMisses {
		p.waited(glance)
	}
	if !p.looks() {
		t.Error("a client is never looked out for again")
	}
}

func TestHeard(t *testing.T) {
	var h heard
	a, b := h.join(), h.join()
	for i, step := range []struct {
		client uint64
		again  bool
	}{{a, false}, {a, true}, {b, false}, {a, false}, {a, true}} {
		if h.note(step.client) != step.again {
			t.Errorf("step %d: again = %v", i, !step.again)
		}
	}
}
