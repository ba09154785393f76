package browser_test

import (
	"context"
	"testing"

	"frontdesk/internal/store"
	"frontdesk/internal/testkit"
	"frontdesk/internal/testkit/clinic"
)

// The page asks for its badge once a minute anyway, which is longer than a person here
// waits: what comes sooner came by the stream.
func TestAnOpenPageShowsNewMailAndLeavesWhenAccessEnds(t *testing.T) {
	t.Parallel()
	world := newWorld(t)
	north := newDesk(t, world, "north")
	p := newPerson(t, world.URL)
	p.signIn(north.Staff.Email, clinic.Password)
	p.at("/")
	p.settle()
	p.seeGone("#unread-sidebar > *")
	north.Do(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Raw().Exec(ctx, `
			with mailbox as (
				insert into mailboxes (id, name, address, imap_host, imap_port, imap_security, smtp_host, smtp_port, smtp_security, username, password_sealed)
				values (gen_random_uuid(), 'Desk', 'desk@north.example', 'x', 993, 'tls', 'x', 465, 'tls', 'x', '\x00') returning id)
			insert into conversations (id, mailbox_id, subject, last_message_at) select gen_random_uuid(), id, 'A question', now() from mailbox`)
		return err
	})
	p.seeSelector("#unread-sidebar > *")
	p.open("/clients?q=maria")
	p.see("Maria Popescu")
	if _, err := testkit.Connect(t, world.Database.SuperuserURL).Exec(t.Context(), "update users set status = 'suspended' where id = $1", north.Staff.ID); err != nil {
		t.Fatal(err)
	}
	p.at("/login")
	p.see("Sign in")
}
