package numeric

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// edges are texts around every limit of the representation.
var edges = []string{
	"0", "0.00", "-0", "1", "-1", "1.0", "1.00", "0.1", "-0.05", "10", "100", "9999", "10000", "10001", "99999999", "100000000",
	"0.0001", "0.00001", "1e4", "1e-4", "1.5e10", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
	"18446744073709551615", "18446744073709551616", "170141183460469231731687303715884105727",
	"340282366920938463463374607431768211455", "340282366920938463463374607431768211456",
	"99999999999999999999999999999999999999", "100000000000000000000000000000000000000", "0.5", "1.5", "2.5", "-2.5", "3.4999",
	"123456789.987654321", "0.000000000000000000000000000000000000000000000001", "1e100", "1e-100", "-1e60", "7", "3", "0.3333",
	"NaN", "Infinity", "-Infinity", "12345678901234567890123456789012345678901234567890.5", "1e30", "1e31", "1e-31", "1e-30",
}

func random(r *rand.Rand) string {
	var b strings.Builder
	if r.IntN(3) == 0 {
		b.WriteByte('-')
	}
	digits := func(n int) {
		for range n {
			b.WriteByte(byte('0' + r.IntN(10)*(r.IntN(4)/2&1|r.IntN(2))))
		}
	}
	digits(1 + r.IntN([]int{3, 10, 25, 60}[r.IntN(4)]))
	if r.IntN(2) == 0 {
		b.WriteByte('.')
		digits(r.IntN([]int{3, 10, 25, 60}[r.IntN(4)]))
	}
	return b.String()
}

func mustParse(tb testing.TB, s string) Num {
	tb.Helper()
	n, err := Parse(s, -1)
	if err != nil {
		tb.Fatalf("%q: %v", s, err)
	}
	return n
}

func numbers(tb testing.TB, seed uint64, count int) []Num {
	r := rand.New(rand.NewPCG(seed, 1))
	var all []Num
	for _, s := range edges {
		all = append(all, mustParse(tb, s))
	}
	for range count {
		all = append(all, mustParse(tb, random(r)))
	}
	return all
}

func TestEncodingRoundTrips(t *testing.T) {
	for _, n := range numbers(t, 1, 2000) {
		encoded := n.Append(nil)
		if again := Decode(encoded); again.String() != n.String() || !bytes.Equal(again.Append(nil), encoded) {
			t.Errorf("%s is %x, which is %s", n, encoded, again)
		}
		if again, err := DecodeBinary(n.AppendBinary(nil), -1); err != nil || again.String() != n.String() {
			t.Errorf("%s over the wire is %s, %v", n, again, err)
		}
		if again := mustParse(t, n.String()); !bytes.Equal(again.Append(nil), encoded) {
			t.Errorf("%s parses as %s", n, again)
		}
		normal := AppendNormal(nil, encoded)
		if Compare(Decode(normal), n) != 0 {
			t.Errorf("normal form of %s is %s", n, Decode(normal))
		}
		key := AppendKey(nil, encoded)
		back, rest, ok := DecodeKey(nil, append(key, 7))
		if !ok || !bytes.Equal(rest, []byte{7}) || !bytes.Equal(back, normal) {
			t.Errorf("key of %s is %x, which is %s", n, key, Decode(back))
		}
	}
	if Decode(nil).String() != "0" || !bytes.Equal(AppendNormal(nil, nil), Num{}.Append(nil)) {
		t.Error("no bytes are not 0")
	}
}

func TestOrder(t *testing.T) {
	all := numbers(t, 2, 300)
	for _, a := range all {
		for _, b := range all {
			want := CompareEncoded(a.Append(nil), b.Append(nil))
			if got := bytes.Compare(AppendKey(nil, a.Append(nil)), AppendKey(nil, b.Append(nil))); got != want {
				t.Fatalf("keys of %s and %s compare as %d, want %d", a, b, got, want)
			}
			if equal := bytes.Equal(AppendNormal(nil, a.Append(nil)), AppendNormal(nil, b.Append(nil))); equal != (want == 0) {
				t.Fatalf("normal forms of %s and %s equal: %v", a, b, equal)
			}
			if back := CompareEncoded(b.Append(nil), a.Append(nil)); back != -want {
				t.Fatalf("compare %s, %s: %d and %d", a, b, want, back)
			}
		}
	}
}

