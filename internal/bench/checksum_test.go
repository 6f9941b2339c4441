package bench

import (
	"math/rand/v2"
	"testing"
	"time"
)

// TestClockWritesTimestampsAsGoDoes: the second that is kept from one timestamp to the next changes nothing.
func TestClockWritesTimestampsAsGoDoes(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	r := &rows{seeds: newSeeds()}
	at := int64(-3 * second)
	for range 10_000 {
		switch random.IntN(4) {
		case 0:
			at = floorTo(at, second) + random.Int64N(3)*100_000
		case 1:
			at += random.Int64N(3 * second)
		case 2:
			at++
		default:
			at = random.Int64N(4e15) - 2e15 // 1906 to 2033
		}
		r.text = r.text[:0]
		r.clock(at, "+00")
		want := time.UnixMicro(at).UTC().Format("2006-01-02 15:04:05.999999") + "+00\t"
		if got := string(r.text); got != want {
			t.Fatalf("%d microseconds: got %q, want %q", at, got, want)
		}
	}
}
