package mailbox_test

import (
	"context"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"frontdesk/internal/imap"
	"frontdesk/internal/mailbox"
	"frontdesk/internal/outbound"
	"frontdesk/internal/store"
	"frontdesk/internal/testkit"
	"frontdesk/internal/testkit/clinic"
)

// typed is a form that is well filled in.
func typed(changes map[string]string) url.Values {
	form := url.Values{
		"name": {"Reception"}, "address": {"reception@alfa.example"},
		"imap_host": {"imap.alfa.example"}, "imap_port": {"993"}, "imap_security": {"tls"},
		"smtp_host": {"smtp.alfa.example"}, "smtp_port": {"465"}, "smtp_security": {"tls"},
		"username": {"reception"}, "password": {" s3cret-of-the-mailbox "},
	}
	for name, value := range changes {
		form.Set(name, value)
	}
	return form
}

func add(t *testing.T, owner *clinic.Browser, form url.Values) uuid.UUID {
	t.Helper()
	answer := owner.Post("/settings/email", form)
	if answer.Status != http.StatusSeeOther {
		t.Fatalf("adding a mailbox answered %d: %s", answer.Status, answer.Text("main"))
	}
	id, err := uuid.Parse(path.Base(answer.Location()))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// keeper counts what a sync hands on.
type keeper struct{ kept int }

func (k *keeper) Receive(ctx context.Context, _ uuid.UUID, _ uint32, _ imap.Message, _ func(context.Context, *store.Tx) error) error {
	k.kept++
	return ctx.Err()
}

func syncOf(t *testing.T, world *clinic.World, allowPrivate bool, authorities string) *mailbox.Sync {
	t.Helper()
	dialer, err := outbound.New(allowPrivate, authorities)
	if err != nil {
		t.Fatal(err)
	}
	return &mailbox.Sync{
		Store: world.Store, IMAP: &imap.Client{Dialer: dialer}, Passwords: mailbox.Passwords{Keys: world.Keys}, Receiver: &keeper{},
		Log: slog.New(slog.DiscardHandler),
	}
}

func TestAMailboxIsAddedShownAndChangedWithoutItsPassword(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	owner := alfa.SignInOwner()
	id := add(t, owner, typed(nil))
	page := owner.Get("/settings/email/" + id.String())
	if page.Status != http.StatusOK || page.Value("#imap_host") != "imap.alfa.example" || strings.Contains(string(page.Body), "s3cret") {
		t.Fatalf("the page answers %d", page.Status)
	}
	if got := owner.Get("/settings/email").Find("#mailbox-" + id.String()).Length(); got != 1 {
		t.Errorf("the list has %d rows for it", got)
	}
	sealed := alfa.Text("select encode(password_sealed, 'hex') from mailboxes")
	change := typed(map[string]string{"name": "Front desk", "password": "", "version": page.Value(`input[name="version"]`)})
	if answer := owner.Post("/settings/email/"+id.String(), change); answer.Status != http.StatusSeeOther {
		t.Fatalf("the change answered %d", answer.Status)
	}
	if alfa.Text("select encode(password_sealed, 'hex') from mailboxes") != sealed || alfa.Text("select name from mailboxes") != "Front desk" {
		t.Error("the change kept not what it should")
	}
	stale := owner.Post("/settings/email/"+id.String(), typed(map[string]string{"name": "Too late", "version": "1", "password": ""}))
	if stale.Status != http.StatusConflict || stale.Value("#name") != "Too late" || !strings.Contains(stale.Text("#name-hint"), "Front desk") {
		t.Errorf("a stale change: %d, %q, %q", stale.Status, stale.Value("#name"), stale.Text("#name-hint"))
	}
}

func TestHazard072AMailboxFormThatIsSentTwiceIsSavedOnceAndAnotherPasswordIsNone(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	owner := alfa.SignInOwner()
	address := "/settings/email/" + add(t, owner, typed(nil)).String()
	change := typed(map[string]string{"password": "another secret", "version": "1"})
	for range 2 {
		if answer := owner.Post(address, change); answer.Status != http.StatusSeeOther || answer.Location() != address {
			t.Fatalf("it answered %d %q: %s", answer.Status, answer.Location(), answer.Text("[role=alert]"))
		}
	}
	sealed := alfa.Text("select encode(password_sealed, 'hex') from mailboxes")
	change.Set("password", "a third one")
	if answer := owner.Post(address, change); answer.Status != http.StatusConflict || strings.Contains(string(answer.Body), "secret") {
		t.Errorf("another password answered %d", answer.Status)
	}
	if alfa.Text("select encode(password_sealed, 'hex') from mailboxes") != sealed {
		t.Error("another password was saved")
	}
}

func TestAPasswordIsNotSentToAnotherServerThanTheOneItWasTypedFor(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	owner := world.Clinic("alfa").SignInOwner()
	id := add(t, owner, typed(nil))
	for _, field := range []string{"imap_host", "smtp_host", "username"} {
		answer := owner.Post("/settings/email/"+id.String(), typed(map[string]string{field: "evil.example", "password": "", "version": "1"}))
		if answer.Status != http.StatusUnprocessableEntity || answer.Find(`#password[aria-invalid="true"]`).Length() != 1 {
			t.Errorf("another %s without the password: %d", field, answer.Status)
		}
	}
}

func TestHazard068AWrongFormKeepsWhatWasTypedAndSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	owner := alfa.SignInOwner()
	cases := map[string]string{
		"name": strings.Repeat("n", 201), "address": "not an address", "imap_host": "imap.example.com/path", "imap_port": "70000",
		"smtp_host": "a b", "smtp_security": "none", "password": "with\nbreak", "username": strings.Repeat("u", 10_000),
	}
	for field, value := range cases {
		answer := owner.Post("/settings/email", typed(map[string]string{field: value}))
		if answer.Status != http.StatusUnprocessableEntity || answer.Find(`[name="`+field+`"][aria-invalid="true"]`).Length() != 1 {
			t.Errorf("%s = %.20q: %d", field, value, answer.Status)
		}
	}
	for _, hostile := range []string{"\x00", "\xff\xfe", `<img src=x onerror=alert(1)>`, `" hx-get=/logout hx-trigger=load`, `%_\`} {
		answer := owner.Post("/settings/email", typed(map[string]string{"name": hostile, "address": strconv.Itoa(len(hostile)) + "@alfa.example"}))
		if answer.Status != http.StatusSeeOther && answer.Status != http.StatusUnprocessableEntity {
			t.Errorf("the name %q: %d", hostile, answer.Status)
		}
	}
	if list := owner.Get("/settings/email"); list.Find("main img, main [onerror], main [hx-get='/logout']").Length() > 0 || !strings.Contains(list.Text("main"), `<img src=x onerror=alert(1)>`) {
		t.Error("a name became markup, or is not there")
	}
	if answer := owner.Post("/settings/email", typed(nil)); answer.Status != http.StatusSeeOther {
		t.Errorf("a good form: %d", answer.Status)
	}
	if again := owner.Post("/settings/email", typed(nil)); again.Find(`#address[aria-invalid="true"]`).Length() != 1 {
		t.Errorf("the same address again: %d", again.Status)
	}
}

