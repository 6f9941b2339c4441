package pgwire

import (
	"context"
	"unicode/utf8"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/types"
)

// extended does what a message of the extended protocol asks for.
func (c *conn) extended(ctx context.Context, kind byte) {
	var err error
	switch kind {
	case 'P':
		err = c.parse(ctx)
	case 'B':
		err = c.bind(ctx)
	case 'D':
		err = c.describe(ctx)
	case 'E':
		err = c.execute(ctx)
	case 'C':
		err = c.closeObject(ctx)
	default:
		err = invariants.Errorf("message %q is not one of the extended protocol", kind)
	}
	if err != nil {
		c.fail(ctx, err)
		c.skipping = true
		c.flush() // the client may wait for it before it sends its Sync
	}
}

func (c *conn) parse(ctx context.Context) error {
	m := &c.messages.parse
	if err := checkTexts(m.Name, m.Query); err != nil {
		return err
	}
	c.params = c.params[:0]
	for _, oid := range m.ParameterOIDs {
		c.params = append(c.params, types.OID(oid))
	}
	if err := c.session.Prepare(ctx, m.Name, m.Query, c.params); err != nil {
		return err
	}
	c.out = append(c.out, '1', 0, 0, 0, 4)
	return nil
}

func (c *conn) bind(ctx context.Context) error {
	m := &c.messages.bind
	if err := checkTexts(m.statement, m.portal); err != nil {
		return err
	}
	statement, err := c.session.Statement(ctx, m.statement)
	if err != nil {
		return err
	}
	params, columns, err := statement.Describe(ctx)
	if err != nil {
		return err
	}
	switch n := len(m.paramFormats); {
	case n > 1 && n != len(m.params):
		return pgerr.Newf(pgerr.ProtocolViolation, "bind message has %d parameter formats but %d parameters", n, len(m.params))
	case len(m.params) != len(params):
		return pgerr.Newf(pgerr.ProtocolViolation, "bind message supplies %d parameters, but prepared statement %q requires %d",
			len(m.params), m.statement, len(params))
	}
	c.closeLost(m.portal)
	if m.portal != "" && c.portals.find(m.portal) != nil {
		return pgerr.Newf(pgerr.DuplicateCursor, "cursor %q already exists", m.portal)
	}
	p := c.newPortal(m.portal)
	if err := p.args.decode(m, params, c.settings()); err != nil {
		return err
	}
	if n := len(m.resultFormats); columns != nil && n > 1 && n != len(columns) {
		return pgerr.Newf(pgerr.ProtocolViolation, "bind message has %d result formats but query has %d columns", n, len(columns))
	}
	if p.handler, err = statement.Bind(ctx, p.args.values); err != nil {
		return err
	}
	p.columns, p.formats = columns, append(p.formats, m.resultFormats...)
	c.portals.put(p)
	c.out = append(c.out, '2', 0, 0, 0, 4)
	return nil
}

func (c *conn) describe(ctx context.Context) error {
	m := &c.messages.describe
	if err := checkTexts(m.Name); err != nil {
		return err
	}
	var columns []Column
	var formats []int16
	if m.ObjectType == 'P' {
		if p, err := c.portal(m.Name); err == nil {
			columns, formats = p.columns, p.formats
		} else if columns = c.cursor(m.Name); columns == nil {
			return err
		}
	} else {
		statement, err := c.session.Statement(ctx, m.Name)
		if err != nil {
			return err
		}
		var params []types.Type
		if params, columns, err = statement.Describe(ctx); err != nil {
			return err
		}
		c.out = appendParameterDescription(c.out, params)
	}
	if columns == nil {
		c.out = append(c.out, 'n', 0, 0, 0, 4)
		return nil
	}
	c.out = appendRowDescription(c.out, columns, formats)
	return nil
}

// cursor gives the columns of a cursor of SQL, nil if there is none.
func (c *conn) cursor(name string) []Column {
	if cursors, ok := c.session.(Cursors); ok {
		if columns, ok := cursors.Cursor(name); ok {
			return columns
		}
	}
	return nil
}

// closeObject closes a statement or portal. It is no error if there is none.
func (c *conn) closeObject(ctx context.Context) error {
	m := &c.messages.close
	if err := checkTexts(m.Name); err != nil {
		return err
	}
	if m.ObjectType == 'P' {
		c.closePortal(m.Name)
		if cursors, ok := c.session.(Cursors); ok {
			cursors.CloseCursor(m.Name)
		}
	} else {
		switch statement, err := c.session.Statement(ctx, m.Name); {
		case err == nil:
			statement.Close()
		case pgerr.CodeOf(err) != pgerr.InvalidSQLStatementName:
			return err
		}
	}
	c.out = append(c.out, '3', 0, 0, 0, 4)
	return nil
}

// checkTexts refuses texts that are not UTF-8.
func checkTexts(texts ...string) error {
	for _, text := range texts {
		if !utf8.ValidString(text) {
			return types.CheckText([]byte(text)) // says where
		}
	}
	return nil
}
