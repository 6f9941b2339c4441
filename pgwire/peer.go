package pgwire

import (
	"time"

	"github.com/jackc/pgproto3/v2"

	"github.com/freshetdb/freshet/internal/pgerr"
)

func (c *conn) SetParameter(name, value string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.parameters.set(name, value)
}

func (c *conn) Notify(processID uint32, channel, payload string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.notifications) >= MaxNotifications {
		return false
	}
	c.notifications = append(c.notifications, pgproto3.NotificationResponse{
		PID: processID, Channel: clean(channel), Payload: clean(payload),
	})
	c.wake()
	return true
}

func (c *conn) Terminate(reason *pgerr.Error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.reason != nil {
		return
	}
	c.reason = reason
	c.cancel(reason)
	c.wake()
	_ = c.net.SetWriteDeadline(time.Now().Add(lingerTime)) // fails only if the connection is closed
}

// tellNotifications sends the notifications that wait. The caller holds mu.
func (c *conn) tellNotifications() {
	for i := range c.notifications {
		c.send(&c.notifications[i])
	}
	c.notifications = c.notifications[:0]
}
