package parse_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/parse"
)

// TestHints holds what users who come from other systems are told. The place of the error is marked by ^ in the text.
func TestHints(t *testing.T) {
	for _, c := range []struct{ text, message, hint string }{
		{"SELECT * FROM TUMBLE(bids, ^INTERVAL '1 minute', ts)", "wrong arguments of TUMBLE", "TUMBLE(relation, time column, size [, offset])"},
		{"SELECT * FROM TUMBLE(bids^)", "wrong arguments of TUMBLE", "TUMBLE(relation"},
		{"SELECT * FROM HOP(bids, ^ts, INTERVAL '1 minute')", "wrong arguments of HOP", "HOP(relation, time column, slide, size"},
		{"SELECT * FROM TUMBLE(bids, ts, SIZE => INTERVAL '1 h', ^SIZE => INTERVAL '1 h')", "wrong arguments of TUMBLE", "TUMBLE("},
		{"SELECT `a` ^FROM bids", "syntax error at or near \"FROM\"", "sql_dialect = 'flink'"},
		{"SELECT a FROM ^`bids`", "syntax error at or near \"`\"", "sql_dialect = 'flink'"},
		{"SELECT * FROM a ^ASOF JOIN b ON a.k = b.k", "ASOF JOIN needs an inequality in its condition", "a ASOF JOIN b ON"},
		{"SELECT count(*) FROM a JOIN b ON true GROUP BY ^TUMBLE(ts, INTERVAL '1' MINUTE)", "wrong use of TUMBLE in GROUP BY", "GROUP BY window_start, window_end"},
		{"SELECT * FROM a ^ASOF FULL JOIN b ON b.ts <= a.ts", "ASOF RIGHT and FULL JOIN are not supported", "ASOF LEFT JOIN"},
		{"SELECT a FROM t EMIT ^ON WINDOW CLOSED", "syntax error at or near \"ON\"", "EMIT ON WINDOW CLOSE,"},
		{"SELECT a FROM t EMIT EVERY 5 ^SECONDS", "syntax error at or near \"SECONDS\"", "INTERVAL '5 minutes'"},
		{"SELECT now() - INTERVAL ^5 MINUTES", "syntax error at or near \"5\"", "INTERVAL '5 minutes'"},
		{"CREATE SOURCE s WITH (connector = 'kafka') FORMAT JSON^", "syntax error at end of input", "FORMAT PLAIN ENCODE JSON"},
		{"SELECT * FROM v FOR ^SYSTEM TIME AS OF now()", "syntax error at or near \"SYSTEM\"", "SYSTEM_TIME AS OF"},
		{"SELECT * FROM SESSION(t, ts, INTERVAL '1 h' ^PARTITION BY a)", "syntax error at or near \"PARTITION\"", "relation PARTITION BY"},
		{"SELECT a FROM t EMIT ON WINDOW CLOSE ^WHERE a > 1", "syntax error at or near \"WHERE\"", ""},
	} {
		at := strings.Index(c.text, "^") + 1
		_, err := parse.Parse(strings.Replace(c.text, "^", "", 1), parse.DefaultOptions())
		var e *pgerr.Error
		if !errors.As(err, &e) {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if e.Message != c.message || e.Position != at || !strings.Contains(e.Hint, c.hint) {
			t.Errorf("%s\n%s at %d\nhint: %s", c.text, e.Message, e.Position, e.Hint)
		}
	}
}
