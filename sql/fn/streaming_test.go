package fn

import (
	"bytes"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// TestNthByte compares the search of eight bytes at a time with one of each.
func TestNthByte(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SliceOfN(rapid.SampledFrom([]byte{0, '.', '/', '0', 0x7F, 0x80, '/' | 0x80, 0xFF}), 0, 40).Draw(t, "s")
		c := rapid.SampledFrom([]byte{0, '/', 0x80, 0xFF, '.'}).Draw(t, "c")
		n := rapid.IntRange(0, 12).Draw(t, "n")
		want, left := -1, n
		for i, b := range s {
			if b == c {
				if left == 0 {
					want = i
					break
				}
				left--
			}
		}
		if got := nthByte(s, c, n); got != want {
			t.Fatalf("%d. %q in %q: got %d, want %d", n, c, bytes.Clone(s), got, want)
		}
	})
}

// TestCountChars compares the count of eight bytes at a time with that of characters.
func TestCountChars(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		if got, want := countChars([]byte(s)), utf8.RuneCountInString(s); got != want {
			t.Fatalf("%q: got %d, want %d", s, got, want)
		}
	})
}
