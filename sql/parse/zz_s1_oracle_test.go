package parse

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/ast"
)

type oracle struct {
	c net.Conn
	r *bufio.Reader
}

func dialOracle(t *testing.T) *oracle {
	c, err := net.Dial("tcp", "127.0.0.1:55432")
	if err != nil {
		t.Skip(err)
	}
	o := &oracle{c, bufio.NewReader(c)}
	body := "\x00\x03\x00\x00user\x00postgres\x00database\x00postgres\x00\x00"
	b := binary.BigEndian.AppendUint32(nil, uint32(len(body)+4))
	c.Write(append(b, body...))
	o.wait()
	o.query("BEGIN; SELECT 1/0")
	return o
}

// wait reads until ReadyForQuery; returns error fields.
func (o *oracle) wait() (fields map[byte]string, in byte) {
	for {
		h := make([]byte, 5)
		if _, err := io.ReadFull(o.r, h); err != nil {
			panic(err)
		}
		b := make([]byte, binary.BigEndian.Uint32(h[1:])-4)
		io.ReadFull(o.r, b)
		switch h[0] {
		case 'E':
			fields = map[byte]string{}
			for _, f := range strings.Split(string(b), "\x00") {
				if f != "" {
					fields[f[0]] = f[1:]
				}
			}
		case 'Z':
			return fields, b[0]
		}
	}
}

func (o *oracle) query(q string) map[byte]string {
	b := append([]byte{'Q'}, binary.BigEndian.AppendUint32(nil, uint32(len(q)+5))...)
	o.c.Write(append(append(b, q...), 0))
	f, st := o.wait()
	if st != 'E' {
		b := append([]byte{'Q'}, binary.BigEndian.AppendUint32(nil, uint32(len("BEGIN; SELECT 1/0")+5))...)
		o.c.Write(append(append(b, "BEGIN; SELECT 1/0"...), 0))
		o.wait()
	}
	return f
}

func verdictPG(f map[byte]string) string {
	if f == nil || f['C'] == "25P02" {
		return "ok"
	}
	p, _ := strconv.Atoi(f['P'])
	return fmt.Sprintf("%s %d %s", f['C'], p, f['M'])
}

func verdictOurs(s string) (string, []ast.Statement) {
	st, err := Parse(s, DefaultOptions())
	if err == nil {
		return "ok", st
	}
	var e *pgerr.Error
	errors.As(err, &e)
	return fmt.Sprintf("%s %d %s", e.Code, e.Position, e.Message), nil
}

func TestOracleS1(t *testing.T) {
	file := os.Getenv("S1")
	if file == "" {
		t.Skip()
	}
	o := dialOracle(t)
	data, _ := os.ReadFile(file)
	var stmts []string
	for _, s := range strings.Split(string(data), ";\n") {
		if s = strings.TrimSpace(s); s != "" {
			stmts = append(stmts, s)
		}
	}
	n, bad := 0, 0
	check := func(s string, trip bool) {
		n++
		pg := verdictPG(o.query(s))
		ours, trees := verdictOurs(s)
		if pg != ours {
			bad++
			t.Logf("DIFF\n  sql:  %s\n  pg:   %s\n  ours: %s", s, pg, ours)
		}
		if !trip {
			return
		}
		for _, x := range trees {
			text := ast.Print(x)
			again, err := Parse(text, DefaultOptions())
			if err != nil || len(again) != 1 || !ast.Equal(x, again[0]) {
				t.Logf("TRIP\n  sql:  %s\n  text: %s\n err %v", s, text, err)
				if err == nil {
					t.Log(ast.Dump(x), ast.Dump(again[0]))
				}
			} else if v := verdictPG(o.query(text)); pg == "ok" && v != "ok" {
				t.Logf("PRINT\n  sql:  %s\n  text: %s\n pg %s", s, text, v)
			} else if os.Getenv("S1P") != "" {
				t.Logf("%s", text)
			}
		}
	}
	for _, s := range stmts {
		check(s, true)
	}
	t.Logf("%d statements, %d differ", n, bad)
	mut, _ := strconv.Atoi(os.Getenv("S1M"))
	n, bad = 0, 0
	r := rand.New(rand.NewSource(int64(mut)))
	for i := 0; i < mut; i++ {
		s := stmts[r.Intn(len(stmts))]
		check(mutate(r, s, stmts), false)
	}
	t.Logf("%d mutants, %d differ", n, bad)
}

func tokens(s string) [][2]int {
	l := newLexer(s, DefaultOptions())
	var out [][2]int
	for {
		t, err := l.next()
		if err != nil || t.kind == tokEOF {
			return out
		}
		out = append(out, [2]int{t.start, t.end})
	}
}

func mutate(r *rand.Rand, s string, all []string) string {
	ts := tokens(s)
	if len(ts) < 2 {
		return s
	}
	words := make([]string, len(ts))
	for i, t := range ts {
		words[i] = s[t[0]:t[1]]
	}
	i, j := r.Intn(len(words)), r.Intn(len(words))
	switch r.Intn(5) {
	case 0:
		words = append(words[:i], words[i+1:]...)
	case 1:
		words = append(words[:i], append([]string{words[i]}, words[i:]...)...)
	case 2:
		words[i], words[j] = words[j], words[i]
	case 3:
		o := all[r.Intn(len(all))]
		if ot := tokens(o); len(ot) > 0 {
			k := ot[r.Intn(len(ot))]
			words[i] = o[k[0]:k[1]]
		}
	case 4:
		words = words[:i+1]
	}
	return strings.Join(words, " ")
}
