package fn

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// What is found from the literal on, and by steps, is what package regexp finds in the whole text.
func TestRegexFactor(t *testing.T) {
	sources := []string{
		"(&|^)ab=([^&]*)", "^ab", "a*ab", "x?(ab)+b", "[[:<:]]ab", "\\yab", "\\Bab=", "(a|é|&&)ab", "ab$", "(?i)ab", "a{2,3}b=", "(^|é)b=(.*)a", "ab|b=", "^", "\\mab\\M", "(?n)^ab=",
		"é.ab", "(a|ab)(c|bcd)?=", "()ab", "a(b(=))", "(.)=ab",
		"(^|&)ab(=*)", "([ab]?)&?ab=(x*)$", "^(a*)(b|=)", "^([^=]*)=([^é]+)", "(a|aa|)b=(&*)", "^[^&]*$", "^(a|ab)(b?)", "((a)|(b))=(é*)x", "(x|é)?ab", "^.*$", "^a*a", "b=.*", "(&|^)b=([^&]+)&", "aé*", "\\Aab?\\Z",
	}
	letters := []rune("aab=&éx\n ")
	draw := rand.New(rand.NewPCG(1, 2))
	literals, sequences := 0, 0
	for _, source := range sources {
		p, err := compileRegex(source, regexFlags{})
		if err != nil {
			t.Fatalf("%s: %v", source, err)
		}
		if len(p.factor.literal) > 0 {
			literals++
		}
		if p.sequence != nil {
			sequences++
		}
		for range 3000 {
			s := make([]rune, draw.IntN(14))
			for i := range s {
				s[i] = letters[draw.IntN(len(letters))]
			}
			text := []byte(string(s))
			want := p.FindSubmatchIndex(text)
			got, err := p.first(text)
			if err != nil || !slices.Equal(got, want) {
				t.Fatalf("%s in %q: %v (%v), want %v", source, text, got, err, want)
			}
			if p.matches(text) != (want != nil) {
				t.Fatalf("%s matches %q: %v", source, text, want == nil)
			}
		}
	}
	if sequences < 15 {
		t.Errorf("only %d of %d expressions are sequences", sequences, len(sources))
	}
	if literals < 15 {
		t.Errorf("only %d of %d expressions have a literal", literals, len(sources))
	}
}

// ASCII and other letters change their case alike, wherever the first of the others is.
func TestCase(t *testing.T) {
	for _, c := range [][3]string{{"", "", ""}, {"AbZ[`@{z", "abz[`@{z", "ABZ[`@{Z"}, {"aÉbC", "aébc", "AÉBC"}, {"éX", "éx", "ÉX"}} {
		if got := string(lower([]byte("Q"), []byte(c[0]))); got != "Q"+c[1] {
			t.Errorf("lower(%q) = %q", c[0], got)
		}
		if got := string(upper([]byte("q"), []byte(c[0]))); got != "q"+c[2] {
			t.Errorf("upper(%q) = %q", c[0], got)
		}
	}
}
