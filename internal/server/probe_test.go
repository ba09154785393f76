package server_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"frontdesk/internal/guard"
	"frontdesk/internal/testkit"
	"frontdesk/internal/testkit/clinic"
)

// wire is what came back over a socket of a test's own.
type wire struct {
	status int
	header http.Header
	body   string
	closed bool // by the server, after this answer
}

// say sends bytes as they stand, which no HTTP client would, and reads the first
// answer. The rest of the connection is read to see whether it was closed.
func say(t *testing.T, base, raw string) wire {
	t.Helper()
	connection, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	if err := connection.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(connection, raw); err != nil {
		t.Fatal(err)
	}
	reader := bufio.NewReader(connection)
	response, err := http.ReadResponse(reader, nil)
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return wire{}
	}
	if err != nil {
		return wire{closed: true}
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if !response.Close {
		// It may still close, but a kept connection is silent for long.
		if err := connection.SetReadDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
	}
	_, err = reader.ReadByte()
	return wire{response.StatusCode, response.Header, string(body), errors.Is(err, io.EOF)}
}

// cookies is the Cookie header of a browser.
func cookies(t *testing.T, browser *clinic.Browser, base string) string {
	t.Helper()
	address, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	pairs := []string{}
	for _, cookie := range browser.Client.Jar.Cookies(address) {
		pairs = append(pairs, cookie.Name+"="+cookie.Value)
	}
	return strings.Join(pairs, "; ")
}

var parameter = regexp.MustCompile(`:[a-z_]+`)

// pathOf fills a route's parameters with ids that nobody holds.
func pathOf(route guard.Route) string {
	return parameter.ReplaceAllStringFunc(route.Path, func(string) string { return uuid.NewString() })
}

// browsers are people of every kind; a route is asked by somebody who may.
type browsers struct{ visitor, member, admin *clinic.Browser }

func (b browsers) who(access guard.Access) *clinic.Browser {
	switch access {
	case guard.SuperAdmin:
		return b.admin
	case guard.Public, guard.Machine:
		return b.visitor
	}
	return b.member
}

// fingerprint changes when any row of any table does, other than being seen.
func fingerprint(t *testing.T, database testkit.Database) map[string]string {
	t.Helper()
	connection := testkit.Connect(t, database.SuperuserURL)
	prints := map[string]string{}
	for _, table := range tables(t, connection) {
		row := "t::text"
		if table == "sessions" {
			row = "(to_jsonb(t) - 'last_seen_at')::text"
		}
		var print string
		err := connection.QueryRow(t.Context(), "select coalesce(md5(string_agg("+row+", '|' order by "+row+")), '') from "+table+" t").Scan(&print)
		if err != nil {
			t.Fatalf("%s: %v", table, err)
		}
		prints[table] = print
	}
	return prints
}

func tables(t *testing.T, connection *pgx.Conn) []string {
	t.Helper()
	rows, err := connection.Query(t.Context(), `select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where c.relkind in ('r', 'p') and (n.nspname = 'public' or c.oid = 'river.river_job'::regclass) order by 1`)
	if err != nil {
		t.Fatal(err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// theLogs are the tables to which a page writes that says who has seen it.
var theLogs = []string{"audit_events", "audit_pending", "platform_audit_events", "platform_audit_pending"}

// assertUntouched fails for each table that differs from before, but those.
func assertUntouched(t *testing.T, database testkit.Database, before map[string]string, but ...string) {
	t.Helper()
	for table, print := range fingerprint(t, database) {
		if before[table] != print && !slices.Contains(but, table) {
			t.Errorf("something was written to %s", table)
		}
	}
}

// statement is SQL that a test runs beside the program.
type statement struct {
	text      string
	arguments []any
}

func sql(text string, arguments ...any) statement { return statement{text, arguments} }

// execute runs statements as the superuser.
func execute(t *testing.T, database testkit.Database, statements ...statement) {
	t.Helper()
	connection := testkit.Connect(t, database.SuperuserURL)
	for _, s := range statements {
		if _, err := connection.Exec(t.Context(), s.text, s.arguments...); err != nil {
			t.Fatalf("%s: %v", s.text, err)
		}
	}
}
