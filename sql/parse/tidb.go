package parse

import (
	"fmt"
	"sync"

	tidb "github.com/pingcap/tidb/pkg/parser"
	tast "github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/charset"
	"github.com/pingcap/tidb/pkg/parser/mysql"
)

// marker is the only value that TiDB's parser ever makes for us: a `?`, known by its place in the text.
type marker struct {
	tast.ValueExpr // nil: what is not below is never called
	offset         int
}

func (m *marker) Accept(tast.Visitor) (tast.Node, bool) { return m, true }
func (m *marker) GetFlag() uint64                       { return 0 }
func (m *marker) SetFlag(uint64)                        {}
func (m *marker) SetText(charset.Encoding, string)      {}
func (m *marker) SetOriginTextPosition(int)             {}
func (m *marker) OriginTextPosition() int               { return 0 }
func (m *marker) GetValue() any                         { return nil }
func (m *marker) SetOrder(int)                          {}
func (m *marker) SetProjectionOffset(int)               {}

// TiDB takes its value types from package variables, which its users set. Constants are never in our text.
var setDriver = sync.OnceFunc(func() {
	noConstants := func(string) (any, error) { return nil, fmt.Errorf("constant in lowered text") }
	tast.NewValueExpr = func(any, string, string) tast.ValueExpr { return &marker{offset: -1} }
	tast.NewParamMarkerExpr = func(offset int) tast.ParamMarkerExpr { return &marker{offset: offset} }
	tast.NewDecimal = noConstants
	tast.NewHexLiteral = noConstants
	tast.NewBitLiteral = noConstants
})

var tidbPool = sync.Pool{New: func() any {
	setDriver()
	return tidb.New()
}}

// groupText parses a lowered text with TiDB.
func groupText(text string) (*tast.SelectStmt, error) {
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
	s, ok := stmts[0].(*tast.SelectStmt)
	if !ok {
		return nil, fmt.Errorf("a %T", stmts[0])
	}
	return s, nil
}
