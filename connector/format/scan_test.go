package format

import (
	"math/rand/v2"
	"testing"
)

// TestScan: strings are looked at alike in every build, however they begin in memory and wherever the text ends.
func TestScan(t *testing.T) {
	draw := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		text := make([]byte, 48+draw.IntN(400))
		for i := range text {
			text[i] = byte(0x21 + draw.IntN(0x5E))
			if text[i] == '"' || text[i] == '\\' || draw.IntN(200) == 0 {
				text[i] = []byte{'"', '\\', '\n', 0x1F, 0x20, 0x7F, 0x80, 0xFF, '#', '!'}[draw.IntN(10)]
			}
		}
		i := draw.IntN(len(text) - 40)
		// What is found a word at a time is not found nearer to the end of the text than vectors reach, and the other way round.
		if got, want := delimiter(text, i), delimiterWords(text, i); got != want && (want >= 0 || got < i+shortString) {
			t.Fatalf("%q from %d: delimiter at %d, not %d", text, i, got, want)
		}
		at := []int{draw.IntN(len(text) - i - 32 + 1), 0}
		var wide []int
		for from := 0; from < scanWidth; from += 8 {
			wide = append(wide, at[0]+from, at[1]+from)
		}
		if got, want := delimited(text[i:], at), delimitedWords(text[i:], wide); got != want {
			t.Fatalf("%q from %d: delimited %v", text, i, got)
		}
		if got, want := notPlain(text[i:], at), notPlainWords(text[i:], wide); got != want {
			t.Fatalf("%q from %d: not plain %v", text, i, got)
		}
		if got, want := unplain(text, i), unplainWords(text, i); got != want && (want >= 0 || got < i+takenText) {
			t.Fatalf("%q from %d: not plain at %d, not %d", text, i, got, want)
		}
	}
}
