package client_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"frontdesk/internal/db"
	"frontdesk/internal/store"
	"frontdesk/internal/testkit"
	"frontdesk/internal/testkit/clinic"
)

// fill adds clients straight into the table.
func fill(c *clinic.Clinic, count int) {
	c.Do(func(ctx context.Context, tx *store.Tx) error {
		for range count {
			err := tx.ClientCreate(ctx, db.ClientCreateParams{ID: uuid.Must(uuid.NewV7()), FirstName: "Many", LastName: "People", SearchText: "many people"})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func TestHazard015ANeighboursClientIsAsUnknownAsNobody(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	theirs := add(t, world.Clinic("beta").SignInStaff(), url.Values{"first_name": {"Theirs"}})
	staff := world.Clinic("alfa").SignInStaff()
	nobody := "/clients/" + uuid.Must(uuid.NewV7()).String()
	for _, below := range []string{"", "/edit"} {
		foreign, unknown := staff.Get(theirs+below), staff.Get(nobody+below)
		if foreign.Status != http.StatusNotFound || foreign.Masked() != unknown.Masked() {
			t.Errorf("GET %s: %d, and differs from an unknown one", below, foreign.Status)
		}
	}
	change := url.Values{"first_name": {"Taken"}, "version": {"1"}}
	foreign, unknown := staff.Post(theirs, change), staff.Post(nobody, change)
	if foreign.Status != http.StatusNotFound || foreign.Masked() != unknown.Masked() {
		t.Errorf("POST: %d, and differs from an unknown one", foreign.Status)
	}
	for _, malformed := range []string{"/clients/x", "/clients/00000000", "/clients/" + strings.Repeat("a", 3000)} {
		if answer := staff.Get(malformed); answer.Status != http.StatusNotFound {
			t.Errorf("GET %.40s: %d", malformed, answer.Status)
		}
	}
}

func TestHazard016And023FieldsThatAreNotOfferedAreIgnored(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa, beta := world.Clinic("alfa"), world.Clinic("beta")
	staff := alfa.SignInStaff()
	chosen := uuid.Must(uuid.NewV7()).String()
	location := add(t, staff, url.Values{
		"first_name": {"Ana"}, "tenant_id": {beta.ID.String()}, "id": {chosen}, "version": {"77"}, "search_text": {"xyzzy"},
	})
	if strings.Contains(location, chosen) || len(found(t, staff, "xyzzy")) != 0 {
		t.Error("a field of no form took effect")
	}
	if got := found(t, beta.SignInStaff(), ""); len(got) != 0 {
		t.Errorf("the neighbour has %q", got)
	}
}

func TestHazard018ListsShowOwnRowsAndRefuseForgedCursors(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	add(t, world.Clinic("beta").SignInStaff(), url.Values{"first_name": {"Theirs"}})
	staff := world.Clinic("alfa").SignInStaff()
	for _, query := range []string{"", "theirs"} {
		if got := found(t, staff, query); len(got) != 0 {
			t.Errorf("search %q found %q", query, got)
		}
	}
	for _, cursor := range []string{"x", "%00", "eyJrIjoxfQ", strings.Repeat("A", 4000)} {
		if answer := staff.Get("/clients?after=" + cursor); answer.Status != http.StatusBadRequest {
			t.Errorf("cursor %.10q answered %d", cursor, answer.Status)
		}
	}
}

func TestHazard024TheSameAddressAndNumberNextDoorMakeNoDifference(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	fields := url.Values{"first_name": {"Ana"}, "email": {"ana@example.com"}, "phone": {"0722123456"}}
	add(t, world.Clinic("beta").SignInStaff(), fields)
	staff := world.Clinic("alfa").SignInStaff()
	if staff.Get(add(t, staff, fields)).Find("[data-alike]").Length() != 0 {
		t.Error("the notice shows a neighbour's client")
	}
}

func TestHazard033And068TextStaysTextInEveryField(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	staff := world.Clinic("alfa").SignInStaff()
	for _, text := range []string{
		`O'Brien`, `$1`, `$$`, `back\slash`, `100%_`, `日本語 𝕏 😀`, `<img src=x onerror=alert(1)>`, `{{.}}`,
		`" hx-get=/logout hx-trigger=load`, `javascript:alert(1)`, `<!-- -->`, "tab\tinside", "דנה לוי", "می\u200cخواهم",
	} {
		page := staff.Get(add(t, staff, url.Values{"first_name": {text}, "last_name": {text}}))
		if got := page.Find("h1").Text(); got != text+" "+text {
			t.Errorf("%q is shown as %q", text, got)
		}
		if page.Find(`[onerror], main img, main script, [hx-get="/logout"], a[href^="javascript:"]`).Length() != 0 {
			t.Errorf("%q became markup", text)
		}
		if list := staff.Get("/clients"); list.Find(`[onerror], main img, main script, [hx-get="/logout"]`).Length() != 0 {
			t.Errorf("%q became markup in the list", text)
		}
		search := staff.Get("/clients?" + url.Values{"q": {text}}.Encode())
		if search.Status != http.StatusOK || search.Find("[onerror]").Length() != 0 {
			t.Errorf("search for %q answered %d", text, search.Status)
		}
	}
	for _, name := range []string{"first_name", "last_name", "email", "phone", "birth_date", "version"} {
		for _, value := range []string{"a\x00b", "a\xffb", strings.Repeat("x", 10_000), "<img src=x onerror=1>\r\nX: y"} {
			fields := url.Values{"first_name": {"Ana"}}
			fields.Set(name, value)
			want := http.StatusUnprocessableEntity
			answer := staff.Post("/clients", fields)
			if name == "version" && utf8.ValidString(value) && !strings.ContainsRune(value, 0) {
				want = http.StatusSeeOther
			}
			if answer.Status != want {
				t.Errorf("%s=%.10q answered %d", name, value, answer.Status)
			}
		}
	}
	for _, query := range []string{"%00", "%ff%fe", strings.Repeat("%C8%98", 1500), strings.Repeat("a+", 4000)} {
		if answer := staff.Get("/clients?q=" + query); answer.Status != http.StatusOK {
			t.Errorf("search %.10q answered %d", query, answer.Status)
		}
	}
	for _, hostile := range []string{"bell\a", "\x1b[2Jclear", "Ana \u202egpj.exe", "\u200b\u2060"} {
		answer := staff.Post("/clients", url.Values{"first_name": {hostile}, "last_name": {"Pop"}})
		if answer.Status != http.StatusUnprocessableEntity || answer.Find("#first_name-error").Length() != 1 {
			t.Errorf("%q: %d", hostile, answer.Status)
		}
	}
}

func TestHazard072FiveSubmitsOfOneFormMakeOneClient(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	staff := world.Clinic("alfa").SignInStaff()
	clinic.SubmitFive(t, staff, "/clients", url.Values{"first_name": {"Once"}})
	if got := found(t, staff, ""); len(got) != 1 {
		t.Errorf("there are %q", got)
	}
}

func TestHazard072AStaleEditShowsBothValuesAndThenWins(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	first, second := alfa.SignInStaff(), alfa.SignInOwner()
	location := add(t, first, url.Values{"first_name": {"Old"}, "phone": {"0722123456"}})
	if answer := first.Post(location, url.Values{"first_name": {"First"}, "phone": {"0722123456"}, "version": {"1"}}); answer.Status != http.StatusSeeOther {
		t.Fatalf("first edit: %d", answer.Status)
	}
	stale := second.Post(location, url.Values{"first_name": {"Second"}, "phone": {"0722123456"}, "version": {"1"}})
	if stale.Status != http.StatusConflict || stale.Value("#first_name") != "Second" || !strings.Contains(stale.Text("#first_name-hint"), "First") {
		t.Fatalf("stale edit: %d, %q, %q", stale.Status, stale.Value("#first_name"), stale.Text("#first_name-hint"))
	}
	again := second.Post(location, url.Values{"first_name": {"Second"}, "version": {stale.Value(`input[name="version"]`)}})
	if again.Status != http.StatusSeeOther || second.Get(location).Text("h1") != "Second" {
		t.Errorf("sent again: %d", again.Status)
	}
	if answer := second.Post(location, url.Values{"first_name": {"Blind"}}); answer.Status != http.StatusConflict {
		t.Errorf("an edit without a version answered %d", answer.Status)
	}
}

func TestAConflictReadsTheRecordAndAFormThatIsOnlyWrongDoesNot(t *testing.T) {
	t.Parallel()
	alfa := clinic.New(t).Clinic("alfa")
	staff := alfa.SignInStaff()
	location := add(t, staff, url.Values{"first_name": {"Ana"}})
	for _, sent := range []struct {
		firstName, version string
		status             int
		read               string
	}{{"", "1", http.StatusUnprocessableEntity, "0"}, {"Maria", "7", http.StatusConflict, "1"}} {
		answer := staff.Post(location, url.Values{"first_name": {sent.firstName}, "version": {sent.version}})
		read := alfa.Text("select count(*) from audit_events where action = 'client_read'")
		if answer.Status != sent.status || read != sent.read {
			t.Errorf("%q for version %s answered %d, and the log has %s readings", sent.firstName, sent.version, answer.Status, read)
		}
	}
}

func TestAClientsPageShowsAppointmentsAndMail(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	world := clinic.New(t, clinic.At(now))
	alfa := world.Clinic("alfa")
	staff := alfa.SignInStaff()
	location := add(t, staff, url.Values{"first_name": {"Ana"}, "email": {"ana@example.com"}})
	other := add(t, staff, url.Values{"first_name": {"Other"}, "email": {"other@example.com"}})
	superuser := connect(t, world)
	insert := func(sql string, arguments ...any) {
		t.Helper()
		if _, err := superuser.Exec(t.Context(), sql, arguments...); err != nil {
			t.Fatal(err)
		}
	}
	provider, service := staff.Post("/providers", url.Values{"name": {"Dr. Pop"}}), staff.Post("/services", url.Values{"name": {"Visit"}, "duration": {"30"}})
	for days, clientPath := range map[int]string{-7: location, 7: location, 8: other} {
		insert(`insert into appointments (tenant_id, id, client_id, provider_id, service_id, starts_at, ends_at, occupied_from, occupied_until)
			values ($1, gen_random_uuid(), $2, $3, $4, $5, $6, $5, $6)`, alfa.ID, strings.TrimPrefix(clientPath, "/clients/"),
			strings.TrimPrefix(provider.Location(), "/providers/"), strings.TrimPrefix(service.Location(), "/services/"),
			now.AddDate(0, 0, days), now.AddDate(0, 0, days).Add(time.Hour))
	}
	mailbox := uuid.Must(uuid.NewV7())
	insert(`insert into mailboxes (tenant_id, id, name, address, imap_host, imap_port, imap_security, smtp_host, smtp_port, smtp_security, username, password_sealed)
		values ($1, $2, 'Desk', 'desk@alfa.example', 'h', 993, 'tls', 'h', 465, 'tls', 'u', '')`, alfa.ID, mailbox)
	for _, address := range []string{"ana@example.com", "other@example.com"} {
		insert(`insert into conversations (tenant_id, id, mailbox_id, subject, contact_address, last_message_at)
			values ($1, gen_random_uuid(), $2, 'About ' || $3, $3, $4)`, alfa.ID, mailbox, address, now)
	}
	page := staff.Get(location)
	for selector, want := range map[string]int{"#upcoming li": 1, "#past li": 1, "#conversations li": 1} {
		if got := page.Find(selector).Length(); got != want {
			t.Errorf("%s: %d, want %d", selector, got, want)
		}
	}
	if subject := page.Text("#conversations .rows-title"); subject != "About ana@example.com" {
		t.Errorf("conversation %q", subject)
	}
}

// connect looks at the database past the policies, to put neighbours' rows in
// place.
func connect(t *testing.T, world *clinic.World) *pgx.Conn {
	t.Helper()
	return testkit.Connect(t, world.Database.SuperuserURL)
}
