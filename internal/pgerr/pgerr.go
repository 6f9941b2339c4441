// Package pgerr holds the errors that reach a user: PostgreSQL's SQLSTATE, message, position and hint.
//
// A mistake of the user is an *Error with a Code. A mistake of ours is an assertion (see internal/invariants) and
// reaches the client as XX000. An error without a code that arrives at the wire is XX000 too, and is logged.
package pgerr

import (
	"errors"
	"fmt"
)

//go:generate go run ./gen

// Error is one error as the wire protocol carries it (PostgreSQL 15, 55.8 "Error and Notice Message Fields").
// The message is short, lower case and without a full stop; Detail and Hint are full sentences.
type Error struct {
	Code    Code
	Message string
	Detail  string
	Hint    string
	// Position is where in the statement text the error is: characters counted from 1; 0 if it has no place there.
	Position int

	// Where is the context in which it happened, such as "COPY t, line 3, column a".
	Where string
	// The object that the error is about; drivers use them to tell which constraint failed.
	Schema, Table, Column, DataType, Constraint string
}

// New returns an error with the given code and message.
func New(code Code, message string) *Error { return &Error{Code: code, Message: message} }

// Newf returns an error with the given code and formatted message.
func Newf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// At sets the position (characters from 1) and returns e.
func (e *Error) At(position int) *Error {
	e.Position = position
	return e
}

// WithDetail sets the detail and returns e.
func (e *Error) WithDetail(format string, args ...any) *Error {
	e.Detail = fmt.Sprintf(format, args...)
	return e
}

// WithHint sets the hint and returns e.
func (e *Error) WithHint(format string, args ...any) *Error {
	e.Hint = fmt.Sprintf(format, args...)
	return e
}

// Error gives the message and the SQLSTATE, for logs and tests; clients get the fields one by one.
func (e *Error) Error() string { return fmt.Sprintf("%s (SQLSTATE %s)", e.Message, e.Code) }

// CodeOf returns the SQLSTATE of err: that of the *Error in its chain, or XX000 if there is none.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return InternalError
}