func TestHazard072AFormSubmittedFiveTimesMakesOneMailbox(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	owner := alfa.SignInOwner()
	clinic.SubmitFive(t, owner, "/settings/email", typed(nil))
	if got := alfa.Text("select count(*) from mailboxes"); got != "1" {
		t.Errorf("%s mailboxes", got)
	}
	if got := alfa.Text("select count(*) from river.river_job where kind = 'mailbox_sync'"); got != "1" {
		t.Errorf("%s jobs", got)
	}
}

func TestHazard067ASealedPasswordOpensInItsOwnRowOnly(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	owner := alfa.SignInOwner()
	first := add(t, owner, typed(nil))
	second := add(t, owner, typed(map[string]string{"address": "second@alfa.example"}))
	if dump := alfa.Text("select string_agg(mailboxes::text, ' ') || string_agg(encode(password_sealed, 'escape'), ' ') from mailboxes"); strings.Contains(dump, "s3cret") {
		t.Error("the password can be read in a dump")
	}
	var sealed []byte
	alfa.Do(func(ctx context.Context, tx *store.Tx) error {
		return tx.Raw().QueryRow(ctx, "select password_sealed from mailboxes where id = $1", first).Scan(&sealed)
	})
	passwords := mailbox.Passwords{Keys: world.Keys}
	if password, err := passwords.Open(alfa.ID, first, sealed); err != nil || password != " s3cret-of-the-mailbox " {
		t.Errorf("in its own row: %q, %v", password, err)
	}
	for _, other := range [][2]uuid.UUID{{alfa.ID, second}, {uuid.New(), first}} {
		if _, err := passwords.Open(other[0], other[1], sealed); err == nil {
			t.Error("it opens elsewhere")
		}
	}
}

