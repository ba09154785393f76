package invite_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"frontdesk/internal/guard"
	"frontdesk/internal/testkit/clinic"
)

const newPassword = "a quiet horse reads"

// joining is what a new person fills in.
func joining(changes ...string) url.Values {
	fields := url.Values{"name": {"Ion Radu"}, "password": {newPassword}, "password_confirm": {newPassword}}
	for i := 0; i < len(changes); i += 2 {
		fields.Set(changes[i], changes[i+1])
	}
	return fields
}

// invited makes an owner invite the address as staff, and returns the link's path.
func invited(t *testing.T, world *clinic.World, owner *clinic.Browser, email string) string {
	t.Helper()
	answer := owner.Post("/team", url.Values{"name": {"Ion"}, "email": {email}, "_idempotency_key": {uuid.NewString()}})
	if answer.Status != http.StatusSeeOther {
		t.Fatalf("invite answered %d: %s", answer.Status, answer.Text("main"))
	}
	return linkOn(t, world, owner.Get("/team"))
}

func linkOn(t *testing.T, world *clinic.World, page *clinic.Answer) string {
	t.Helper()
	link, _ := page.Find("a[data-invite-link]").Attr("href")
	path, ours := strings.CutPrefix(link, world.URL)
	if !ours {
		t.Fatalf("no link of ours: %q", link)
	}
	return path
}

func TestANewPersonJoinsAndIsSignedIn(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	path := invited(t, world, alfa.SignInOwner(), "ion@alfa.example")
	guest := world.Browser()
	page := guest.Get(path)
	if page.Status != http.StatusOK || page.Value(`input[name="name"]`) != "Ion" || !strings.Contains(page.Text("main"), "Clinic alfa") {
		t.Fatalf("the invite: %d %q", page.Status, page.Text("main"))
	}
	if answer := guest.Post(path, joining()); answer.Status != http.StatusSeeOther || answer.Location() != "/" {
		t.Fatalf("accept: %d %q", answer.Status, answer.Location())
	}
	if status := guest.Get("/").Status; status != http.StatusOK {
		t.Errorf("the start page: %d", status)
	}
	again := world.Browser()
	if answer := again.Post("/login", url.Values{"email": {"ion@alfa.example"}, "password": {newPassword}}); answer.Status != http.StatusSeeOther {
		t.Errorf("sign-in with the new password: %d", answer.Status)
	}
}

func TestAWrongFormSaysSoAndUsesNothingUp(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	path := invited(t, world, world.Clinic("alfa").SignInOwner(), "ion@alfa.example")
	guest := world.Browser()
	for _, wrong := range []struct{ field, value string }{
		{"name", ""}, {"name", strings.Repeat("n", 10_000)}, {"name", "nul\x00"},
		{"password", ""}, {"password", "short"}, {"password", strings.Repeat("p", 129)}, {"password", "nul \x00 in a password"},
		{"password_confirm", ""}, {"password_confirm", "something else"},
	} {
		answer := guest.Post(path, joining(wrong.field, wrong.value))
		if answer.Status != http.StatusUnprocessableEntity || answer.Find("#"+wrong.field+"-error").Length() != 1 {
			t.Errorf("%s %.20q: %d", wrong.field, wrong.value, answer.Status)
		}
		if strings.Contains(string(answer.Body), newPassword) {
			t.Error("a password is in the page")
		}
	}
	if answer := guest.Post(path, joining()); answer.Status != http.StatusSeeOther {
		t.Errorf("the right form: %d", answer.Status)
	}
}

func TestHazard037TwentyAcceptsOfOneInviteLetOneIn(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	path := invited(t, world, world.Clinic("alfa").SignInOwner(), "ion@alfa.example")
	statuses := race(t, world, 20, func(int) string { return path })
	if statuses[http.StatusSeeOther] != 1 || statuses[http.StatusConflict] != 19 {
		t.Fatalf("statuses %v", statuses)
	}
	if n := world.Database.Count(t, "select count(*) from memberships join users on users.id = user_id where email = 'ion@alfa.example'"); n != 1 {
		t.Errorf("%d memberships", n)
	}
}

