package audit_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"frontdesk/internal/audit"
	"frontdesk/internal/db"
	"frontdesk/internal/store"
	"frontdesk/internal/testkit"
	"frontdesk/internal/testkit/clinic"
)

// record writes into a clinic's log, as the system.
func record(c *clinic.Clinic, entry audit.Entry) {
	c.Do(func(ctx context.Context, tx *store.Tx) error { return audit.Record(ctx, tx, entry) })
}

// sentences are what a page of a log says, in its order.
func sentences(page *clinic.Answer) (said []string) {
	for _, row := range page.Find("tbody tr .row-link").EachIter() {
		said = append(said, row.Text())
	}
	return said
}

func TestTheOwnerSeesTheClinicsOwnLogAndNobodyElseDoes(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa, beta := world.Clinic("alfa"), world.Clinic("beta")
	record(alfa, audit.Entry{Action: "client_create", TargetKind: "client", TargetName: "Ana Pop"})
	record(beta, audit.Entry{Action: "client_create", TargetKind: "client", TargetName: "Zoe Zamfir"})
	page := alfa.SignInOwner().Get("/settings/audit")
	if said := sentences(page); len(said) != 1 || said[0] != "The system added the client Ana Pop." {
		t.Errorf("the log says %q", said)
	}
	for who, browser := range map[string]*clinic.Browser{"staff": alfa.SignInStaff(), "super-admin": world.SuperAdmin()} {
		for _, path := range []string{"/settings/audit", "/settings/audit/export"} {
			if answer := browser.Get(path); answer.Status != http.StatusForbidden {
				t.Errorf("%s gets %d of %s", who, answer.Status, path)
			}
		}
	}
	if answer := alfa.SignInOwner().Get("/admin/audit"); answer.Status != http.StatusForbidden {
		t.Errorf("an owner gets %d of the platform's log", answer.Status)
	}
}

func TestAChangeIsShownFieldByFieldInWordsOfThePerson(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	owner := alfa.SignInOwner()
	location := owner.Post("/providers", url.Values{"name": {"Dr. Ion"}}).Location()
	owner.Post(location, url.Values{"name": {"Dr. Ion Pop"}, "version": {"1"}, "all_services": {"true"}, "day_1": {"on"}})
	list := owner.Get("/settings/audit?action=provider_update")
	href, _ := list.Find("tbody .row-link").First().Attr("href")
	page := owner.Get(href)
	if page.Status != http.StatusOK || page.Text(`[data-field="name"] del`) != "Dr. Ion" || page.Text(`[data-field="name"] ins`) != "Dr. Ion Pop" {
		t.Errorf("%d: %s", page.Status, page.Text("[data-difference]"))
	}
	created := owner.Get("/settings/audit?action=provider_create")
	href, _ = created.Find("tbody .row-link").First().Attr("href")
	if hours := owner.Get(href).Text(`[data-field="hours"] ins`); !strings.HasPrefix(hours, "Monday 09:00–17:00") {
		t.Errorf("the hours read %q", hours)
	}
	if answer := owner.Get("/settings/audit/" + uuid.NewString()); answer.Status != http.StatusNotFound {
		t.Errorf("an unknown row: %d", answer.Status)
	}
}

