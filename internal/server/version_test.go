package server_test

import (
	"context"
	"encoding/binary"
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"frontdesk/internal/store"
	"frontdesk/internal/submission"
	"frontdesk/internal/testkit/clinic"
)

// hasMoved are versions that no row has.
var hasMoved = []string{"two", "0", "-1", "99", "2147483648", "1 ", "a\x00b"}

// A form's version is hidden, so nothing that is wrong with it is said at its field: it
// is the form of a row that has moved on, and answered with what is stored.
func TestAVersionThatNoRowHasIsStaleInEveryForm(t *testing.T) {
	t.Parallel()
	s := newSweep(t)
	forms := 0
	for _, form := range s.goodForms(t) {
		if !form.fields.Has("version") {
			continue
		}
		forms++
		for _, version := range hasMoved {
			fields := maps.Clone(form.fields)
			fields.Set("version", version)
			answer := form.browser.Post(form.path, fields)
			// What no column can hold is refused as in every other field.
			refused := answer.Status == http.StatusUnprocessableEntity && strings.ContainsRune(version, 0)
			if answer.Status != http.StatusConflict && !refused || answer.Find(`a[href="#version"]`).Length() != 0 {
				t.Errorf("%s of version %q answered %d: %s", form.path, version, answer.Status, answer.Text("[role=alert]"))
			}
		}
	}
	if forms < 11 {
		t.Errorf("only %d forms have a version", forms)
	}
}

// The second press of a button, in a browser without script, or whose answer was lost on
// the way: nobody else has changed anything.
func TestHazard072AFormThatChangesARowIsAnsweredTheSecondTimeAsTheFirst(t *testing.T) {
	t.Parallel()
	s := newSweep(t)
	forms := 0
	for _, form := range s.goodForms(t) {
		if _, err := uuid.Parse(path.Base(form.path)); err != nil || !form.fields.Has("version") {
			continue
		}
		forms++
		first := form.browser.Post(form.path, form.fields)
		before := fingerprint(t, s.Database)
		again := form.browser.Post(form.path, form.fields)
		if first.Status != http.StatusSeeOther || again.Status != http.StatusSeeOther || again.Location() != first.Location() {
			t.Errorf("%s answered %d %q, and then %d %q: %s", form.path, first.Status, first.Location(), again.Status, again.Location(), again.Text("[role=alert]"))
		}
		assertUntouched(t, s.Database, before)
		// Sent once more with other content it comes too late, as it would from anybody.
		other := maps.Clone(form.fields)
		for _, name := range []string{"name", "first_name", "notes"} {
			if other.Has(name) {
				other.Set(name, "Other")
			}
		}
		if late := form.browser.Post(form.path, other); late.Status != http.StatusConflict {
			t.Errorf("%s with other content answered %d", form.path, late.Status)
		}
	}
	if forms < 8 {
		t.Errorf("only %d forms change a row", forms)
	}
}

// Somebody has a form open while somebody else switches its row off, by a button of its own.
func TestHazard072TheOpenFormOfARowThatIsSwitchedOffKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	s := newSweep(t)
	forms := 0
	for _, form := range s.goodForms(t) {
		if _, err := uuid.Parse(path.Base(form.path)); err != nil || !form.fields.Has("name") || !form.fields.Has("version") {
			continue
		}
		forms++
		off := form.browser.Post(form.path+"/deactivation", nil)
		if strings.HasPrefix(form.path, "/admin/") {
			off = form.browser.Post(form.path+"/suspension", url.Values{"reason": {"The contract has ended"}, "version": {"1"}})
		}
		typed := maps.Clone(form.fields)
		typed.Set("name", "Typed meanwhile")
		late := form.browser.Post(form.path, typed)
		if off.Status != http.StatusSeeOther || late.Status != http.StatusConflict || late.Value(`main [name="name"]`) != "Typed meanwhile" || late.Find("[data-error-summary]").Length() != 1 {
			t.Errorf("%s: switched off %d, and then %d with the name %q", form.path, off.Status, late.Status, late.Value(`main [name="name"]`))
		}
		typed.Set("version", late.Value(`main form:has([data-error-summary]) [name="version"]`))
		if again := form.browser.Post(form.path, typed); again.Status != http.StatusSeeOther {
			t.Errorf("%s saved knowingly answered %d: %s", form.path, again.Status, again.Text("[role=alert]"))
		}
	}
	if forms < 6 {
		t.Errorf("only %d forms", forms)
	}
}