// race accepts in so many browsers at once, and counts the statuses.
func race(t *testing.T, world *clinic.World, times int, path func(int) string) map[int]int {
	t.Helper()
	browsers := make([]*clinic.Browser, times)
	for i := range browsers {
		browsers[i] = world.Browser()
		browsers[i].Token()
	}
	var mutex sync.Mutex
	var group sync.WaitGroup
	statuses := map[int]int{}
	for i, browser := range browsers {
		group.Go(func() {
			status := browser.Post(path(i), joining()).Status
			mutex.Lock()
			defer mutex.Unlock()
			statuses[status]++
		})
	}
	group.Wait()
	return statuses
}

// obstacles put an invite to alfa, whose address is $1, into each state in which it
// is no good. Where the address has an account, it is beta's receptionist's.
var obstacles = []struct {
	reason, statement string
	account           bool
}{
	{"expired", "update invites set expires_at = now() - interval '1 second' where email = $1", false},
	{"used", "update invites set accepted_at = now() where email = $1", false},
	{"cancelled", "update invites set revoked_at = now(), revoked_reason = 'cancelled' where email = $1", false},
	{"cancelled", "update invites set revoked_at = now() where email = $1", false}, // of before reasons were kept
	{"replaced", "update invites set revoked_at = now(), revoked_reason = 'replaced' where email = $1", false},
	{"removed", "update invites set revoked_at = now(), revoked_reason = 'removed' where email = $1", false},
	{"expired", "update invites set revoked_at = now(), revoked_reason = 'expired' where email = $1", false},
	{"tenant_suspended", "update tenants set status = 'suspended' where slug = 'alfa' and $1 <> ''", false},
	{"tenant_deleted", "update tenants set status = 'deleted', deleted_at = now() where slug = 'alfa' and $1 <> ''", false},
	{"full", "update tenants set max_seats = 2 where slug = 'alfa' and $1 <> ''", false},
	{"person_suspended", "update users set status = 'suspended' where email = $1", true},
	{"person_deleted", "update users set status = 'deleted', deleted_at = now() where email = $1", true},
	{"person_super_admin", "update users set super_admin = true where email = $1", true},
	{"member", `insert into memberships (tenant_id, id, user_id, role)
		select tenants.id, gen_random_uuid(), users.id, 'staff' from tenants, users where slug = 'alfa' and email = $1`, true},
	{"removed", `insert into memberships (tenant_id, id, user_id, role, status)
		select tenants.id, gen_random_uuid(), users.id, 'staff', 'revoked' from tenants, users where slug = 'alfa' and email = $1`, true},
}

func TestHazard038AnInviteThatIsNoGoodSaysWhyAndNamesNobody(t *testing.T) {
	t.Parallel()
	for _, obstacle := range obstacles {
		t.Run(obstacle.reason, func(t *testing.T) {
			t.Parallel()
			world := clinic.New(t)
			alfa, beta := world.Clinic("alfa"), world.Clinic("beta")
			email := "ion@alfa.example"
			if obstacle.account {
				email = beta.Staff.Email
			}
			path := invited(t, world, alfa.SignInOwner(), email)
			world.Database.Execute(t, obstacle.statement, email)
			refused(t, world, obstacle.reason, path)
		})
	}
}

// refused asserts that the link is no good, for this reason and in no name.
func refused(t *testing.T, world *clinic.World, reason, path string) {
	t.Helper()
	guest := world.Browser()
	page, answer := guest.Get(path), guest.Post(path, joining())
	if page.Status != http.StatusGone || answer.Status != http.StatusConflict {
		t.Errorf("%s: GET %d, POST %d", reason, page.Status, answer.Status)
	}
	for _, said := range []*clinic.Answer{page, answer} {
		if said.Find(`h1[data-reason="invite.`+reason+`"]`).Length() != 1 {
			t.Errorf("%s: the page says %q", reason, said.Text("main"))
		}
		if text := strings.ToLower(string(said.Body)); strings.Contains(text, "alfa") || strings.Contains(text, "beta") {
			t.Errorf("%s: the page names the clinic or the address", reason)
		}
	}
}

