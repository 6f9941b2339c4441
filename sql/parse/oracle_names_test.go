package parse_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/internal/pgoracle"
	"github.com/freshetdb/freshet/sql/parse"
)

// namePositions are texts with a place, written @, where a word may be a name or a keyword.
const namePositions = `SELECT @ FROM t
SELECT a @ FROM t
SELECT a + b @
SELECT a AS @
SELECT @.a, a.@
SELECT @.*
SELECT @()
SELECT @(1) FILTER (WHERE a) OVER (PARTITION BY b)
SELECT a.@(1)
SELECT @ 's'
SELECT @(3) 's'
SELECT a::@
SELECT CAST(a AS @[])
SELECT * FROM @
SELECT * FROM @ AS x
SELECT * FROM a.@ JOIN @ ON true
SELECT * FROM @() AS x
SELECT * FROM t @
SELECT * FROM t @ JOIN u ON true
SELECT * FROM f() @ (a int)
SELECT * FROM (SELECT 1) AS t @
SELECT * FROM a JOIN b USING (@)
SELECT * FROM t WHERE @ = 1
SELECT * FROM t WHERE a = @ AND b
SELECT * FROM t WHERE a BETWEEN @ AND @
SELECT * FROM t GROUP BY @ ORDER BY @
SELECT * FROM t LIMIT @
SELECT f(@ => 1)
SELECT count(*) OVER @
SELECT count(*) OVER (@ ORDER BY a)
SELECT -@, NOT @
SELECT CASE @ WHEN @ THEN @ ELSE @ END
SELECT ARRAY[@], ROW(@), (@)
SELECT EXTRACT(@ FROM a)
SELECT SUBSTRING(@ FROM 1), TRIM(@)
WITH @ (@) AS (SELECT 1) SELECT 1
INSERT INTO @ VALUES (1)
INSERT INTO t (@) VALUES (1) RETURNING a @
INSERT INTO t @ VALUES (1)
UPDATE t @ SET a = 1
UPDATE t SET @ = @
DELETE FROM t @
CREATE TABLE @ (a int)
CREATE TABLE t (@ int)
CREATE TABLE t (a @)
CREATE TABLE t (a int DEFAULT @)
CREATE INDEX @ ON t (a)
CREATE INDEX ON t (@)
CREATE INDEX ON t (a @)
CREATE VIEW @ AS SELECT 1
CREATE FUNCTION f(@) RETURNS @ LANGUAGE @ AS 's'
CREATE FUNCTION @(@ int) RETURNS int LANGUAGE sql AS 's'
CREATE ROLE @
ALTER TABLE t RENAME @ TO @
ALTER TABLE t ADD @ int
ALTER TABLE t ADD @
ALTER TABLE t DROP @
DROP TABLE @, a.@
DROP @ t
SET @ = @
SET @ TO a
SHOW @
GRANT @ ON t TO u
GRANT @ TO u
PREPARE @ AS SELECT 1
EXECUTE @
DECLARE @ CURSOR FOR SELECT 1
FETCH @
FETCH @ FROM c
CLOSE @
COPY @ FROM STDIN
EXPLAIN @
SAVEPOINT @
CALL @()
LISTEN @
@ t`

// streamWords begin, in some of the places, syntax that PostgreSQL does not have.
const streamWords = " map struct source sink secret connection jobs emit asof wait flush describe desc subscribe "

// TestOracleNames puts every keyword, and some words that are none, where a name may stand, and compares what PostgreSQL says.
func TestOracleNames(t *testing.T) {
	ctx := context.Background()
	server := pgoracle.Start(t)
	words := append(keywords(ctx, t, server), "x", `"X"`, "tumble", "watermark", "json_array", "try_cast", "uescape")
	raw, err := server.RawParser(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { err = errors.Join(err, raw.Close(ctx)) }()
	same, different := 0, 0
	for template := range strings.SplitSeq(namePositions, "\n") {
		for _, word := range words {
			text := strings.ReplaceAll(template, "@", word)
			want, err := raw.Parse(ctx, text)
			if err != nil {
				t.Fatal(err)
			}
			_, err = parse.Parse(text, parse.DefaultOptions())
			var e *pgerr.Error
			got := pgoracle.Answer{}
			if errors.As(err, &e) {
				got = pgoracle.Answer{Code: string(e.Code), Message: e.Message, Position: e.Position}
			}
			want.Detail, want.Hint = "", ""
			switch {
			case got == want:
				same++
			case strings.Contains(streamWords, " "+word+" ") || got.Code == string(pgerr.FeatureNotSupported):
			default:
				different++
				t.Logf("%s\nPostgreSQL: %s\nFreshet:    %s", text, want, got)
			}
		}
	}
	t.Logf("%d texts have PostgreSQL's answer, %d have not", same, different)
	if 500*different > same { // most of them are operators as labels without AS, as in SELECT a AND FROM t
		t.Errorf("more than 0.2 %% have another answer")
	}
}

// keywords returns PostgreSQL's keywords.
func keywords(ctx context.Context, t *testing.T, server *pgoracle.Server) []string {
	t.Helper()
	conn, err := server.Connect(ctx, "postgres")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	results, err := conn.Exec(ctx, "SELECT word FROM pg_get_keywords()").ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for _, row := range results[0].Rows {
		words = append(words, string(row[0]))
	}
	return words
}
