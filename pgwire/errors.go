package pgwire

import (
	"context"
	"errors"
	"math"
	"strings"

	"github.com/jackc/pgproto3/v2"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// Severities of errors: the statement ended, or the connection did.
const (
	severityError Severity = "ERROR"
	severityFatal Severity = "FATAL"
)

// ErrPortalClosed is what Out.Rows returns when a suspended portal has been closed: nobody will read on.
var ErrPortalClosed = errors.New("portal closed")

// ErrResultChanged is what Portal.Run returns where the statement's result has other columns than Describe gave before Bind. Drivers
// (asyncpg, pgJDBC) know it by its routine, which is PostgreSQL's, and then prepare the statement again.
var ErrResultChanged = pgerr.New(pgerr.FeatureNotSupported, "cached plan must not change result type")

// errClientGone says that the connection cannot be used any more: there is nobody to tell.
var errClientGone = errors.New("client connection lost")

// errConnectionLost is why the command of such a connection is cancelled.
var errConnectionLost = pgerr.New("08006", "connection to client lost")

// userError is what a client is told about err: the *pgerr.Error in its chain, or the reason why ctx was cancelled if that is what
// stopped it. ok is false for anything else, which is a mistake of ours: the client is told no more than that.
func userError(ctx context.Context, err error) (e *pgerr.Error, ok bool) {
	if errors.As(err, &e) {
		return e, true
	}
	if errors.Is(err, context.Canceled) && errors.As(context.Cause(ctx), &e) {
		return e, true
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return pgerr.New(pgerr.QueryCanceled, "canceling statement due to timeout"), true
	}
	return pgerr.New(pgerr.InternalError, "internal error").
		WithHint("The server's log has the details."), false
}

// errorMessage is e as a message. Freshet has no translations, so both severities are the same.
func errorMessage(severity Severity, e *pgerr.Error) *pgproto3.ErrorResponse {
	routine := ""
	if e == ErrResultChanged {
		routine = "RevalidateCachedQuery"
	}
	return &pgproto3.ErrorResponse{
		Severity: string(severity), SeverityUnlocalized: string(severity),
		Code: string(e.Code), Message: clean(e.Message), Detail: clean(e.Detail), Hint: clean(e.Hint),
		Position: int32(min(e.Position, math.MaxInt32)), Where: clean(e.Where),
		SchemaName: clean(e.Schema), TableName: clean(e.Table), ColumnName: clean(e.Column),
		DataTypeName: clean(e.DataType), ConstraintName: clean(e.Constraint), Routine: routine,
	}
}

// clean makes a text fit to be a field: NUL would end it, and what follows would be read as the next field.
func clean(text string) string {
	if strings.IndexByte(text, 0) < 0 {
		return text
	}
	return strings.ReplaceAll(text, "\x00", "")
}

// NoStatement is the error for a prepared statement that does not exist.
func NoStatement(name string) *pgerr.Error {
	if name == "" {
		return pgerr.New(pgerr.InvalidSQLStatementName, "unnamed prepared statement does not exist")
	}
	return pgerr.Newf(pgerr.InvalidSQLStatementName, "prepared statement %q does not exist", name)
}
