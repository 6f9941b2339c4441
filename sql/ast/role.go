package ast

// Role is a role as statements name it: a name (public is everybody), or with Current set the word CURRENT_ROLE,
// CURRENT_USER or SESSION_USER, or ALL in ALTER ROLE ALL.
type Role struct {
	Pos
	Name    Ident
	Current string
}

func (r *Role) print(p *printer) { p.put(r.Current, r.Name) }