func TestHazards056And058AServerThatMayNotBeTrustedIsRefusedAndThePageSaysSo(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	owner, account := alfa.SignInOwner(), testkit.Mailbox(t)
	good := map[string]string{
		"imap_host": account.Host, "imap_port": strconv.Itoa(account.TLSPort), "username": account.Username, "password": account.Password,
	}
	cases := map[string]struct {
		private     bool
		authorities string
		changes     map[string]string
		reason      string
	}{
		"forbidden":     {false, account.CAFile, nil, "unreachable"},
		"nobody there":  {true, account.CAFile, map[string]string{"imap_port": "1"}, "unreachable"},
		"untrusted":     {true, "", nil, "certificate"},
		"no TLS there":  {true, account.CAFile, map[string]string{"imap_port": strconv.Itoa(account.StartTLSPort)}, "no_encryption"},
		"wrong account": {true, account.CAFile, map[string]string{"password": "wrong"}, "credentials"},
		"well":          {true, account.CAFile, map[string]string{"imap_port": strconv.Itoa(account.StartTLSPort), "imap_security": "starttls"}, ""},
	}
	n := 0
	for name, c := range cases {
		n++
		form := maps.Clone(good)
		maps.Copy(form, c.changes)
		form["address"] = strconv.Itoa(n) + "@alfa.example"
		id := add(t, owner, typed(form))
		outcome, err := syncOf(t, world, c.private, c.authorities).Run(alfa.Context(), id)
		if err != nil || outcome != mailbox.Done {
			t.Errorf("%s: %v, %v", name, outcome, err)
		}
		if got := alfa.Text("select sync_error from mailboxes where id = $1", id); got != c.reason {
			t.Errorf("%s: the reason is %q", name, got)
		}
		state := owner.Get("/settings/email/"+id.String()).Find("#mailbox-state").AttrOr("data-state", "")
		if want := map[bool]string{true: "read", false: "failed"}[c.reason == ""]; state != want {
			t.Errorf("%s: the page says %q", name, state)
		}
	}
}

// held is a receiver that lets the test look while a sync runs.
type held struct {
	keeper
	meanwhile func()
}

func (h *held) Receive(ctx context.Context, id uuid.UUID, validity uint32, message imap.Message, also func(context.Context, *store.Tx) error) error {
	h.meanwhile()
	return h.keeper.Receive(ctx, id, validity, message, also)
}

func TestHazard083ASecondSyncOfAMailboxSkipsAndAnEditTakesItAway(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	owner, account := alfa.SignInOwner(), testkit.Mailbox(t)
	account.Deliver(t, []byte("Subject: One\r\n\r\nHello\r\n"))
	form := map[string]string{"imap_host": account.Host, "imap_port": strconv.Itoa(account.TLSPort), "username": account.Username, "password": account.Password}
	id := add(t, owner, typed(form))
	sync := syncOf(t, world, true, account.CAFile)
	var second mailbox.Outcome
	receiver := &held{meanwhile: func() {
		var err error
		if second, err = sync.Run(alfa.Context(), id); err != nil {
			t.Error(err)
		}
		form["version"] = "1"
		if answer := owner.Post("/settings/email/"+id.String(), typed(form)); answer.Status != http.StatusSeeOther {
			t.Errorf("the edit answered %d", answer.Status)
		}
	}}
	sync.Receiver = receiver
	first, err := sync.Run(alfa.Context(), id)
	if err != nil || first != mailbox.Done || second != mailbox.Skipped {
		t.Errorf("first %v, second %v, %v", first, second, err)
	}
	if got := alfa.Text("select sync_finished_at from mailboxes where id = $1", id); got != "" {
		t.Error("a sync that has lost its mailbox wrote to it")
	}
}