func TestHazard038ATokenThatNobodyMadeIsNotThere(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	path := invited(t, world, world.Clinic("alfa").SignInOwner(), "ion@alfa.example")
	unknown, _ := guard.NewToken()
	guest := world.Browser()
	for _, wrong := range []string{
		"/invite/" + unknown, path[:len(path)-1], path + "A", path + "=", "/invite/x", "/invite/%00", "/invite/..%2f", "/invite/" + strings.Repeat("A", 4000),
	} {
		if answer := guest.Get(wrong); answer.Status != http.StatusNotFound || answer.Header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("GET %.30s: %d %s", wrong, answer.Status, answer.Header.Get("Referrer-Policy"))
		}
		if status := guest.Post(wrong, joining()).Status; status != http.StatusNotFound {
			t.Errorf("POST %.30s: %d", wrong, status)
		}
	}
}

func TestHazard038ARenewedInviteKillsTheOldLink(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	owner := world.Clinic("alfa").SignInOwner()
	old := invited(t, world, owner, "ion@alfa.example")
	renewal := "/team/invites/" + openInvite(t, owner) + "/renewal"
	key := url.Values{"_idempotency_key": {uuid.NewString()}}
	for range 3 {
		if answer := owner.Post(renewal, key); answer.Status != http.StatusSeeOther || answer.Location() != "/team" {
			t.Fatalf("renewal: %d %q", answer.Status, answer.Location())
		}
	}
	renewed := linkOn(t, world, owner.Get("/team"))
	if n := world.Database.Count(t, "select count(*) from invites"); n != 2 {
		t.Errorf("%d invites after one renewal, sent three times", n)
	}
	refused(t, world, "replaced", old)
	if status := owner.Post(renewal, nil).Status; status != http.StatusConflict {
		t.Errorf("renewal of what is replaced: %d", status)
	}
	again := "/team/invites/" + openInvite(t, owner) + "/renewal"
	guest := world.Browser()
	if status := guest.Post(renewed, joining()).Status; status != http.StatusSeeOther {
		t.Errorf("the new link: %d", status)
	}
	if status := owner.Post(again, nil).Status; status != http.StatusConflict {
		t.Errorf("renewal after the person joined: %d", status)
	}
}

// openInvite is the id of the first invite on the team's page.
func openInvite(t *testing.T, owner *clinic.Browser) string {
	t.Helper()
	row, _ := owner.Get("/team").Find(`tr[id^="invite-"]`).Attr("id")
	id, found := strings.CutPrefix(row, "invite-")
	if !found {
		t.Fatal("no invite on the team's page")
	}
	return id
}

func TestHazard039TheLastSeatIsTakenOnce(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	owner := alfa.SignInOwner()
	paths := []string{}
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		paths = append(paths, invited(t, world, owner, name+"@alfa.example"))
	}
	world.Database.Execute(t, "update tenants set max_seats = 3 where id = $1", alfa.ID)
	statuses := race(t, world, len(paths), func(i int) string { return paths[i] })
	if statuses[http.StatusSeeOther] != 1 || statuses[http.StatusConflict] != len(paths)-1 {
		t.Fatalf("statuses %v", statuses)
	}
	if n := world.Database.Count(t, "select count(*) from users"); n != 3 {
		t.Errorf("%d people: a loser left an account", n)
	}
	world.Database.Execute(t, "update tenants set max_seats = 4 where id = $1", alfa.ID)
	if statuses := race(t, world, len(paths), func(i int) string { return paths[i] }); statuses[http.StatusSeeOther] != 1 {
		t.Errorf("a seat came free, and: %v", statuses)
	}
}

func TestHazard040RoleAndAddressAreTheInvites(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa, beta := world.Clinic("alfa"), world.Clinic("beta")
	path := invited(t, world, alfa.SignInOwner(), "ion@alfa.example")
	guest := world.Browser()
	guest.Post(path, joining("role", "owner", "email", "boss@alfa.example", "tenant_id", beta.ID.String(), "super_admin", "true", "status", "owner"))
	if status := guest.Get("/team").Status; status != http.StatusForbidden {
		t.Errorf("at /team: %d", status)
	}
	if n := world.Database.Count(t, "select count(*) from memberships join users on users.id = user_id where email = 'ion@alfa.example' and role = 'staff' and tenant_id = $1 and not super_admin", alfa.ID); n != 1 {
		t.Error("not a receptionist of the inviting clinic")
	}
}

