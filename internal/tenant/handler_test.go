package tenant_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/uuid"

	"frontdesk/internal/config"
	"frontdesk/internal/testkit"
	"frontdesk/internal/testkit/clinic"
)

// form is a new clinic's, filled in right, but for the changes.
func form(changes ...string) url.Values {
	fields := url.Values{
		"name": {"Dental North"}, "slug": {"dental-north"}, "timezone": {"Europe/Bucharest"}, "max_seats": {"5"},
		"owner_name": {"Ana Pop"}, "owner_email": {"ana@north.example"}, "_idempotency_key": {uuid.NewString()},
	}
	for i := 0; i < len(changes); i += 2 {
		fields.Set(changes[i], changes[i+1])
	}
	return fields
}

func TestASuperAdminCreatesAClinicAndSeesTheLinkOnce(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	admin := world.SuperAdmin()

	answer := admin.Post("/admin/tenants", form())
	if answer.Status != http.StatusSeeOther || !strings.HasPrefix(answer.Location(), "/admin/tenants/") {
		t.Fatalf("created: %d %q", answer.Status, answer.Location())
	}
	for _, cookie := range (&http.Response{Header: answer.Header}).Cookies() {
		if !cookie.HttpOnly || cookie.MaxAge > 600 {
			t.Errorf("cookie %s: HttpOnly %v, for %d s", cookie.Name, cookie.HttpOnly, cookie.MaxAge)
		}
	}
	page := admin.Get(answer.Location())
	link, _ := page.Find("a[data-invite-link]").Attr("href")
	if !strings.HasPrefix(link, world.URL+"/invite/") {
		t.Fatalf("link %q", link)
	}
	if page.Find(`[data-sent="false"]`).Length() != 1 {
		t.Error("the page does not say that nothing was sent")
	}
	if text := page.Text("#invites"); !strings.Contains(text, "ana@north.example") || !strings.Contains(text, "Open") {
		t.Errorf("invites: %q", text)
	}
	if admin.Get(answer.Location()).Find("a[data-invite-link]").Length() != 0 {
		t.Error("the link shows twice")
	}
	token := strings.TrimPrefix(link, world.URL+"/invite/")
	if n := world.Database.Count(t, "select count(*) from invites where invites::text like '%' || $1 || '%'", token); n != 0 {
		t.Error("the token is stored")
	}
	if strings.Contains(world.Log.String(), token) {
		t.Error("the token is in the log")
	}
}

func TestTheLinkIsForThatClinicsPageAndThatPersonOnly(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	admin, other := world.SuperAdmin(), world.SuperAdmin()
	made := admin.Post("/admin/tenants", form())
	second := other.Post("/admin/tenants", form("slug", "dental-south"))
	base, err := url.Parse(world.URL)
	if err != nil {
		t.Fatal(err)
	}
	if admin.Get(second.Location()).Find("a[data-invite-link]").Length() != 0 {
		t.Error("another clinic's page shows the link")
	}
	for _, cookie := range admin.Client.Jar.Cookies(base) {
		if cookie.Name == "invite_link" {
			other.Client.Jar.SetCookies(base, []*http.Cookie{cookie})
		}
	}
	if other.Get(made.Location()).Find("a[data-invite-link]").Length() != 0 {
		t.Error("another person's browser shows the link")
	}
	if admin.Get(made.Location()).Find("a[data-invite-link]").Length() != 1 {
		t.Error("the link is lost")
	}
}

func TestHazard010ALinkBeginsWithTheConfiguredAddress(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	admin := world.SuperAdmin()
	fields := form()
	fields.Set("_csrf", admin.Token())
	request := admin.Request(http.MethodPost, "/admin/tenants", fields)
	request.Header.Set("X-Forwarded-Host", "evil.example")
	request.Header.Set("X-Forwarded-Proto", "https")
	base := request.URL.JoinPath("/")
	for _, cookie := range admin.Client.Jar.Cookies(base) {
		request.AddCookie(cookie)
	}
	// Without the jar, which would take the cookies to be of the other host.
	request.Host = "evil.example"
	response, err := admin.Client.Transport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	admin.Client.Jar.SetCookies(base, response.Cookies())
	location := response.Header.Get("Location")
	if !strings.HasPrefix(location, "/admin/tenants/") {
		t.Fatalf("status %d, to %q", response.StatusCode, location)
	}
	if link, _ := admin.Get(location).Find("a[data-invite-link]").Attr("href"); !strings.HasPrefix(link, world.Config.AppBaseURL+"/invite/") {
		t.Errorf("link %q", link)
	}
}

