package conversation_test

import (
	"strings"
	"testing"

	"frontdesk/internal/mailbox"
	"frontdesk/internal/testkit"
)

// arrivals are the rows that mail left in the clinic's log.
const arrivals = "audit_events where action = 'message_receive'"

func TestMailThatArrivesIsWrittenDownOnceAsTheSystemsDoing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.deliver(letter("one@x.example", "Ana Pop <ana@x.example>", "A private matter", "Nobody's business."))
	f.read()
	f.read()
	f.account.RenewUIDValidity(t) // the server numbers it anew: it is the same message
	f.read()
	if n := f.count(arrivals); n != 1 {
		t.Fatalf("one message left %d rows", n)
	}
	row := f.clinic.Text(`select concat_ws(' | ', actor_kind, actor_name, target_kind, target_name, ip, before, request_id) from audit_events where action = 'message_receive'`)
	if row != "system |  | message | A private matter | " {
		t.Errorf("the row says %q", row)
	}
	if id := f.clinic.Text("select target_id from audit_events where action = 'message_receive'"); id != f.clinic.Text("select id from messages") {
		t.Errorf("it is about %s", id)
	}
	after := f.clinic.Text("select after from audit_events where action = 'message_receive'")
	if !strings.Contains(after, `"from_address": "ana@x.example"`) || strings.Contains(after, "business") {
		t.Errorf("it holds %s", after)
	}
}

func TestMailThatCannotBeWrittenDownIsNotKeptAndComesAgain(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.deliver(letter("one@x.example", "Ana Pop <ana@x.example>", "Hello", "Hello."))
	f.alter(`create function refuse_row() returns trigger language plpgsql as $$
		begin raise exception 'the log is full' using errcode = 'disk_full'; end $$`,
		"create trigger refuse_row before insert on audit_events for each row execute function refuse_row()")
	if outcome, err := f.sync.Run(f.clinic.Context(), f.mailboxID); err == nil {
		t.Errorf("a sync without a log ends as %d", outcome)
	}
	if kept := f.count("messages") + f.count("conversations"); kept != 0 {
		t.Fatalf("%d rows of a message that is not in the log", kept)
	}
	f.alter("drop trigger refuse_row on audit_events")
	if outcome, err := f.sync.Run(f.clinic.Context(), f.mailboxID); err != nil || outcome != mailbox.Done {
		t.Fatalf("the next sync: %d %v", outcome, err)
	}
	if messages, rows := f.count("messages"), f.count(arrivals); messages != 1 || rows != 1 {
		t.Errorf("%d messages and %d rows", messages, rows)
	}
}

// alter changes the schema, as the superuser.
func (f *fixture) alter(statements ...string) {
	f.t.Helper()
	connection := testkit.Connect(f.t, f.world.Database.SuperuserURL)
	for _, statement := range statements {
		if _, err := connection.Exec(f.t.Context(), statement); err != nil {
			f.t.Fatalf("%s: %v", statement, err)
		}
	}
}
