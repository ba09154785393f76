package store

import (
	"context"
	"errors"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"frontdesk/internal/fault"
)

// translate says what Postgres said in our words. What Postgres named (tables,
// constraints, SQL) stays in the cause, for the log.
func translate(err error) error {
	if err == nil || fault.KindOf(err) != "" {
		return err
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return fault.Wrap(fault.NotFound, "", err)
	}
	if errors.Is(err, errPoolExhausted) {
		return away(err)
	}
	if failure, ok := errors.AsType[*pgconn.PgError](err); ok {
		return translateCode(failure, err)
	}
	if connectionLost(err) {
		return away(err)
	}
	return err
}

func translateCode(failure *pgconn.PgError, err error) error {
	switch failure.Code {
	case "23505", "23P01": // unique_violation, exclusion_violation
		return fault.Wrap(fault.Conflict, "", err)
	case "23503": // foreign_key_violation: another tenant's row is as good as none
		return fault.Wrap(fault.NotFound, "", err)
	case "22021", "22P05": // a character that UTF-8 or the column cannot hold
		return fault.Wrap(fault.Malformed, "", err)
	case "22001", "22003", "22007", "22008", "23502", "23514": // what a column cannot hold: too long, out of range, missing
		return fault.Wrap(fault.Invalid, "", err)
	case "55P03", "57014", "40P01", "40001": // lock or statement timeout, deadlock, serialization
		return away(err)
	case "25006": // read_only_sql_transaction: a standby, after a failover
		return away(err)
	}
	if failure.File == "dfmgr.c" { // the database's programs were upgraded beneath it
		return away(err)
	}
	switch {
	case strings.HasPrefix(failure.Code, "08"), // connection
		strings.HasPrefix(failure.Code, "53"),  // disk full, too many connections
		strings.HasPrefix(failure.Code, "57P"), // shutdown, crash, starting up
		strings.HasPrefix(failure.Code, "58"):  // the database's own disk
		return away(err)
	}
	return err
}

func away(err error) error {
	unavailable := fault.Wrap(fault.Unavailable, "", err)
	unavailable.RetryAfter = 2 * time.Second
	return unavailable
}

func connectionLost(err error) bool {
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	return pgconn.SafeToRetry(err) || errors.Is(err, context.DeadlineExceeded) ||
		strings.Contains(err.Error(), "unexpected EOF") || strings.Contains(err.Error(), "conn closed") ||
		strings.Contains(err.Error(), "closed pool")
}

// MovedOn says of an update by version, of a row that the transaction has locked, that
// found none: the row is there, so it has another version by now, which is fault.Stale.
// A row that is missing was told by the lock as fault.NotFound, and an unknown foreign
// key is no such answer.
func MovedOn(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return fault.Wrap(fault.Stale, "", err)
	}
	return err
}

// Taken says of a change that another row's unique value forbids, by the index that err
// violates, at which field of a form to say so, and with which message of the catalog: a
// fault.Conflict with both. Any other err stays as it is.
func Taken(err error, index, field, message string) error {
	if Constraint(err) != index {
		return err
	}
	taken := fault.Wrap(fault.Conflict, message, err)
	taken.Fields = map[string]string{field: message}
	return taken
}

// Constraint returns the name of the constraint that err violates, or "".
func Constraint(err error) string {
	if failure, ok := errors.AsType[*pgconn.PgError](err); ok {
		return failure.ConstraintName
	}
	return ""
}
