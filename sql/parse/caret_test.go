package parse_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/parse"
)

// TestCarets compares syntax errors with those recorded from PostgreSQL 15: SQLSTATE, message and position.
func TestCarets(t *testing.T) {
	same, all := 0, 0
	for _, name := range []string{"carets", "carets_hand"} {
		n, total := 0, 0
		for _, e := range corpus(t, name) {
			total++
			if got := caret(e.SQL); got == (answer{e.Code, e.Message, e.Position}) {
				n++
			} else {
				t.Logf("%s\nPostgreSQL: %s %s at %d\nFreshet:    %s", e.SQL, e.Code, e.Message, e.Position, got)
			}
		}
		t.Logf("%s: %d of %d errors are PostgreSQL's (%.1f %%)", name, n, total, 100*float64(n)/float64(total))
		same, all = same+n, all+total
	}
	if 100*same < 95*all {
		t.Errorf("%d of %d, less than 95 %%", same, all)
	}
}

type answer struct {
	code, message string
	position      int
}

func (a answer) String() string { return fmt.Sprintf("%s %s at %d", a.code, a.message, a.position) }

func caret(sql string) answer {
	_, err := parse.Parse(sql, parse.DefaultOptions())
	var e *pgerr.Error
	if !errors.As(err, &e) {
		return answer{message: fmt.Sprint(err)}
	}
	return answer{string(e.Code), e.Message, e.Position}
}