func TestWordsOfTheProgramAreShownInTheLanguageOfWhoReads(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	owner := alfa.SignInOwner()
	// Each noun has words of its own: a status is another thing of a membership than of
	// an appointment, and a name is never one.
	for action, changed := range map[audit.Action]struct{ before, after audit.Fields }{
		"membership_role":    {audit.Fields{"role": "staff", "status": "revoked", "name": "owner"}, audit.Fields{"role": "owner", "status": "active", "name": "active"}},
		"appointment_update": {audit.Fields{"status": "booked"}, audit.Fields{"status": "no_show"}},
		"message_resend":     {audit.Fields{"delivery": "queued"}, audit.Fields{"delivery": "sent"}},
		"provider_update":    {audit.Fields{"color": "blue"}, audit.Fields{"color": "red"}},
		"invite_revoke":      {audit.Fields{"revoked_reason": "expired"}, audit.Fields{"revoked_reason": "removed"}},
	} {
		record(alfa, audit.Entry{Action: action, TargetName: "Ana Pop", Before: changed.before, After: changed.after})
	}
	for language, wanted := range map[string]map[string]string{
		"en": {
			"membership_role.role": "Staff Owner", "membership_role.status": "Removed Active", "membership_role.name": "owner active",
			"appointment_update.status": "Booked Did not come", "message_resend.delivery": "On its way Sent", "provider_update.color": "Blue Red",
			"invite_revoke.revoked_reason": "Expired The person was removed",
		},
		"ro": {"membership_role.role": "Personal Proprietar", "membership_role.status": "Eliminat Activ", "membership_role.name": "owner active"},
	} {
		owner.Post("/preferences", url.Values{"language": {language}})
		for field, words := range wanted {
			action, name, _ := strings.Cut(field, ".")
			href, _ := owner.Get("/settings/audit?action=" + action).Find("tbody .row-link").First().Attr("href")
			page := owner.Get(href)
			if said := page.Text(`[data-field="`+name+`"] del`) + " " + page.Text(`[data-field="`+name+`"] ins`); said != words {
				t.Errorf("%s, %s: %q", language, field, said)
			}
		}
	}
}

func TestAnActionOfAnotherVersionOfTheProgramIsShownByItsName(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	record(alfa, audit.Entry{Action: "tooth_pull", TargetName: "Ana Pop", After: audit.Fields{"jaw_side": "left"}})
	owner := alfa.SignInOwner()
	list := owner.Get("/settings/audit")
	if said := sentences(list); len(said) != 1 || said[0] != "The system: tooth pull (Ana Pop)." {
		t.Errorf("the log says %q", said)
	}
	href, _ := list.Find("tbody .row-link").First().Attr("href")
	if page := owner.Get(href); page.Status != http.StatusOK || page.Text(`[data-field="jaw_side"] th`) != "jaw side" || page.Text(`[data-field="jaw_side"] ins`) != "left" {
		t.Errorf("%d: %s", page.Status, page.Text("[data-difference]"))
	}
}

func TestAnEntryLeadsToThePageOfWhatItIsAboutInEachLog(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	about := uuid.Must(uuid.NewV7())
	record(alfa, audit.Entry{Action: "client_update", TargetKind: "client", TargetID: about, TargetName: "Ana Pop"})
	err := world.Store.Platform(alfa.Context(), func(ctx context.Context, tx *store.Tx) error {
		return audit.RecordPlatform(ctx, tx, audit.Entry{Action: "tenant_update", TargetKind: "tenant", TargetID: alfa.ID, TargetName: "Clinic alfa", TenantID: alfa.ID})
	})
	if err != nil {
		t.Fatal(err)
	}
	for log, shown := range map[string]struct {
		browser *clinic.Browser
		page    string
	}{
		"/settings/audit?action=client_update": {alfa.SignInOwner(), "/clients/" + about.String()},
		"/admin/audit?action=tenant_update":    {world.SuperAdmin(), "/admin/tenants/" + alfa.ID.String()},
	} {
		href, _ := shown.browser.Get(log).Find("tbody .row-link").First().Attr("href")
		if found := shown.browser.Get(href).Find(`main a[href="` + shown.page + `"]`).Length(); found == 0 {
			t.Errorf("%s: no link to %s", log, shown.page)
		}
	}
}

