package fn_test

import (
	"testing"

	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

// TestExpandArray reads an int2vector as JDBC does for the columns of a primary key.
func TestExpandArray(t *testing.T) {
	vector, err := types.Parse(types.Of(types.OIDInt2Vector), "7 3", types.DefaultSettings)
	if err != nil {
		t.Fatal(err)
	}
	f := fn.Builtins().TableFunctions("_pg_expandarray")[0]
	rows, err := f.Open(&fn.TableCall{
		Args: []types.Value{vector}, Types: []types.Type{types.Of(types.OIDInt2Vector)},
		Result: []types.Type{types.Of(types.OIDInt2), types.Of(types.OIDInt4)},
	})
	if err != nil {
		t.Fatal(err)
	}
	out := batch.New(types.Of(types.OIDInt2), types.Of(types.OIDInt4))
	if more, err := rows.Next(out, 10); more || err != nil {
		t.Errorf("more %t, %v", more, err)
	}
	if want := "+1 7 1\n+1 3 2"; out.String() != want {
		t.Errorf("%q, want %q", out, want)
	}
}