// creatingForms are the good forms that carry a key, each made ready to be sent.
func (s *sweep) creatingForms(t *testing.T, each func(form goodForm)) {
	t.Helper()
	forms := 0
	for _, form := range s.goodForms(t) {
		if form.fields.Get("_idempotency_key") == "" {
			continue
		}
		forms++
		if form.prepare != "" {
			execute(t, s.Database, sql(form.prepare, s.alfa.ID))
		}
		each(form)
	}
	if forms < 9 {
		t.Errorf("only %d forms have a key", forms)
	}
}

// assertKeptWithNewKey fails unless the answer is the form as it was typed, with the
// sentence and another key, and returns that key.
func assertKeptWithNewKey(t *testing.T, name string, answer *clinic.Answer, sent url.Values) (fresh string) {
	t.Helper()
	if answer.Status != http.StatusConflict || answer.Find("[data-error-summary]").Length() != 1 {
		t.Errorf("%s answered %d: %s", name, answer.Status, answer.Text("main"))
	}
	fresh, _ = answer.Find(`form:has([data-error-summary]) input[name="_idempotency_key"]`).Attr("value")
	if fresh == "" || fresh == sent.Get("_idempotency_key") {
		t.Errorf("%s has the key %q again", name, fresh)
	}
	return fresh
}

// A field that the form does not read is content like any other: what counts is that
// something else was sent.
func TestHazard119AFormsKeyWithOtherContentIsRefusedWithTheFormAndANewKey(t *testing.T) {
	t.Parallel()
	s := newSweep(t)
	s.creatingForms(t, func(form goodForm) {
		first := form.browser.Post(form.path, form.fields)
		if again := form.browser.Post(form.path, form.fields); again.Status != http.StatusSeeOther || again.Location() != first.Location() {
			t.Errorf("%s once more answered %d %q, not %q", form.path, again.Status, again.Location(), first.Location())
		}
		other := maps.Clone(form.fields)
		other.Set("other", "content")
		assertKeptWithNewKey(t, form.path+" with other content", form.browser.Post(form.path, other), other)
	})
}

// What is remembered of forms that came is swept after a month; so one that was shown
// before is not taken on trust, whatever was swept.
func TestAFormThatIsOlderThanWhatIsRememberedIsRefusedWithTheFormAndANewKey(t *testing.T) {
	t.Parallel()
	s := newSweep(t)
	s.creatingForms(t, func(form goodForm) {
		before := fingerprint(t, s.Database)
		old := maps.Clone(form.fields)
		old.Set("_idempotency_key", idOfAge(31*24*time.Hour).String())
		answer := form.browser.Post(form.path, old)
		fresh := assertKeptWithNewKey(t, form.path+" of a month ago", answer, old)
		for _, name := range []string{"name", "first_name", "body", "address", "owner_name"} {
			shown := answer.Find(`form:has([data-error-summary]) [name="` + name + `"]`)
			if old.Has(name) && shown.AttrOr("value", shown.Text()) != old.Get(name) {
				t.Errorf("%s of a month ago has lost its %s", form.path, name)
			}
		}
		assertUntouched(t, s.Database, before)
		old.Set("_idempotency_key", fresh)
		if answer = form.browser.Post(form.path, old); answer.Status != http.StatusSeeOther {
			t.Errorf("%s with its new key answered %d: %s", form.path, answer.Status, answer.Text("[data-error-summary]"))
		}
	})
}

// The form of a month ago that was answered, and whose key is still there, is the same
// form still.
func TestAnOldFormThatIsRememberedIsAnsweredAsTheFirstTime(t *testing.T) {
	t.Parallel()
	s := newSweep(t)
	form := url.Values{"first_name": {"Ana"}, "last_name": {"Once"}, "_idempotency_key": {idOfAge(31 * 24 * time.Hour).String()}}
	s.owner.Get("/clients/new")
	fresh := maps.Clone(form)
	fresh.Set("_idempotency_key", idOfAge(time.Hour).String())
	first := s.owner.Post("/clients", fresh)
	execute(t, s.Database, sql("update idempotency_keys set key = $1, content = null, created_at = now() - interval '29 days' where key = $2",
		form.Get("_idempotency_key"), fresh.Get("_idempotency_key")))
	if again := s.owner.Post("/clients", form); again.Status != http.StatusSeeOther || again.Location() != first.Location() {
		t.Errorf("it answered %d %q, not %q", again.Status, again.Location(), first.Location())
	}
}

// idOfAge is the id of a form that was shown so long ago.
func idOfAge(age time.Duration) uuid.UUID {
	id := submission.NewID()
	var shown [8]byte
	binary.BigEndian.PutUint64(shown[:], uint64(time.Now().Add(-age).UnixMilli()))
	copy(id[:6], shown[2:])
	return id
}

