package parse

import (
	"fmt"
	"sync"

	tidb "github.com/pingcap/tidb/pkg/parser"
	tidbast "github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/charset"
	"github.com/pingcap/tidb/pkg/parser/mysql"
)

// marker is the only value that TiDB's parser ever makes for us: a `?`, known by its place in the text.
type marker struct {
	tidbast.ValueExpr // nil: what is not below is never called
	offset            int
}

func (m *marker) Accept(tidbast.Visitor) (tidbast.Node, bool) { return m, true }
func (m *marker) GetFlag() uint64                             { return 0 }
func (m *marker) SetFlag(uint64)                              {}
func (m *marker) SetText(charset.Encoding, string)            {}
func (m *marker) SetOriginTextPosition(int)                   {}
func (m *marker) OriginTextPosition() int                     { return 0 }
func (m *marker) GetValue() any                               { return nil }
func (m *marker) SetOrder(int)                                {}
func (m *marker) SetProjectionOffset(int)                     {}

// TiDB takes its value types from package variables, which its users set. Constants are never in our text.
var setDriver = sync.OnceFunc(func() {
	noConstants := func(string) (any, error) { return nil, fmt.Errorf("constant in lowered text") }
	tidbast.NewValueExpr = func(any, string, string) tidbast.ValueExpr { return &marker{offset: -1} }
	tidbast.NewParamMarkerExpr = func(offset int) tidbast.ParamMarkerExpr { return &marker{offset: offset} }
	tidbast.NewDecimal = noConstants
	tidbast.NewHexLiteral = noConstants
	tidbast.NewBitLiteral = noConstants
})

var tidbPool = sync.Pool{New: func() any {
	setDriver()
	return tidb.New()
}}

// groupText parses a lowered text with TiDB.
func groupText(text string) (*tidbast.SelectStmt, error) {
	t := tidbPool.Get().(*tidb.Parser)
	defer tidbPool.Put(t)
	t.SetSQLMode(mysql.ModePipesAsConcat)
	stmts, _, err := t.ParseSQL(text)
	if err != nil {
		return nil, err
	}
	if len(stmts) != 1 {
		return nil, fmt.Errorf("%d statements", len(stmts))
	}
	s, ok := stmts[0].(*tidbast.SelectStmt)
	if !ok {
		return nil, fmt.Errorf("a %T", stmts[0])
	}
	return s, nil
}