// What is held by a process that lives stays so, however the clocks stand; by one that
// has ended, which its neighbours notice (job.Watch), nothing is held.
func TestHazard129AMailboxIsFreeOnceTheProcessOfItsSyncHasEnded(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	owner, account := alfa.SignInOwner(), testkit.Mailbox(t)
	id := add(t, owner, typed(map[string]string{
		"imap_host": account.Host, "imap_port": strconv.Itoa(account.TLSPort), "username": account.Username, "password": account.Password,
	}))
	process := uuid.New()
	living := func(do func(context.Context, *store.Tx) error) {
		t.Helper()
		if err := world.Store.Platform(t.Context(), do); err != nil {
			t.Fatal(err)
		}
	}
	living(func(ctx context.Context, tx *store.Tx) error { return tx.WorkerBeat(ctx, process) })
	alfa.Execute("update mailboxes set sync_run = $2, sync_worker = $3, sync_claimed_until = now() + interval '2 minutes' where id = $1", id, uuid.New(), process)
	sync := syncOf(t, world, true, account.CAFile)
	if outcome, err := sync.Run(alfa.Context(), id); err != nil || outcome != mailbox.Skipped {
		t.Fatalf("while its process lives: %v, %v", outcome, err)
	}
	living(func(ctx context.Context, tx *store.Tx) error { return tx.WorkerEnd(ctx, process) })
	if outcome, err := sync.Run(alfa.Context(), id); err != nil || outcome != mailbox.Done {
		t.Errorf("after its process has ended: %v, %v", outcome, err)
	}
}

func TestAnotherAccountBeginsAnewAndAMailboxCanBeSwitchedOff(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	owner := alfa.SignInOwner()
	id := add(t, owner, typed(nil))
	alfa.Do(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Raw().Exec(ctx, "update mailboxes set uidvalidity = 1, last_uid = 900")
		return err
	})
	if answer := owner.Post("/settings/email/"+id.String(), typed(map[string]string{"username": "other", "version": "1"})); answer.Status != http.StatusSeeOther {
		t.Fatalf("the change answered %d", answer.Status)
	}
	if got := alfa.Text("select coalesce(uidvalidity::text, 'none') || ' ' || last_uid from mailboxes"); got != "none 0" {
		t.Errorf("it goes on at %q", got)
	}
	if answer := owner.Post("/settings/email/"+id.String()+"/deactivation", nil); answer.Status != http.StatusSeeOther {
		t.Errorf("switching off answered %d", answer.Status)
	}
	if got := owner.Get("/settings/email/"+id.String()).Find("#mailbox-state").AttrOr("data-state", ""); got != "inactive" {
		t.Errorf("the page says %q", got)
	}
	if outcome, err := syncOf(t, world, true, "").Run(alfa.Context(), id); err != nil || outcome != mailbox.Skipped {
		t.Errorf("a mailbox that is off was read: %v, %v", outcome, err)
	}
	if answer := owner.Post("/settings/email/"+id.String()+"/sync", nil); answer.Status != http.StatusConflict {
		t.Errorf("sync now of it answered %d", answer.Status)
	}
}

func TestAStateFollowsWhatHappenedLast(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) *time.Time { at := now.Add(-d); return &at }
	cases := map[mailbox.State]mailbox.Progress{
		mailbox.StateInactive: {Reason: "timeout"},
		mailbox.StateNew:      {Active: true},
		mailbox.StateWaiting:  {Active: true, Requested: ago(time.Minute), Started: ago(time.Hour), Finished: ago(time.Hour)},
		mailbox.StateReading:  {Active: true, Requested: ago(time.Minute), Started: ago(time.Second), Finished: ago(time.Hour)},
		mailbox.StateFailed:   {Active: true, Started: ago(time.Minute), Finished: ago(time.Second), Reason: "timeout"},
		mailbox.StateRead:     {Active: true, Requested: ago(time.Hour), Started: ago(time.Hour), Finished: ago(time.Minute)},
	}
	for want, progress := range cases {
		if got := progress.State(now); got != want {
			t.Errorf("%+v is %q, not %q", progress, got, want)
		}
	}
}