func TestAWrongFieldSaysSoAndWhatWasTypedStays(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	admin := world.SuperAdmin()
	long := strings.Repeat("a", 10_000)
	for field, values := range map[string][]string{
		"name":        {"", long, "a\nb", "nul\x00", "\xff\xfe"},
		"slug":        {"", "ab", "Alfa", "a b c", "ăăă", "<script>", long, "a\x00bc", "abc/def"},
		"timezone":    {"", "Local", "localtime", "posixrules", "Factory", "right/UTC", "Mars/Olympus", "../etc/passwd", "/etc/localtime", long},
		"max_seats":   {"", "0", "-1", "10001", "1e3", "5.5", "five", "9223372036854775808"},
		"owner_name":  {"", long},
		"owner_email": {"", "ana", "ana@", "Ana <ana@north.example>", "a@b.example\r\nBcc: c@d.example", long + "@b.example"},
		"country":     {"XX", "ro"}, "currency": {"XXX"},
	} {
		for _, value := range values {
			answer := admin.Post("/admin/tenants", form(field, value, "_idempotency_key", "0197b2c4-7a51-4e8f-9a61-0c1d2e3f4a5b"))
			if answer.Status != http.StatusUnprocessableEntity {
				t.Errorf("%s %.40q: status %d", field, value, answer.Status)
				continue
			}
			if answer.Find(fmt.Sprintf(`[name=%q][aria-invalid="true"]`, field)).Length() != 1 || answer.Find("#"+field+"-error").Length() != 1 {
				t.Errorf("%s %.40q: the field does not say so", field, value)
			}
			if field != "owner_name" && answer.Value(`[name="owner_name"]`) != "Ana Pop" {
				t.Errorf("%s %.40q: the owner's name was not kept", field, value)
			}
			if answer.Value(`[name="_idempotency_key"]`) != "0197b2c4-7a51-4e8f-9a61-0c1d2e3f4a5b" {
				t.Errorf("%s %.40q: another idempotency key", field, value)
			}
		}
	}
	if n := world.Database.Count(t, "select count(*) from tenants"); n != 0 {
		t.Errorf("%d clinics were made", n)
	}
}

func TestHazard047ATakenShortNameIsRefusedAlsoInARace(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	admin := world.SuperAdmin()
	admin.Token()
	statuses := make([]int, 8)
	var group sync.WaitGroup
	for i := range statuses {
		group.Go(func() {
			statuses[i] = admin.Post("/admin/tenants", form("owner_email", "owner"+strconv.Itoa(i)+"@north.example")).Status
		})
	}
	group.Wait()
	slices.Sort(statuses)
	if statuses[0] != http.StatusSeeOther || statuses[1] != http.StatusUnprocessableEntity || statuses[7] != http.StatusUnprocessableEntity {
		t.Fatalf("statuses %v", statuses)
	}
	if answer := admin.Post("/admin/tenants", form()); answer.Find("#slug-error").Length() != 1 {
		t.Error("the short name does not say that it is taken")
	}
	if n := world.Database.Count(t, "select count(*) from tenants") + 10*world.Database.Count(t, "select count(*) from invites"); n != 11 {
		t.Errorf("tenants and invites: %d", n)
	}
}

func TestHazard072TheSameFormFiveTimesMakesOneClinic(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	admin := world.SuperAdmin()
	admin.Token()
	fields, locations := form(), make([]string, 5)
	var group sync.WaitGroup
	for i := range locations {
		group.Go(func() { locations[i] = admin.Post("/admin/tenants", fields).Location() })
	}
	group.Wait()
	for _, location := range locations {
		if location == "" || location != locations[0] {
			t.Fatalf("locations %v", locations)
		}
	}
	if n := world.Database.Count(t, "select count(*) from tenants") + 10*world.Database.Count(t, "select count(*) from invites"); n != 11 {
		t.Errorf("tenants and invites: %d", n)
	}
}

