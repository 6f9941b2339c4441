package session

import (
	"context"
	"net"
	"net/netip"
	"strings"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/catalog/pgcatalog"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

// environment answers what functions ask about the session and its catalog. It is one for a version of the catalog and a path.
type environment struct {
	pgcatalog.Lookups
	session *Session
	version planVersion
}

var (
	_ fn.Session = (*environment)(nil)
	_ fn.Storage = (*environment)(nil)
)

// env is the session's environment at the present catalog.
func (s *Session) env() *environment {
	version := s.planVersion()
	if s.environment != nil && s.environment.version == version {
		return s.environment
	}
	snapshot := s.catalog()
	s.environment = &environment{session: s, version: version, Lookups: pgcatalog.Lookups{Env: &pgcatalog.Env{
		Snapshot: snapshot, Path: s.path(snapshot), User: s.start.User, Functions: s.engine.functions, Stats: s.engine.figures(s),
	}}}
	return s.environment
}

// ctx is the context of the statement that runs.
func (s *Session) ctx() context.Context {
	if s.statement != nil {
		return s.statement
	}
	return context.Background()
}

func (e *environment) User() string        { return e.session.start.User }
func (e *environment) SessionUser() string { return e.session.start.User }
func (e *environment) Database() string    { return e.session.database.Name }
func (e *environment) Version() string     { return e.session.engine.version }
func (e *environment) BackendPID() int32   { return int32(e.session.start.ProcessID) }
func (e *environment) StartTime() int64    { return e.session.engine.started.UnixMicro() }

// SearchPath implements fn.Session.
func (e *environment) SearchPath(implicit bool) []string {
	var names []string
	path := e.Path
	for i, id := range path.Schemas {
		if i == 0 && path.Implicit && !implicit {
			continue
		}
		names = append(names, e.Snapshot.Object(id).Name)
	}
	return names
}

// Setting implements fn.Session.
func (e *environment) Setting(name string) (string, bool) {
	if known := settingByName[strings.ToLower(name)]; known != nil {
		return e.session.shown(known), true
	}
	return e.session.vars.get(strings.ToLower(name))
}

// SetSetting implements fn.Session.
func (e *environment) SetSetting(name, value string, local bool) (string, error) {
	return e.session.set(name, &value, local)
}

// Address implements fn.Session.
func (e *environment) Address(server bool) (netip.AddrPort, bool) {
	end := e.session.start.RemoteAddr
	if server {
		end = e.session.start.LocalAddr
	}
	tcp, ok := end.(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}, false
	}
	at := tcp.AddrPort()
	return netip.AddrPortFrom(at.Addr().Unmap().WithZone(""), at.Port()), true
}

// Signal implements fn.Session.
func (e *environment) Signal(pid int32, terminate bool) bool {
	return e.session.engine.sessions.signal(uint32(pid), terminate)
}

// TransactionID implements fn.Session.
func (e *environment) TransactionID() int64 {
	t := &e.session.tx
	if t.id == 0 {
		t.id = e.session.engine.lastTxID.Add(1)
	}
	return t.id
}

// DiskBytes implements fn.Storage.
func (e *environment) DiskBytes() int64 {
	if size := e.session.engine.diskBytes; size != nil {
		return size()
	}
	return 0
}

// HasDatabase implements fn.Storage.
func (e *environment) HasDatabase(name string) bool {
	return e.Snapshot.Lookup(0, catalog.Database, name) != nil
}

// DatabaseName implements fn.Storage.
func (e *environment) DatabaseName(oid types.OID) string {
	if o := e.Snapshot.Object(catalog.ID(oid)); o != nil && o.Kind == catalog.Database {
		return o.Name
	}
	return ""
}

// The functions of sequences.
func (e *environment) NextValue(sequence types.OID) (int64, error) {
	return e.session.NextValue(sequence)
}

func (e *environment) CurrentValue(sequence types.OID) (int64, error) {
	return e.session.CurrentValue(sequence)
}
func (e *environment) LastValue() (int64, error) { return e.session.LastValue() }

// SetValue is setval.
func (e *environment) SetValue(sequence types.OID, value int64, called bool) (int64, error) {
	return e.session.SetValue(sequence, value, called)
}

// functionEnvironment is what functions of a statement read.
func (s *Session) functionEnvironment(ctx context.Context) fn.Environment {
	cancelled := s.cancelled
	if ctx != s.statement { // that of a cursor
		cancelled = func() bool { return ctx.Err() != nil }
	}
	return fn.Environment{
		Now: s.tx.now, StatementNow: s.statementNow, Settings: s.Settings(), Session: s.env(), Cancelled: cancelled,
	}
}

// info is the session as others see it.
func (s *Session) info() pgcatalog.SessionInfo {
	a := s.running.now()
	i := pgcatalog.SessionInfo{
		PID: int32(s.start.ProcessID), Database: s.database.ID, User: s.start.User, Started: s.began.UnixMicro(),
		StateChanged: a.since.UnixMicro(), QueryStarted: a.queryStart.UnixMicro(), State: a.state, Query: a.query, Application: a.application,
	}
	if !a.txSince.IsZero() {
		i.TransactionStarted = a.txSince.UnixMicro()
	}
	if a.queryStart.IsZero() {
		i.QueryStarted = 0
	}
	switch from := s.start.RemoteAddr.(type) {
	case *net.TCPAddr:
		i.ClientAddress, i.ClientPort = from.IP.String(), from.Port
	case *net.UnixAddr:
		i.ClientPort = -1 // as PostgreSQL has it
	}
	return i
}
