package ast

type (
	// TextSearchMapping is ADD, ALTER or DROP MAPPING of a text search configuration (Kind). For ALTER, Replace and By name a
	// dictionary and the one that takes its place, for some or all kinds of tokens; else Dictionaries are the new ones.
	TextSearchMapping struct {
		Pos
		Kind         string
		IfExists     bool // of DROP
		Tokens       []Ident
		Dictionaries []*Name
		Replace, By  *Name
	}

	// DictionaryOptions changes a text search dictionary.
	DictionaryOptions struct {
		Pos
		Options []*Option
	}
)

func (*TextSearchMapping) alterAction() {}
func (*DictionaryOptions) alterAction() {}

func (m *TextSearchMapping) print(p *printer) {
	p.put(m.Kind, "MAPPING", opt(m.IfExists, "IF EXISTS"), opt(len(m.Tokens) > 0, "FOR"))
	identList(p, m.Tokens)
	if m.Replace != nil {
		p.put("REPLACE", m.Replace, "WITH", m.By)
	}
	p.put(opt(len(m.Dictionaries) > 0, "WITH"))
	list(p, m.Dictionaries)
}

func (d *DictionaryOptions) print(p *printer) { paren(p, d.Options) }
