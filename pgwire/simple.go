package pgwire

import "context"

// simpleQuery runs a text of the simple protocol.
func (c *conn) simpleQuery(ctx context.Context) {
	c.closePortal("")
	r := &c.unlimited
	r.reset(ctx, false, nil)
	text := c.messages.query.String
	err := checkTexts(text)
	if err == nil {
		err = c.session.Query(ctx, text, r)
	}
	switch {
	case err != nil:
		c.fail(ctx, err)
	case r.ended == 0:
		c.emptyQuery()
	}
	c.sync()
}

// emptyQuery answers a text without a statement.
func (c *conn) emptyQuery() { c.out = append(c.out, 'I', 0, 0, 0, 4) }
