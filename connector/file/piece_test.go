package file

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/connector/connectortest"
	"github.com/freshetdb/freshet/connector/format"
	"github.com/freshetdb/freshet/internal/pgerr"
)

// TestUnreadPieces: pieces that are read when they are decoded have the rows of the file, one of them longer than a block, also after the
// reader has been closed.
func TestUnreadPieces(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.json")
	long := `{"id":-1,"name":"` + strings.Repeat("x", 3*blockSize) + `"}` + "\n"
	write(t, path, jsonRows(0, 40_000)+long+jsonRows(40_000, 40_000))
	s := open(t, format.JSON, nil, columns, "path", path)
	r, err := s.Open(t.Context(), connector.Start{Partition: path, Columns: []int{0, 3}})
	if err != nil {
		t.Fatal(err)
	}
	var pieces []connector.Piece
	unread := 0
	for {
		p, err := r.Fetch(connector.Limit{})
		if err != nil {
			break
		}
		if p.(*piece).unread > 0 {
			unread++
		}
		pieces = append(pieces, p)
	}
	if unread == 0 {
		t.Fatal("no piece was left unread")
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := int64(0)
	b := connectortest.Batch(columns, []int{0, 3})
	for _, p := range pieces {
		for more := true; more; b.Reset() {
			if more, err = p.Decode(b, nil, nil); err != nil {
				t.Fatal(err)
			}
			for i := range b.Len() {
				id, offset := b.Cols[0].Ints[i], b.Cols[1].Ints[i]
				if id == -1 {
					continue
				}
				if id != want || text[offset] != '{' || offset > 0 && text[offset-1] != '\n' {
					t.Fatalf("row %d at %d, want row %d", id, offset, want)
				}
				want++
			}
		}
		p.Release()
	}
	if want != 80_000 {
		t.Errorf("got %d rows, want 80000", want)
	}
	if f := r.(*reader).file; f != nil {
		t.Errorf("file is open: %v", f)
	}
}

// TestTruncatedBeforeDecoding: a piece whose rows are gone when it is decoded says so.
func TestTruncatedBeforeDecoding(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.json")
	write(t, path, jsonRows(0, 100_000))
	s := open(t, format.JSON, nil, columns, "path", path)
	r, err := s.Open(t.Context(), connector.Start{Partition: path, Columns: []int{0}})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for range 2 { // the first holds the beginning of the file, which is read at once
		p, err := r.Fetch(connector.Limit{})
		if err != nil {
			t.Fatal(err)
		}
		if p.(*piece).unread == 0 {
			p.Release()
			continue
		}
		if err := os.Truncate(path, 2000); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Decode(connectortest.Batch(columns, []int{0}), nil, nil); pgerr.CodeOf(err) != pgerr.IOError {
			t.Errorf("got %v", err)
		}
		p.Release()
		return
	}
	t.Error("no piece was left unread")
}