func TestHazard021TheConsoleAndTheClinicsAreApart(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	owner, staff, admin := alfa.SignInOwner(), alfa.SignInStaff(), world.SuperAdmin()
	page := "/admin/tenants/" + alfa.ID.String()
	for _, path := range []string{"/admin", "/admin/tenants", "/admin/tenants/new", page} {
		for name, browser := range map[string]*clinic.Browser{"owner": owner, "staff": staff} {
			if status := browser.Get(path).Status; status != http.StatusForbidden {
				t.Errorf("%s at %s: %d", name, path, status)
			}
		}
		if answer := world.Browser().Get(path); answer.Status != http.StatusSeeOther || !strings.HasPrefix(answer.Location(), "/login") {
			t.Errorf("nobody at %s: %d", path, answer.Status)
		}
		if status := admin.Get(path).Status; status != http.StatusOK {
			t.Errorf("super-admin at %s: %d", path, status)
		}
	}
	for _, path := range []string{"/admin/tenants", page + "/invites"} {
		if status := owner.Post(path, form()).Status; status != http.StatusForbidden {
			t.Errorf("owner posts to %s: %d", path, status)
		}
	}
	for _, path := range []string{"/team", "/clients", "/calendar"} {
		if status := admin.Get(path).Status; status != http.StatusForbidden {
			t.Errorf("super-admin at %s: %d", path, status)
		}
	}
	if status := admin.Post("/team", url.Values{"name": {"X"}, "email": {"x@y.example"}}).Status; status != http.StatusForbidden {
		t.Errorf("super-admin posts to /team: %d", status)
	}
}

func TestAnUnknownClinicIsNotThere(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	admin := world.SuperAdmin()
	for _, id := range []string{uuid.NewString(), "1", "new2", "%00", strings.Repeat("9", 300)} {
		if status := admin.Get("/admin/tenants/" + id).Status; status != http.StatusNotFound {
			t.Errorf("%.20s: %d", id, status)
		}
		if status := admin.Post("/admin/tenants/"+id+"/invites", nil).Status; status != http.StatusNotFound {
			t.Errorf("invites of %.20s: %d", id, status)
		}
	}
}