func TestHazard041AnAccountJoinsOnlyByItsOwner(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa, beta := world.Clinic("alfa"), world.Clinic("beta")
	path := invited(t, world, alfa.SignInOwner(), beta.Staff.Email)
	guest := world.Browser()
	page := guest.Get(path)
	if href, _ := page.Find(`main a[href^="/login"]`).First().Attr("href"); page.Status != http.StatusOK || href != "/login?next="+path {
		t.Fatalf("nobody: %d, sign in at %q", page.Status, href)
	}
	if page.Find(`input[type="password"]`).Length() != 0 {
		t.Error("the page asks for a password")
	}
	if status := guest.Post(path, joining()).Status; status != http.StatusConflict {
		t.Errorf("nobody accepts: %d", status)
	}
	other := beta.SignInOwner()
	if text := other.Get(path).Text("main"); !strings.Contains(text, "owner of beta") || !strings.Contains(text, beta.Staff.Email) {
		t.Errorf("somebody else reads: %q", text)
	}
	if status := other.Post(path, joining()).Status; status != http.StatusConflict {
		t.Errorf("somebody else accepts: %d", status)
	}
	self := beta.SignInStaff()
	before := session(t, world, self)
	if page := self.Get(path); page.Find(`form#join button`).Length() != 1 || page.Find("form#join input:not([type=hidden])").Length() != 0 {
		t.Error("not a single button")
	}
	if answer := self.Post(path, nil); answer.Status != http.StatusSeeOther {
		t.Fatalf("the account's owner: %d %s", answer.Status, answer.Text("main"))
	}
	if session(t, world, self) == before {
		t.Error("the session's token stayed the same")
	}
	if text := self.Get("/").Text("body"); !strings.Contains(text, "Clinic alfa") {
		t.Error("not in the new clinic")
	}
	world.SignIn(beta.Staff.Email) // with the old password
	if n := world.Database.Count(t, "select count(*) from memberships where user_id = $1", beta.Staff.ID); n != 2 {
		t.Errorf("%d memberships", n)
	}
}

func session(t *testing.T, world *clinic.World, browser *clinic.Browser) string {
	t.Helper()
	base, err := url.Parse(world.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, cookie := range browser.Client.Jar.Cookies(base) {
		if cookie.Name == "session" {
			return cookie.Value
		}
	}
	return ""
}

func TestHazard042LookingUsesNothingUp(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	path := invited(t, world, world.Clinic("alfa").SignInOwner(), "ion@alfa.example")
	for range 3 {
		scanner := world.Browser()
		if answer := scanner.Get(path); answer.Status != http.StatusOK || answer.Header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("GET: %d, Referrer-Policy %q", answer.Status, answer.Header.Get("Referrer-Policy"))
		}
		scanner.Do(scanner.Request(http.MethodHead, path, nil))
	}
	if status := world.Browser().Post(path, joining()).Status; status != http.StatusSeeOther {
		t.Errorf("accept after that: %d", status)
	}
}

func TestHazard013AnInvitesFormComesWithoutItsOriginYetOtherSitesAreRefused(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	path := invited(t, world, world.Clinic("alfa").SignInOwner(), "ion@alfa.example")
	guest := world.Browser()
	send := func(site string) int {
		fields := joining()
		fields.Set("_csrf", guest.Token())
		request := guest.Request(http.MethodPost, path, fields)
		request.Header.Set("Origin", "null")
		if site != "" {
			request.Header.Set("Sec-Fetch-Site", site)
		}
		return guest.Do(request).Status
	}
	for _, site := range []string{"", "none", "cross-site", "same-site"} {
		if status := send(site); status != http.StatusForbidden {
			t.Errorf("Origin null, Sec-Fetch-Site %q: %d", site, status)
		}
	}
	if status := send("same-origin"); status != http.StatusSeeOther {
		t.Errorf("the form of the page itself: %d", status)
	}
}