func TestHazard072OneFormThatReachesTwoCopiesAtOnceIsOneRow(t *testing.T) {
	t.Parallel()
	copies := clinic.Racing(t)
	alfa := copies[0].Clinic("alfa")
	browsers := [2]*clinic.Browser{}
	for i, copied := range copies {
		browsers[i] = copied.Enter(clinic.Session{UserID: alfa.Owner.ID, TenantID: alfa.ID})
		browsers[i].Token()
	}
	for round := range clinic.Rounds(t) {
		form := url.Values{"first_name": {"Ana"}, "last_name": {"Once"}, "_idempotency_key": {submission.NewID().String()}}
		locations := make([]string, 4)
		statuses := clinic.Race(len(locations), func(racer int) int {
			answer := browsers[racer%2].Post("/clients", form)
			locations[racer] = answer.Location()
			return answer.Status
		})
		if statuses[http.StatusSeeOther] != len(locations) || slices.ContainsFunc(locations, func(at string) bool { return at == "" || at != locations[0] }) {
			t.Fatalf("the answers are %v, %q", statuses, locations)
		}
		if rows := countAs(t, alfa, "select count(*) from clients"); rows != round+1 {
			t.Fatalf("after %d forms there are %d rows", round+1, rows)
		}
	}
}

// A key is used by what is written with it: what is refused, also by the database itself
// at its end, leaves it free.
func TestAKeyIsFreeAgainAfterWhatWasRefused(t *testing.T) {
	t.Parallel()
	s := newSweep(t)
	s.creatingForms(t, func(form goodForm) {
		keys := "idempotency_keys"
		if strings.HasPrefix(form.path, "/admin/") {
			keys = "platform_idempotency_keys"
		}
		// The commit itself is refused, when all has been done.
		execute(t, s.Database,
			sql("create function refuse_commit() returns trigger language plpgsql as 'begin raise exception ''no'' using errcode = ''40001''; end'"),
			sql("create constraint trigger refuse_commit after insert on "+keys+" deferrable initially deferred for each row execute function refuse_commit()"))
		if answer := form.browser.Post(form.path, form.fields); answer.Status != http.StatusServiceUnavailable {
			t.Errorf("%s, whose commit is refused, answered %d", form.path, answer.Status)
		}
		execute(t, s.Database, sql("drop trigger refuse_commit on "+keys), sql("drop function refuse_commit()"))
		first := form.browser.Post(form.path, form.fields)
		if again := form.browser.Post(form.path, form.fields); first.Status != http.StatusSeeOther || again.Location() != first.Location() {
			t.Errorf("%s sent again answered %d %q, and then %q", form.path, first.Status, first.Location(), again.Location())
		}
	})
}

func TestAFormWhoseSessionEndedMeanwhileIsWrittenOnceAfterSigningInAgain(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	session := clinic.Session{UserID: alfa.Owner.ID, TenantID: alfa.ID}
	before := world.Enter(session)
	before.Token()
	form := url.Values{"first_name": {"Ana"}, "last_name": {"Once"}, "_idempotency_key": {submission.NewID().String()}}
	execute(t, world.Database, sql("delete from sessions"))
	if answer := before.Post("/clients", form); answer.Status == http.StatusOK || strings.HasPrefix(answer.Location(), "/clients") {
		t.Errorf("without a session it answered %d %q", answer.Status, answer.Location())
	}
	if rows := countAs(t, alfa, "select count(*) from clients") + countAs(t, alfa, "select count(*) from idempotency_keys"); rows != 0 {
		t.Errorf("without a session %d rows were written", rows)
	}
	after := world.Enter(session)
	after.Token()
	first := after.Post("/clients", form)
	// The answer is lost, and the session ends; another session of the same person sends it again.
	execute(t, world.Database, sql("delete from sessions"))
	last := world.Enter(session)
	last.Token()
	again := last.Post("/clients", form)
	if first.Status != http.StatusSeeOther || again.Status != http.StatusSeeOther || first.Location() != again.Location() {
		t.Errorf("it answered %d %q, and again %d %q", first.Status, first.Location(), again.Status, again.Location())
	}
	if rows := countAs(t, alfa, "select count(*) from clients"); rows != 1 {
		t.Errorf("there are %d rows", rows)
	}
}

// countAs counts as the clinic.
func countAs(t *testing.T, of *clinic.Clinic, query string) (count int) {
	t.Helper()
	of.Do(func(ctx context.Context, tx *store.Tx) error { return tx.Raw().QueryRow(ctx, query).Scan(&count) })
	return count
}
