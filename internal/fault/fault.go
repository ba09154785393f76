// Package fault holds the few kinds of error that a person or a machine can be
// answered with. Rooms below return them, one error handler in web maps them to
// a status; an error of no kind is a bug and answers 500 without its text.
package fault

import (
	"errors"
	"fmt"
	"time"
)

// Kind says what went wrong from the asker's point of view.
type Kind string

// The kinds, and the HTTP status that web gives each.
const (
	Invalid         Kind = "invalid"         // 422: fields carry messages; what was typed is kept
	Malformed       Kind = "malformed"       // 400: the request itself makes no sense (a forged cursor, a bad id in a query)
	Unauthenticated Kind = "unauthenticated" // 303 to sign-in, or 401
	Forbidden       Kind = "forbidden"       // 403: the wrong role, or a missing CSRF token
	NotFound        Kind = "not_found"       // 404: unknown, or another tenant's
	Conflict        Kind = "conflict"        // 409: taken, stale, used, or an illegal transition
	Stale           Kind = "stale"           // 409: somebody else has changed it since it was shown
	Used            Kind = "used"            // 409: a form's key that came before with other content, or may have
	Gone            Kind = "gone"            // 410: an invite that is no longer good, a file with no stored object
	TooLarge        Kind = "too_large"       // 413
	WrongType       Kind = "wrong_type"      // 415: a body that is no form
	TooMany         Kind = "too_many"        // 429, with RetryAfter
	Unavailable     Kind = "unavailable"     // 503, with RetryAfter: the database is away or out of breath
)

// ErrForged means that a row is not as the program wrote it: somebody who reached the
// database, or a fault of ours, has made or changed it. The asker hears what the fault
// around it says; the log raises an alarm.
var ErrForged = errors.New("a row is not as the program wrote it")

// Error is a fault with what the asker may be told about it.
type Error struct {
	Kind Kind
	// Message is the key of a sentence in the message catalogs, never a
	// driver's text. Empty means the kind's own sentence.
	Message string
	// Arguments fill the places of the sentence: name, value, name, value.
	Arguments []any
	// Fields holds a message key for each form field that is wrong (Invalid), or whose
	// value is another row's (Conflict).
	Fields map[string]string
	// RetryAfter is how long to wait, for TooMany and Unavailable.
	RetryAfter time.Duration
	cause      error
}

// New returns a fault of the kind; message is a catalog key or empty.
func New(kind Kind, message string) *Error { return &Error{Kind: kind, Message: message} }

// With returns the fault with what fills the places of its sentence: pairs of a
// name and a value.
func (e *Error) With(arguments ...any) *Error {
	e.Arguments = arguments
	return e
}

// Wrap returns a fault of the kind that keeps err for the log.
func Wrap(kind Kind, message string, err error) *Error {
	return &Error{Kind: kind, Message: message, cause: err}
}

// InvalidFields returns an Invalid fault; fields maps a form field's name to a
// catalog key.
func InvalidFields(fields map[string]string) *Error {
	return &Error{Kind: Invalid, Fields: fields}
}

// Error implements error. Its text is for logs, not for people.
func (e *Error) Error() string {
	text := string(e.Kind)
	if e.Message != "" {
		text += ": " + e.Message
	}
	if len(e.Fields) > 0 {
		text += fmt.Sprintf(": %v", e.Fields)
	}
	if e.cause != nil {
		text += ": " + e.cause.Error()
	}
	return text
}

// Unwrap returns the error that caused the fault, if any.
func (e *Error) Unwrap() error { return e.cause }

// KindOf returns the kind of the first fault in err's chain, or "" for an error
// of no kind.
func KindOf(err error) Kind {
	if found, ok := errors.AsType[*Error](err); ok {
		return found.Kind
	}
	return ""
}

// Is reports whether err is a fault of the kind.
func Is(err error, kind Kind) bool { return KindOf(err) == kind }

// FieldsOf returns the field messages of the first fault in err's chain.
func FieldsOf(err error) map[string]string {
	if found, ok := errors.AsType[*Error](err); ok {
		return found.Fields
	}
	return nil
}