func TestTheListIsSearchedAndPaged(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	admin := world.SuperAdmin()
	connection := testkit.Connect(t, world.Database.SuperuserURL)
	_, err := connection.Exec(t.Context(), `insert into tenants (id, name, slug, timezone, max_seats)
		select gen_random_uuid(), 'Clinic ' || lpad(n::text, 3, '0'), 'clinic-' || n, 'Europe/Bucharest', 5 from generate_series(1, 120) n`)
	if err != nil {
		t.Fatal(err)
	}
	seen, pages, path := map[string]bool{}, 0, "/admin/tenants"
	for path != "" && pages < 5 {
		page := admin.Get(path)
		page.Find(`tr[id^="tenant-"]`).Each(func(_ int, row *goquery.Selection) { seen[row.AttrOr("id", "")] = true })
		path, _ = page.Find(`a[rel="next"]`).Attr("href")
		pages++
	}
	if len(seen) != 120 || pages != 3 {
		t.Errorf("%d clinics on %d pages", len(seen), pages)
	}
	for search, found := range map[string]int{"clinic 07": 10, "CLINIC-120": 1, "%": 0, "_": 0, `\`: 0, "'; drop table tenants": 0} {
		page := admin.Get("/admin/tenants?q=" + url.QueryEscape(search))
		if n := page.Find(`tr[id^="tenant-"]`).Length(); n != found {
			t.Errorf("%q finds %d, not %d", search, n, found)
		}
		if page.Value(`input[name="q"]`) != search {
			t.Errorf("%q was not kept", search)
		}
	}
	for _, forged := range []string{"x", "e30x", "bm8", strings.Repeat("A", 3000)} {
		if status := admin.Get("/admin/tenants?after=" + forged).Status; status != http.StatusBadRequest {
			t.Errorf("cursor %.20q: %d", forged, status)
		}
	}
}

func TestAnAddressOfTheListSaysNothingOfItsUsualOrder(t *testing.T) {
	t.Parallel()
	admin := clinic.New(t).SuperAdmin()
	order := `input[form="tenants-filter"][name="sort"], input[form="tenants-filter"][name="direction"]`
	usual, other := admin.Get("/admin/tenants"), admin.Get("/admin/tenants?sort=created&direction=asc")
	if n := usual.Find(order).Length(); n != 0 {
		t.Errorf("a search from the usual list would send %d fields of its order", n)
	}
	if n := other.Find(order).Length(); n != 2 || other.Value(order) != "created" {
		t.Errorf("a search from another order would send %d fields, %q", n, other.Value(order))
	}
}

func TestHazard033WhatWasTypedIsShownAsText(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	admin := world.SuperAdmin()
	name := `<img src=x onerror=alert(1)> %_\ ' $1 "😀" {{.}}`
	answer := admin.Post("/admin/tenants", form("name", name, "owner_name", name))
	for _, path := range []string{"/admin", "/admin/tenants", answer.Location()} {
		page := admin.Get(path)
		if page.Find("img").Length() != 0 {
			t.Errorf("%s: markup came through", path)
		}
		if !strings.Contains(page.Text("main"), `onerror=alert(1)> %_\ ' $1 "😀" {{.}}`) {
			t.Errorf("%s: the name is not shown as typed", path)
		}
	}
}

func TestASuperAdminIsNoClinicsOwner(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	admin := world.SuperAdmin()
	connection := testkit.Connect(t, world.Database.SuperuserURL)
	var email string
	if err := connection.QueryRow(t.Context(), "select email from users").Scan(&email); err != nil {
		t.Fatal(err)
	}
	if answer := admin.Post("/admin/tenants", form("owner_email", email)); answer.Status != http.StatusUnprocessableEntity || answer.Find("#owner_email-error").Length() != 1 {
		t.Fatalf("status %d", answer.Status)
	}
}

func TestAnInviteIsMailedWhereMailIsConfigured(t *testing.T) {
	t.Parallel()
	smtp := testkit.SMTP(t)
	world := clinic.New(t, clinic.With(func(c *config.Config) {
		c.SMTPURL = fmt.Sprintf("smtp://localhost:%d?tls=none", smtp.PlainPort)
		c.MailFrom = "Frontdesk <desk@frontdesk.example>"
	}))
	admin := world.SuperAdmin()
	page := admin.Get(admin.Post("/admin/tenants", form("name", "Alfa: Bcc")).Location())
	if page.Find(`[data-sent="true"]`).Length() != 1 || page.Find("a[data-invite-link]").Length() != 0 {
		t.Errorf("sent: %q", page.Text("main"))
	}
	message := smtp.Next(t)
	if len(message.To) != 1 || message.To[0] != "ana@north.example" {
		t.Errorf("to %v", message.To)
	}
	if raw := strings.ReplaceAll(string(message.Raw), "=\r\n", ""); !strings.Contains(raw, world.URL+"/invite/") {
		t.Errorf("no link in\n%s", raw)
	}
}

func TestHazard042AMailThatFailsIsSaidAndTheLinkIsAtHand(t *testing.T) {
	t.Parallel()
	smtp := testkit.SMTP(t)
	smtp.Answer(testkit.SMTPRecipientRefused)
	world := clinic.New(t, clinic.With(func(c *config.Config) {
		c.SMTPURL = fmt.Sprintf("smtp://localhost:%d?tls=none", smtp.PlainPort)
		c.MailFrom = "desk@frontdesk.example"
	}))
	admin := world.SuperAdmin()
	answer := admin.Post("/admin/tenants", form())
	page := admin.Get(answer.Location())
	if page.Find(`[data-sent="false"]`).Length() != 1 || page.Find("a[data-invite-link]").Length() != 1 {
		t.Fatalf("refused: %q", page.Text("main"))
	}
	smtp.Answer(testkit.SMTPTaken)
	row, _ := page.Find(`tr[id^="invite-"]`).Attr("id")
	admin.Post(answer.Location()+"/invites/"+strings.TrimPrefix(row, "invite-")+"/renewal", nil)
	if admin.Get(answer.Location()).Find(`[data-sent="true"]`).Length() != 1 {
		t.Error("the second try was not sent")
	}
}
