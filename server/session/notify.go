package session

import (
	"context"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/pgwire"
	"github.com/freshetdb/freshet/sql/ast"
)

// maxPayload is the longest payload of NOTIFY, in bytes (NOTIFY_PAYLOAD_MAX_LENGTH).
const maxPayload = 7999

// runListen runs LISTEN.
func runListen(_ context.Context, s *Session, stmt *ast.Listen, out pgwire.Out) error {
	s.engine.sessions.listen(s, string(stmt.Channel), true)
	return out.Complete("LISTEN")
}

// runUnlisten runs UNLISTEN.
func runUnlisten(_ context.Context, s *Session, stmt *ast.Unlisten, out pgwire.Out) error {
	s.engine.sessions.listen(s, string(stmt.Channel), false)
	return out.Complete("UNLISTEN")
}

// runNotify runs NOTIFY: in a block at its commit, as PostgreSQL does.
func runNotify(_ context.Context, s *Session, stmt *ast.Notify, out pgwire.Out) error {
	payload := ""
	if stmt.Payload != nil {
		payload = stmt.Payload.Text
	}
	if len(payload) > maxPayload {
		return pgerr.New(pgerr.InvalidParameterValue, "payload string too long")
	}
	s.tx.notify(notification{string(stmt.Channel), payload})
	return out.Complete("NOTIFY")
}

// notification is one that is sent when the transaction commits.
type notification struct{ channel, payload string }

// notify keeps a notification for the commit; the same one twice is sent once.
func (t *transaction) notify(n notification) {
	for _, old := range t.notifications {
		if old == n {
			return
		}
	}
	t.notifications = append(t.notifications, n)
}
