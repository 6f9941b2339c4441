package ast

type (
	// GenericOption is an option of what belongs to a foreign-data wrapper: name 'value'. Where options are changed, Action is
	// SET, ADD or DROP (without value), or empty, which is ADD.
	GenericOption struct {
		Pos
		Action string
		Name   Ident
		Value  string
	}

	// GenericOptions changes them: OPTIONS (SET a 'b', ...).
	GenericOptions struct {
		Pos
		Options []*GenericOption
	}
)

func (o *GenericOption) print(p *printer) {
	p.put(o.Action, o.Name)
	if o.Action != "DROP" {
		p.str(o.Value)
	}
}

func (o *GenericOptions) print(p *printer) { p.genericOptions(o.Options) }

// genericOptions writes OPTIONS (...), or nothing without any.
func (p *printer) genericOptions(options []*GenericOption) {
	if len(options) > 0 {
		p.put("OPTIONS")
		paren(p, options)
	}
}
