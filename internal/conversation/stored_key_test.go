package conversation_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"frontdesk/internal/storage"
	"frontdesk/internal/testkit"
)

// foreignKeys are what a row may be changed to name: another clinic's object, an object of
// the clinic that is no mail, and nothing that any store has under a key.
func foreignKeys(own, other uuid.UUID, othersMail string) map[string]string {
	prefix := storage.Prefix(own, "messages")
	return map[string]string{
		"another clinic's mail":             othersMail,
		"another clinic's, of another noun": storage.Key(other, "files", "a"),
		"the clinic's own, of another noun": storage.Key(own, "files", "a"),
		"a noun that begins like ours":      storage.Key(own, "messages-old", "a"),
		"no mail's, but all mail's":         storage.Key(own, "messages"),
		"a climb into another clinic":       prefix + "../../" + strings.TrimPrefix(othersMail, "tenants/"),
		"a climb out of the store":          prefix + "../../../../secret_keys",
		"another spelling of the clinic":    strings.Replace(prefix, own.String(), strings.ToUpper(own.String()), 1) + "a",
		"an empty segment":                  prefix + "/a",
		"a query":                           prefix + "a?versionId=1",
		"escaped slashes":                   prefix + "..%2f..%2fa",
		"a line's end":                      prefix + "a\n",
		"a drawer of the store's own":       ".drafts/a",
		"x":                                 "x",
		"../../secret_keys":                 "../../secret_keys",
		"an absolute path":                  "/etc/passwd",
		"a segment that no store takes":     prefix + strings.Repeat("a", 200),
	}
}

func TestHazard106_ARowThatNamesAnotherObjectIsAnsweredAsUnknownWithAnAlarm(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.deliver(withAttachment)
	f.read()
	other := fixtureIn(t, f.world, "beta")
	other.deliver(withAttachment)
	other.read()
	others := other.clinic.Text("select storage_key from attachments where content_id = ''")
	for _, key := range []string{storage.Key(f.clinic.ID, "files", "a"), storage.Key(other.clinic.ID, "files", "a"), storage.Key(f.clinic.ID, "messages-old", "a")} {
		if err := f.world.Storage.Put(t.Context(), key, strings.NewReader("the bytes of something else")); err != nil {
			t.Fatal(err)
		}
	}
	page := f.owner.Get("/inbox/" + f.only())
	attachment, source := page.Find(`a[id^="attachment-"]`).AttrOr("href", ""), page.Find(`a[href$="/source"]`).AttrOr("href", "")
	superuser := testkit.Connect(t, f.world.Database.SuperuserURL)
	for name, key := range foreignKeys(f.clinic.ID, other.clinic.ID, others) {
		// The clinic's login may not change an attachment; whoever owns the table may.
		if _, err := superuser.Exec(t.Context(), "update attachments set storage_key = $1 where tenant_id = $2", key, f.clinic.ID); err != nil {
			t.Fatal(err)
		}
		f.clinic.Execute("update messages set raw_key = $1", key)
		for _, address := range []string{attachment, source} {
			before := strings.Count(f.world.Log.String(), "ALARM: a row is not as the program wrote it")
			answer := f.owner.Get(address)
			if answer.Status != http.StatusNotFound {
				t.Errorf("%s: %s answers %d: %.60s", name, address, answer.Status, answer.Body)
			}
			if after := strings.Count(f.world.Log.String(), "ALARM: a row is not as the program wrote it"); after != before+1 {
				t.Errorf("%s: %s raised %d alarms", name, address, after-before)
			}
		}
	}
	if gone := f.clinic.Text("select count(*) from audit_events where action in ('attachment_download', 'message_source')"); gone != "0" {
		t.Errorf("%s downloads are logged that nobody was given", gone)
	}
}

func TestHazard106_AnAttachmentThatAClinicsLoginAddsOpensNoOtherObject(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.deliver(withAttachment)
	f.read()
	other := fixtureIn(t, f.world, "beta")
	other.deliver(withAttachment)
	other.read()
	id := uuid.Must(uuid.NewV7())
	f.clinic.Execute(`insert into attachments (id, message_id, name, content_type, size, storage_key)
		select $1, id, 'x.png', 'image/png', 1, $2 from messages`, id, other.clinic.Text("select raw_key from messages"))
	if answer := f.owner.Get("/inbox/" + f.only() + "/attachments/" + id.String()); answer.Status != http.StatusNotFound {
		t.Errorf("it answers %d: %.60s", answer.Status, answer.Body)
	}
}