func TestASuperAdminJoinsNoClinic(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	admin := world.SuperAdmin()
	path := invited(t, world, alfa.SignInOwner(), "later@frontdesk.example")
	world.Database.Execute(t, "update invites set email = (select email from users where super_admin)")
	world.Vouch()
	if status := admin.Post(path, nil).Status; status != http.StatusConflict {
		t.Fatalf("status %d", status)
	}
	if status := admin.Get("/admin").Status; status != http.StatusOK {
		t.Errorf("the console: %d", status)
	}
}

func TestAnOwnerTakesAnInviteBackOnceAndOnlyTheirOwn(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa, beta := world.Clinic("alfa"), world.Clinic("beta")
	owner, stranger := alfa.SignInOwner(), beta.SignInOwner()
	path := invited(t, world, owner, "ion@alfa.example")
	row, _ := owner.Get("/team").Find(`tr[id^="invite-"]`).Attr("id")
	id := strings.TrimPrefix(row, "invite-")
	theirs := stranger.Post("/team/invites/"+id+"/revocation", nil)
	random := uuid.Must(uuid.NewV7()).String()
	nobodys := stranger.Post("/team/invites/"+random+"/revocation", nil)
	if theirs.Status != http.StatusNotFound || theirs.Text("main") == "" || theirs.Masked() != nobodys.Masked() {
		t.Errorf("another clinic's: %d, an unknown one: %d", theirs.Status, nobodys.Status)
	}
	if status := alfa.SignInStaff().Post("/team/invites/"+id+"/revocation", nil).Status; status != http.StatusForbidden {
		t.Errorf("staff: %d", status)
	}
	if status := world.Browser().Get(path).Status; status != http.StatusOK {
		t.Fatalf("the link died: %d", status)
	}
	if status := owner.Post("/team/invites/"+id+"/revocation", nil).Status; status != http.StatusSeeOther {
		t.Errorf("the owner: %d", status)
	}
	for _, verb := range []string{"revocation", "renewal"} {
		refusedInPlace(t, owner.Post("/team/invites/"+id+"/"+verb, nil), "#members", "Team")
	}
	if status := world.Browser().Post(path, joining()).Status; status != http.StatusConflict {
		t.Errorf("accept after that: %d", status)
	}
}

func TestHazard041WhoseClinicIsGoneSignsInToJoinAnother(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa, beta := world.Clinic("alfa"), world.Clinic("beta")
	path := invited(t, world, alfa.SignInOwner(), beta.Staff.Email)
	world.Database.Execute(t, "update tenants set status = 'suspended' where id = $1", beta.ID)
	person := world.SignIn(beta.Staff.Email)
	if page := person.Get(path); page.Status != http.StatusOK || page.Find("form#join button").Length() != 1 {
		t.Fatalf("the invite: %d %s", page.Status, page.Text("main"))
	}
	pressed := url.Values{"_csrf": {person.Token()}}
	token := session(t, world, person)
	if answer := person.Post(path, nil); answer.Status != http.StatusSeeOther || answer.Location() != "/" {
		t.Fatalf("accept: %d %s", answer.Status, answer.Text("main"))
	}
	// The second press of a double click was sent with the first one's cookie.
	again := world.Browser()
	request := again.Request(http.MethodPost, path, pressed)
	request.AddCookie(&http.Cookie{Name: "session", Value: token})
	if answer := again.Do(request); answer.Status != http.StatusSeeOther || answer.Location() != "/login" {
		t.Errorf("the second press: %d %q", answer.Status, answer.Location())
	}
	forged := again.Request(http.MethodPost, path, url.Values{"_csrf": {"x"}})
	forged.AddCookie(&http.Cookie{Name: "session", Value: token})
	if answer := again.Do(forged); answer.Status != http.StatusForbidden {
		t.Errorf("a forged form with that cookie: %d", answer.Status)
	}
	if text := person.Get("/").Text("body"); !strings.Contains(text, "Clinic alfa") {
		t.Error("not in the new clinic")
	}
}