func TestALogIsFilteredOnTheServerAndItsAddressHoldsTheState(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	owner := alfa.SignInOwner()
	target := uuid.Must(uuid.NewV7())
	record(alfa, audit.Entry{Action: "client_create", TargetKind: "client", TargetID: target, TargetName: "Ana Pop"})
	record(alfa, audit.Entry{Action: "client_update", TargetKind: "client", TargetID: target, TargetName: "Ana Pop"})
	owner.Post("/clients", url.Values{"first_name": {"Bogdan"}})
	today := time.Now().UTC()
	for query, want := range map[string]int{
		"": 3, "?action=client_create": 2, "?actor=system": 2, "?actor=" + alfa.Owner.ID.String(): 1, "?actor=" + alfa.Staff.ID.String(): 0,
		"?target=" + target.String(): 2, "?q=ana": 2, "?q=nobody": 0, "?action=client_create&actor=system": 1,
		"?since=" + today.AddDate(0, 0, 2).Format(time.DateOnly): 0, "?since=" + today.AddDate(0, 0, -2).Format(time.DateOnly): 3,
		"?until=" + today.AddDate(0, 0, -2).Format(time.DateOnly): 0, "?until=" + today.AddDate(0, 0, 2).Format(time.DateOnly): 3,
	} {
		page := owner.Get("/settings/audit" + query)
		if found := len(sentences(page)); page.Status != http.StatusOK || found != want {
			t.Errorf("%q: %d, %d rows, want %d", query, page.Status, found, want)
		}
	}
	page := owner.Get("/settings/audit?actor=system&action=client_create")
	if chosen := page.Value(`select[name="actor"] option[selected]`) + page.Value(`select[name="action"] option[selected]`); chosen != "systemclient_create" {
		t.Errorf("the toolbar shows %q", chosen)
	}
	for _, forged := range []string{"?actor=x", "?target=7", "?since=yesterday", "?after=x", "?sort=name", "?action=a&action=b"} {
		if answer := owner.Get("/settings/audit" + forged); answer.Status != http.StatusBadRequest {
			t.Errorf("%q: %d", forged, answer.Status)
		}
	}
}

func TestALogIsReadPageByPageNewestFirstAndBack(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	for n := range 120 {
		record(alfa, audit.Entry{Action: "client_read", TargetKind: "client", TargetName: fmt.Sprintf("Client %03d", n)})
	}
	owner := alfa.SignInOwner()
	var pages [][]string
	address := "/settings/audit"
	for address != "" {
		page := owner.Get(address)
		pages = append(pages, sentences(page))
		address, _ = page.Find(`a[rel="next"]`).Attr("href")
		if len(pages) == 3 {
			back, _ := page.Find(`a[rel="prev"]`).Attr("href")
			if again := sentences(owner.Get(back)); fmt.Sprint(again) != fmt.Sprint(pages[1]) {
				t.Error("the way back leads elsewhere")
			}
		}
	}
	if len(pages) != 3 || len(pages[0]) != 50 || len(pages[2]) != 20 || pages[0][0] != "The system read the record of the client Client 119." {
		t.Errorf("%d pages, the first begins %q", len(pages), pages[0][0])
	}
}

func TestHazard064TheFileOfALogRunsNothingAndIsRecorded(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	for _, hostile := range []string{"=cmd", "+1", "-1", "@x", "\tx", "\rx"} {
		record(alfa, audit.Entry{Action: "client_read", TargetKind: "client", TargetName: hostile})
	}
	owner := alfa.SignInOwner()
	file := owner.Get("/settings/audit/export?action=client_read")
	if file.Status != http.StatusOK || !strings.HasPrefix(file.Header.Get("Content-Type"), "text/csv") {
		t.Fatalf("%d %s", file.Status, file.Header.Get("Content-Type"))
	}
	text := string(file.Body)
	for _, safe := range []string{",'=cmd,", ",'+1,", ",'-1,", ",'@x,"} {
		if !strings.Contains(text, safe) {
			t.Errorf("the file does not hold %s:\n%s", safe, text)
		}
	}
	if lines := strings.Count(text, "client_read"); lines != 6 {
		t.Errorf("%d rows in the file", lines)
	}
	page := owner.Get("/settings/audit")
	if said := sentences(page); len(said) != 7 || said[0] != "owner of alfa exported the activity log." {
		t.Errorf("the log says %q", said)
	}
}

