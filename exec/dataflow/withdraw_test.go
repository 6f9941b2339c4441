package dataflow_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/freshetdb/freshet/exec/dataflow"
	"github.com/freshetdb/freshet/sql/batch"
)

// TestCanceledWrite cancels transactions at all moments of their commit: those that are said to be canceled have written nothing, the others
// all.
func TestCanceledWrite(t *testing.T) {
	eachMode(t, func(t *testing.T, c dataflow.Config) {
		w := newWorld(t, c)
		tab := table(1, "t", "a", "b")
		w.change(dataflow.Change{Relations: []dataflow.RelationDef{*tab}})
		w.run.Start()
		var want []string
		for i := range 200 {
			row := fmt.Sprintf("+1 %d %d", i, i)
			txn, end := w.begin()
			b, err := batch.Parse(columnTypes(tab.Columns), row)
			if err != nil {
				t.Fatal(err)
			}
			if err := txn.Write(tab.ID, b); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			timer := time.AfterFunc(time.Duration(i)*time.Microsecond, cancel)
			switch _, err := w.run.Write(ctx, txn); {
			case err == nil:
				want = append(want, row)
			case !errors.Is(err, context.Canceled):
				t.Fatal(err)
			}
			timer.Stop()
			cancel()
			txn.Close()
			end()
		}
		w.mustWrite(tab, "1000 1")
		rows := strings.Split(w.rows(&tab.Relation), "\n")
		if got, all := len(rows), len(want)+1; got != all {
			t.Errorf("%d rows were written, want %d", got, all)
		}
		for _, row := range want {
			if !strings.Contains(strings.Join(rows, "\n")+"\n", row+"\n") {
				t.Errorf("row %s is not there", row)
			}
		}
	})
}
