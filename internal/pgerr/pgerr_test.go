package pgerr_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/freshetdb/freshet/internal/pgerr"
)

func TestFields(t *testing.T) {
	got := pgerr.Newf(pgerr.SyntaxError, "syntax error at or near \"%s\"", "x").At(7).WithDetail("Line %d.", 1).WithHint("Use %s.", "y")
	want := &pgerr.Error{Code: "42601", Message: `syntax error at or near "x"`, Position: 7, Detail: "Line 1.", Hint: "Use y."}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got, want := got.Error(), `syntax error at or near "x" (SQLSTATE 42601)`; got != want {
		t.Errorf("Error() = %q, want %q", got, want)
	}
	if got := pgerr.New(pgerr.SyntaxError, "100 %d").Message; got != "100 %d" {
		t.Errorf("New formats its message: %q", got)
	}
}

func TestCodeOf(t *testing.T) {
	e := pgerr.New(pgerr.DuplicateObject, "twice")
	for _, c := range []struct {
		err  error
		want pgerr.Code
	}{
		{e, pgerr.DuplicateObject},
		{fmt.Errorf("reading a file: %w", e), pgerr.DuplicateObject},
		{errors.Join(errors.New("closing"), e), pgerr.DuplicateObject},
		{errors.New("lost"), pgerr.InternalError},
	} {
		if got := pgerr.CodeOf(c.err); got != c.want {
			t.Errorf("CodeOf(%v) = %s, want %s", c.err, got, c.want)
		}
	}
}