func TestTheConsoleFiltersThePlatformsLogByPersonAndClinic(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa, beta := world.Clinic("alfa"), world.Clinic("beta")
	for of, name := range map[*clinic.Clinic]string{alfa: "Clinic alfa", beta: "Clinic beta"} {
		err := world.Store.Platform(of.Context(), func(ctx context.Context, tx *store.Tx) error {
			return audit.RecordPlatform(ctx, tx, audit.Entry{
				Action: "tenant_suspend", TargetKind: "tenant", TargetID: of.ID, TargetName: name, TenantID: of.ID, Reason: "not paid for months",
			})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	admin := world.SuperAdmin()
	for query, want := range map[string]int{
		"": 2, "&tenant=alfa": 1, "&tenant=" + beta.ID.String(): 1, "&tenant=gamma": 0, "&actor=system": 2, "&actor=nobody@alfa.example": 0,
		"&q=beta": 1, "&target=" + alfa.ID.String(): 1,
	} {
		page := admin.Get("/admin/audit?action=tenant_suspend" + query)
		if found := len(sentences(page)); page.Status != http.StatusOK || found != want {
			t.Errorf("%q: %d, %d rows, want %d", query, page.Status, found, want)
		}
	}
	href, _ := admin.Get("/admin/audit?tenant=alfa&action=tenant_suspend").Find("tbody .row-link").First().Attr("href")
	if page := admin.Get(href); page.Status != http.StatusOK || !strings.Contains(page.Text("dl"), "not paid for months") {
		t.Errorf("%d: %s", page.Status, page.Text("main"))
	}
	file := string(admin.Get("/admin/audit/export?tenant=beta&action=tenant_suspend").Body)
	if strings.Count(file, "tenant_suspend") != 1 || !strings.Contains(file, "Clinic beta") {
		t.Errorf("the file holds %s", file)
	}
	if said := sentences(admin.Get("/admin/audit?action=audit_export")); len(said) != 1 {
		t.Errorf("the export left %q", said)
	}
}

func TestAPageOfAHundredThousandRowsReadsNoMoreThanItShows_Slow(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa, beta := world.Clinic("alfa"), world.Clinic("beta")
	superuser := testkit.Connect(t, world.Database.SuperuserURL)
	for _, id := range []uuid.UUID{alfa.ID, beta.ID} {
		if _, err := superuser.Exec(t.Context(), `insert into audit_events (tenant_id, id, actor_kind, action, occurred_at)
			select $1, gen_random_uuid(), 'system', 'client_read', now() - n * interval '1 second' from generate_series(1, 50000) as n`, id); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := superuser.Exec(t.Context(), "analyze audit_events"); err != nil {
		t.Fatal(err)
	}
	alfa.Do(func(ctx context.Context, tx *store.Tx) error {
		plan := &explaining{DBTX: tx.Raw()}
		rows, err := db.New(plan).AuditEventListNewest(ctx, db.AuditEventListNewestParams{
			Until: time.Now().Add(time.Hour), At: time.Now().Add(time.Hour), ID: uuid.Max, Most: 51,
		})
		if len(rows) != 51 || !strings.Contains(plan.text, "Index Scan Backward using audit_events_latest") || strings.Contains(plan.text, "Sort") {
			t.Errorf("%d rows are read by\n%s", len(rows), plan.text)
		}
		return err
	})
}

// explaining asks the database how it would answer each query before it does.
type explaining struct {
	db.DBTX
	text string
}

func (e *explaining) Query(ctx context.Context, sql string, arguments ...any) (pgx.Rows, error) {
	rows, err := e.DBTX.Query(ctx, "explain (costs off) "+sql, arguments...)
	if err != nil {
		return nil, err
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, err
	}
	e.text = strings.Join(lines, "\n")
	return e.DBTX.Query(ctx, sql, arguments...)
}