// TestSum holds that a sum is a function of the multiset of its rows: whatever came and went leaves nothing behind.
func TestSum(t *testing.T) {
	all := numbers(t, 3, 200)
	rapid.Check(t, func(t *rapid.T) {
		var sum, direct, left, right Sum
		count := map[int]int64{}
		for range rapid.IntRange(0, 30).Draw(t, "steps") {
			i := rapid.IntRange(0, len(all)-1).Draw(t, "row")
			diff := rapid.SampledFrom([]int64{1, 1, 1, -1, 2, -3, 1 << 40}).Draw(t, "diff")
			count[i] += diff
			sum.Add(all[i].Append(nil), diff)
			part := &left
			if i%2 == 0 {
				part = &right
			}
			part.AddNum(all[i], diff)
		}
		for i := range all {
			if count[i] != 0 {
				direct.AddNum(all[i], count[i])
			}
		}
		want, _ := direct.Num()
		left.Merge(&right)
		stored, ok := DecodeSum(sum.AppendState(nil))
		if !ok {
			t.Fatal("the state does not decode")
		}
		for name, s := range map[string]*Sum{"steps": &sum, "merged": &left, "stored": &stored} {
			if got, err := s.Num(); err != nil || got.String() != want.String() {
				t.Fatalf("%s: %s, %v, want %s", name, got, err, want)
			}
		}
	})
}

func TestIntSum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var sum IntSum
		var want Num
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			v, diff := rapid.Int64().Draw(t, "v"), int64(rapid.Int32().Draw(t, "diff"))
			sum.Add(v, diff)
			product, _ := Mul(FromInt64(v), FromInt64(diff))
			want, _ = Add(want, product)
		}
		if sum.Num().String() != want.String() || IntSumOf(sum.Words()) != sum {
			t.Fatalf("%s, want %s", sum.Num(), want)
		}
		got, err := sum.Int64()
		exact, exactErr := want.Int64(64, "bigint")
		if (err == nil) != (exactErr == nil) || got != exact {
			t.Fatalf("as bigint %d, %v, want %d, %v", got, err, exact, exactErr)
		}
	})
}

func TestSteadyStateAllocatesNothing(t *testing.T) {
	encoded := mustParse(t, "12345678901.25").Append(nil)
	other := mustParse(t, "0.07").Append(nil)
	var sum Sum
	sum.Add(encoded, 1)
	buf := make([]byte, 0, 256)
	if allocs := testing.AllocsPerRun(100, func() {
		sum.Add(encoded, 1)
		a, b := Decode(encoded), Decode(other)
		for _, op := range []func(a, b Num) (Num, error){Add, Sub, Mul, Div, Mod} {
			n, err := op(a, b)
			if err != nil {
				t.Fatal(err)
			}
			buf = n.AppendBinary(n.AppendText(n.Append(buf[:0])))
		}
		buf = AppendKey(AppendNormal(buf[:0], encoded), other)
		if n, err := Parse("-123456789.125", 20<<16+2+4); err != nil || Compare(n, a) == 0 {
			t.Fatal(n, err)
		}
	}); allocs != 0 {
		t.Errorf("%v allocations per run", allocs)
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range edges {
		n := mustParse(f, s)
		f.Add(n.Append(nil))
		f.Add(n.AppendBinary(nil))
		f.Add(AppendKey(nil, n.Append(nil)))
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		n := Decode(b)
		if again := Decode(n.Append(nil)); Compare(n, again) != 0 {
			t.Errorf("%s becomes %s", n, again)
		}
		if n, err := DecodeBinary(b, -1); err == nil {
			if again, err := DecodeBinary(n.AppendBinary(nil), -1); err != nil || again.String() != n.String() {
				t.Errorf("%s becomes %s, %v", n, again, err)
			}
		}
		if n, err := Parse(string(b), -1); err == nil {
			if again, err := Parse(n.String(), -1); err != nil || again.String() != n.String() {
				t.Errorf("%s becomes %s, %v", n, again, err)
			}
		}
		if encoded, rest, ok := DecodeKey(nil, b); ok && !bytes.Equal(append(AppendKey(nil, encoded), rest...), b) && b[0] != 0x20 && b[0] != 0x40 {
			t.Errorf("key %x becomes %x", b, encoded)
		}
		if s, ok := DecodeSum(b); ok {
			if _, ok := DecodeSum(s.AppendState(nil)); !ok {
				t.Error("a sum's state does not decode")
			}
		}
	})
}

func BenchmarkNumeric(b *testing.B) {
	x, y := mustParse(b, "12345.67").Append(nil), mustParse(b, "0.908").Append(nil)
	buf := make([]byte, 0, 64)
	for name, op := range map[string]func(a, b Num) (Num, error){"Add": Add, "Mul": Mul, "Div": Div} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				n, err := op(Decode(x), Decode(y))
				if err != nil {
					b.Fatal(err)
				}
				buf = n.Append(buf[:0])
			}
		})
	}
	b.Run("Sum", func(b *testing.B) {
		b.ReportAllocs()
		var s Sum
		for b.Loop() {
			s.Add(x, 1)
		}
	})
	b.Run("Compare", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			CompareEncoded(x, y)
		}
	})
	b.Run("Parse", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			n, _ := Parse("12345.67", -1)
			buf = n.Append(buf[:0])
		}
	})
	b.Run("Text", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			buf = Decode(x).AppendText(buf[:0])
		}
	})
}
