package session

import (
	"encoding/binary"
	"strings"

	"github.com/freshetdb/freshet/pgwire"
	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/parse"
	"github.com/freshetdb/freshet/sql/types"
)

// What a session's plan cache holds at most: two generations of so many statements, each of at most so many bytes.
const (
	plansKept    = 256
	planTextMost = 8 << 10
)

// planCache has the plans of the texts that a session has sent last, so that one that comes again is neither parsed nor planned.
// There are two generations: when the young one is full it becomes the old one, and the old one is forgotten.
type planCache struct {
	young, old map[string]*cachedPlan
	key        []byte
}

// cachedPlan is what a text was found to mean. It is good for one version of the catalog and of the settings.
type cachedPlan struct {
	stmt    ast.Statement
	command command
	plan    plan
	version planVersion
	parse   parse.Options
	params  []types.Type
	columns []pgwire.Column
}

// keyOf is the key of a text with the types of parameters that the client has declared.
func (c *planCache) keyOf(text string, declared []types.OID) []byte {
	c.key = append(c.key[:0], text...)
	for _, t := range declared {
		c.key = binary.BigEndian.AppendUint32(append(c.key, 0), uint32(t))
	}
	return c.key
}

// cached returns a statement that is ready to be run, nil if the cache has none that is still good.
func (s *Session) cached(text string, declared []types.OID) *prepared {
	if len(text) > planTextMost {
		return nil
	}
	k := s.plans.keyOf(text, declared)
	hit := s.plans.young[string(k)]
	if hit == nil {
		if hit = s.plans.old[string(k)]; hit == nil {
			return nil
		}
		s.plans.put(string(k), hit)
	}
	if hit.version != s.planVersion() || hit.parse != s.parse {
		return nil
	}
	return &prepared{
		session: s, text: text, stmt: hit.stmt, declared: declared, command: hit.command, plan: hit.plan, version: hit.version,
		params: hit.params, columns: hit.columns,
	}
}

// remember keeps the plan of a statement that makes up the whole of a text.
func (s *Session) remember(p *prepared) {
	switch p.stmt.(type) {
	case *ast.Query, *ast.Insert, *ast.Update, *ast.Delete:
	default:
		return
	}
	if p.plan == nil || len(p.text) > planTextMost || readsClock(p.text) || p.version != s.planVersion() {
		return
	}
	s.plans.put(string(s.plans.keyOf(p.text, p.declared)), &cachedPlan{
		stmt: p.stmt, command: p.command, plan: p.plan, version: p.version, parse: s.parse, params: p.params, columns: p.columns,
	})
}

func (c *planCache) put(k string, p *cachedPlan) {
	if c.young == nil || len(c.young) >= plansKept {
		c.young, c.old = make(map[string]*cachedPlan, plansKept), c.young
	}
	c.young[k] = p
}

// readsClock tells whether a text may have a literal that means another time whenever it is planned, such as 'now' or 'today'. It is
// cautious: escapes may spell anything.
func readsClock(text string) bool {
	if strings.Contains(text, `\`) {
		return true
	}
	lower := strings.ToLower(text)
	for _, word := range [...]string{"today", "tomorrow", "yesterday"} {
		if strings.Contains(lower, word) {
			return true
		}
	}
	for rest := lower; ; {
		_, after, found := strings.Cut(rest, "now")
		if !found {
			return false
		}
		if !strings.HasPrefix(after, "(") {
			return true
		}
		rest = after
	}
}
