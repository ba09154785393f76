package server_test

import (
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"frontdesk/internal/guard"
	"frontdesk/internal/testkit"
	"frontdesk/internal/testkit/clinic"
)

func TestHazard013AWriteNeedsThisSessionsTokenAndOurOrigin(t *testing.T) {
	t.Parallel()
	n := twoClinics(t)
	people := browsers{n.Browser(), n.owner, n.SuperAdmin()}
	foreign := n.beta.SignInOwner().Token()
	stranger := n.Browser().Token()
	people.visitor.Token()
	people.member.Token()
	people.admin.Token()
	before := fingerprint(t, n.Database)
	for _, route := range n.Server.Routes() {
		if route.Method != http.MethodPost || route.Access == guard.Machine || route.Access == guard.MachineToken {
			continue
		}
		browser, path := people.who(route.Access), pathOf(route)
		good := browser.Token()
		for name, change := range map[string]func(*http.Request){
			"no token":                   func(*http.Request) {},
			"an empty token":             func(r *http.Request) { r.Header.Set("X-CSRF-Token", "") },
			"nonsense":                   func(r *http.Request) { r.Header.Set("X-CSRF-Token", "nonsense") },
			"another session's token":    func(r *http.Request) { r.Header.Set("X-CSRF-Token", foreign) },
			"a token before sign-in":     func(r *http.Request) { r.Header.Set("X-CSRF-Token", stranger) },
			"a token in the query":       func(r *http.Request) { r.URL.RawQuery = "_csrf=" + url.QueryEscape(good) },
			"a token in a cookie":        func(r *http.Request) { r.AddCookie(&http.Cookie{Name: "_csrf", Value: good}) },
			"an origin of null":          with(good, "Origin", "null"),
			"another origin":             with(good, "Origin", "https://evil.example"),
			"a subdomain":                with(good, "Origin", strings.Replace(n.URL, "http://", "http://sub.", 1)),
			"another port":               with(good, "Origin", "http://127.0.0.1:1"),
			"another scheme":             with(good, "Origin", strings.Replace(n.URL, "http://", "https://", 1)),
			"a cross-site request":       with(good, "Sec-Fetch-Site", "cross-site"),
			"a request of a sibling":     with(good, "Sec-Fetch-Site", "same-site"),
			"a token that was cut":       with(good[:len(good)-1], "Accept", "*/*"),
			"a token with a changed bit": with(flipped(good), "Accept", "*/*"),
		} {
			request := browser.Request(http.MethodPost, path, url.Values{"email": {"x@example.org"}})
			change(request)
			if answer := browser.Do(request); answer.Status != http.StatusForbidden {
				t.Errorf("%s with %s: %d", route.Path, name, answer.Status)
			}
		}
	}
	assertUntouched(t, n.Database, before)
}

func with(token, header, value string) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Set("X-CSRF-Token", token)
		r.Header.Set(header, value)
	}
}

// flipped changes a character in the middle, where each stands for six bits.
func flipped(token string) string {
	other := byte('A')
	if token[60] == other {
		other = 'B'
	}
	return token[:60] + string(other) + token[61:]
}

func TestHazard014OnlyPostWrites(t *testing.T) {
	t.Parallel()
	n := twoClinics(t)
	people := browsers{n.Browser(), n.owner, n.SuperAdmin()}
	declared := map[string]bool{}
	for _, route := range n.Server.Routes() {
		declared[route.Method+" "+route.Path] = true
		if route.Method != http.MethodGet && route.Method != http.MethodPost {
			t.Errorf("%s %s: writes are POST only", route.Method, route.Path)
		}
	}
	people.member.Token()
	people.admin.Token()
	people.visitor.Token()
	before := fingerprint(t, n.Database)
	for _, route := range n.Server.Routes() {
		if route.Access == guard.Machine {
			continue
		}
		browser, path := people.who(route.Access), pathOf(route)
		for _, method := range []string{"GET", "HEAD", "PUT", "PATCH", "DELETE", "TRACE", "POST"} {
			if declared[method+" "+route.Path] || method == "HEAD" && declared["GET "+route.Path] {
				continue
			}
			request := browser.Request(method, path, url.Values{"_method": {"POST"}})
			request.Header.Set("X-CSRF-Token", browser.Token())
			request.Header.Set("X-HTTP-Method-Override", "POST")
			// An address such as /clients/new also has the shape of /clients/:id.
			switch answer := browser.Do(request); answer.Status {
			case http.StatusMethodNotAllowed, http.StatusNotFound, http.StatusNotImplemented:
			default:
				t.Errorf("%s %s: %d", method, route.Path, answer.Status)
			}
		}
	}
	assertUntouched(t, n.Database, before)
}

// everyPage asks for each page of the table as somebody who may, filled with
// rows of the asker's own, and for a few that fail.
func everyPage(t *testing.T, n *neighbours, visit func(route guard.Route, path string, browser *clinic.Browser)) {
	t.Helper()
	people := browsers{n.Browser(), n.owner, n.SuperAdmin()}
	for _, route := range n.Server.Routes() {
		if route.Method != http.MethodGet || route.Access == guard.Machine {
			continue
		}
		path := pathOf(route)
		if ofClinic(route) {
			path = fill(route, n.ownOf)
		}
		visit(route, path, people.who(route.Access))
	}
	for _, path := range []string{"/no-such-page", "/clients/00000000-0000-0000-0000-000000000000", "/%ff"} {
		visit(guard.Route{Method: http.MethodGet, Path: path, Access: guard.Member}, path, n.owner)
	}
}

func TestHazard025PagesAreNeverStored(t *testing.T) {
	t.Parallel()
	everyPage(t, twoClinics(t), func(route guard.Route, path string, browser *clinic.Browser) {
		answer := browser.Get(path)
		if !strings.Contains(answer.Header.Get("Cache-Control"), "no-store") {
			t.Errorf("%s: Cache-Control %q", route.Path, answer.Header.Get("Cache-Control"))
		}
		if !strings.Contains(strings.Join(answer.Header.Values("Vary"), ","), "HX-Request") {
			t.Errorf("%s: Vary %q", route.Path, answer.Header.Values("Vary"))
		}
		for _, header := range []string{"Etag", "Last-Modified", "Expires"} {
			if value := answer.Header.Get(header); value != "" {
				t.Errorf("%s: %s %q", route.Path, header, value)
			}
		}
	})
}

func TestHazard025OneBrowserShowsEachClinicItsOwn(t *testing.T) {
	t.Parallel()
	n := twoClinics(t)
	browser := n.Browser()
	validators := map[string]string{}
	for _, visit := range []struct {
		of    *clinic.Clinic
		rows  possessions
		mark  string
		other string
	}{{n.alfa, n.own, ownMark, foreignMark}, {n.beta, n.foreign, foreignMark, ownMark}, {n.alfa, n.own, ownMark, foreignMark}} {
		if answer := browser.Post("/login", url.Values{"email": {visit.of.Owner.Email}, "password": {clinic.Password}}); answer.Location() != "/" {
			t.Fatalf("sign-in: %d", answer.Status)
		}
		browser.Forget()
		for _, path := range []string{"/", "/clients", "/clients/" + visit.rows["/clients/:id"].String(), "/inbox", "/team", "/settings/audit", "/calendar"} {
			request := browser.Request(http.MethodGet, path, nil)
			// As a cache between would ask that kept the page of who was here before.
			request.Header.Set("If-Modified-Since", "Fri, 31 Dec 2100 23:59:59 GMT")
			request.Header.Set("If-None-Match", validators[path])
			answer := browser.Do(request)
			validators[path] = cmp.Or(answer.Header.Get("Etag"), "*")
			if answer.Status != http.StatusOK || strings.Contains(string(answer.Body), visit.other) {
				t.Errorf("%s of %s: %d, and the clinic before stands in it: %t", path, visit.of.Slug, answer.Status, strings.Contains(string(answer.Body), visit.other))
			}
			if path == "/clients" && !strings.Contains(string(answer.Body), visit.mark) {
				t.Errorf("%s shows nothing of %s", path, visit.of.Slug)
			}
		}
		if answer := browser.Post("/logout", nil); answer.Header.Get("Clear-Site-Data") == "" {
			t.Error("the browser keeps what it has seen")
		}
		browser.Forget()
	}
}

func TestHazard068EveryAnswerCarriesThePolicyAndNoPageBreaksIt(t *testing.T) {
	t.Parallel()
	everyPage(t, twoClinics(t), func(route guard.Route, path string, browser *clinic.Browser) {
		answer := browser.Get(path)
		policy := answer.Header.Get("Content-Security-Policy")
		for _, wanted := range []string{"default-src 'none'", "base-uri 'none'", "frame-ancestors"} {
			if !strings.Contains(policy, wanted) {
				t.Errorf("%s: the policy lacks %s: %q", route.Path, wanted, policy)
			}
		}
		if route.Path == "/inbox/:id/messages/:message/body" {
			// A mail's frame has a policy of its own: styles of the mail, no script.
			if !strings.Contains(policy, "sandbox") || strings.Contains(policy, "script-src") || strings.Contains(policy, "allow-scripts") {
				t.Errorf("a mail's frame: the policy is %q", policy)
			}
			return
		}
		if strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") {
			t.Errorf("%s: the policy is %q", route.Path, policy)
		}
		if answer.Header.Get("X-Content-Type-Options") != "nosniff" || answer.Header.Get("Referrer-Policy") == "" {
			t.Errorf("%s: headers %v", route.Path, answer.Header)
		}
		if found := answer.Find("script:not([src]), style, [style], [onclick], [onload], [onerror], [onsubmit], [onchange], [oninput], [href^='javascript:'], [hx-on], [data-hx-on]"); found.Length() > 0 {
			html, err := found.First().Html()
			t.Errorf("%s: the policy would refuse %d elements, the first %s %q (%v)", route.Path, found.Length(), found.Nodes[0].Data, html, err)
		}
	})
}

func TestHazard070AFragmentIsForHTMXAndAPageForEverybodyElse(t *testing.T) {
	t.Parallel()
	everyPage(t, twoClinics(t), func(route guard.Route, path string, browser *clinic.Browser) {
		page, fragment := browser.Get(path), browser.Fragment(path)
		if strings.Contains(string(fragment.Body), "<html") && route.Path != "/inbox/:id/messages/:message/body" {
			t.Errorf("%s: htmx gets a whole page", route.Path)
		}
		if page.Status == http.StatusOK && strings.HasPrefix(page.Header.Get("Content-Type"), "text/html") && !strings.Contains(string(page.Body), "<html") {
			t.Errorf("%s: opened directly it is a fragment", route.Path)
		}
		// htmx says so when it asks for the page that Back leads to, and puts the answer
		// in the place of the whole document.
		restored := browser.Request(http.MethodGet, path, nil)
		restored.Header.Set("HX-Request", "true")
		restored.Header.Set("HX-History-Restore-Request", "true")
		if strings.Contains(string(page.Body), "<html") && !strings.Contains(string(browser.Do(restored).Body), "<html") {
			t.Errorf("%s: Back shows a fragment", route.Path)
		}
	})
}

func TestHazard070ASessionThatEndedSendsHTMXToTheSignInPage(t *testing.T) {
	t.Parallel()
	n := twoClinics(t)
	staff := n.alfa.SignInStaff()
	token := staff.Token()
	n.Database.Execute(t, "delete from sessions")
	for _, route := range n.Server.Routes() {
		if !ofClinic(route) {
			continue
		}
		request := staff.Request(route.Method, pathOf(route), nil)
		request.Header.Set("HX-Request", "true")
		request.Header.Set("X-CSRF-Token", token)
		answer := staff.Do(request)
		to := answer.Header.Get("HX-Redirect")
		if answer.Status != http.StatusUnauthorized || !strings.HasPrefix(to, "/login") || answer.Find("form").Length() > 0 {
			t.Errorf("%s %s: %d to %q", route.Method, route.Path, answer.Status, to)
		}
	}
}

func TestHazard071NothingLeadsToAnotherSite(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	for _, next := range []string{
		"//evil.example", `/\evil.example`, `\/evil.example`, `/\/evil.example`, "https://evil.example", "javascript:alert(1)", "/\t/evil.example", "/\n/evil.example",
		"///evil.example", "http:evil.example", " //evil.example", "/\r\nSet-Cookie: a=b", "data:text/html,x", "/%0d%0aSet-Cookie:a=b", "@evil.example", "evil.example",
	} {
		for _, htmx := range []bool{false, true} {
			browser := world.Browser()
			fields := url.Values{"email": {alfa.Staff.Email}, "password": {clinic.Password}, "next": {next}, "_csrf": {browser.Token()}}
			request := browser.Request(http.MethodPost, "/login", fields)
			if htmx {
				request.Header.Set("HX-Request", "true")
			}
			answer := browser.Do(request)
			assertLocal(t, next, answer.Location(), answer.Header.Get("HX-Redirect"), answer.Header.Get("HX-Location"))
			if answer.Header.Get("Set-Cookie") == "a=b" {
				t.Errorf("%q set a cookie", next)
			}
		}
		shown := world.Browser().Get("/login?next=" + url.QueryEscape(next))
		assertLocal(t, next, shown.Value(`input[name="next"]`))
	}
	browser := alfa.SignInStaff()
	request := browser.Request(http.MethodPost, "/preferences", url.Values{"theme": {"dark"}, "_csrf": {browser.Token()}})
	request.Header.Set("Referer", world.URL+".evil.example/x")
	assertLocal(t, "a referer", browser.Do(request).Location())
}

// assertLocal fails for an address that a browser could take for another site.
func assertLocal(t *testing.T, typed string, addresses ...string) {
	t.Helper()
	for _, address := range addresses {
		if address == "" {
			continue
		}
		if !strings.HasPrefix(address, "/") || strings.HasPrefix(address, "//") || strings.ContainsAny(address, "\\\r\n\t") {
			t.Errorf("%q leads to %q", typed, address)
		}
	}
}

func TestHazard011ParallelRequestsOnOneSessionAllSucceed(t *testing.T) {
	t.Parallel()
	n := twoClinics(t)
	staff := n.alfa.SignInStaff()
	staff.Token()
	var done sync.WaitGroup
	for i := range 20 {
		done.Go(func() {
			answer := staff.Fragment("/clients")
			if i%5 == 0 {
				answer = staff.PostFragment("/preferences", url.Values{"theme": {[]string{"dark", "light"}[i/5%2]}})
			}
			if answer.Status != http.StatusOK {
				t.Errorf("request %d: %d", i, answer.Status)
			}
		})
	}
	done.Wait()
	if answer := staff.Get("/clients"); answer.Status != http.StatusOK {
		t.Errorf("afterwards: %d", answer.Status)
	}
}

func TestHazard004NoLiveCookieStandsInTheDatabase(t *testing.T) {
	t.Parallel()
	n := twoClinics(t)
	staff := n.alfa.SignInStaff()
	staff.Get("/")
	connection := testkit.Connect(t, n.Database.SuperuserURL)
	address, err := url.Parse(n.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, cookie := range staff.Client.Jar.Cookies(address) {
		forms := []string{cookie.Value}
		if raw, err := base64.RawURLEncoding.DecodeString(cookie.Value); err == nil {
			forms = append(forms, hex.EncodeToString(raw))
		}
		for _, table := range tables(t, connection) {
			for _, form := range forms {
				var found int
				if err := connection.QueryRow(t.Context(), "select count(*) from "+table+" t where strpos(t::text, $1) > 0", form).Scan(&found); err != nil {
					t.Fatal(err)
				}
				if len(form) > 20 && found > 0 {
					t.Errorf("the %s cookie stands in %s", cookie.Name, table)
				}
			}
		}
	}
	if strings.Contains(n.Log.String(), cookies(t, staff, n.URL)) {
		t.Error("the cookies stand in the log")
	}
}

func TestHazard004TheSessionCookieIsLocked(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	browser := world.Browser()
	answer := browser.Post("/login", url.Values{"email": {alfa.Staff.Email}, "password": {clinic.Password}})
	for _, line := range answer.Header.Values("Set-Cookie") {
		if !strings.Contains(strings.ToLower(line), "httponly") || !strings.Contains(line, "SameSite=Lax") || strings.Contains(strings.ToLower(line), "domain=") {
			t.Errorf("cookie %q", line)
		}
	}
}

func TestHazard036NothingPersonalStandsInTheLog(t *testing.T) {
	t.Parallel()
	n := twoClinics(t)
	n.owner.Post("/login", url.Values{"email": {"secret@private.example"}, "password": {"my secret password"}})
	n.Browser().Post("/login", url.Values{"email": {"secret@private.example"}, "password": {"my secret password"}})
	client := url.Values{"first_name": {"Hortensia"}, "last_name": {"Secretă"}, "email": {"hortensia@private.example"}, "phone": {"+40722000999"}}
	n.owner.Post("/clients", client)
	n.owner.Get("/clients?q=Hortensia")
	n.owner.Get("/inbox?q=Hortensia")
	client.Set("first_name", strings.Repeat("Hortensia", 1000))
	n.owner.Post("/clients", client)
	client.Set("first_name", "Hortensia\x00")
	n.owner.Post("/clients", client)
	n.owner.Get("/clients/Hortensia")
	n.owner.Get("/invite/" + strings.Repeat("HortensiaToken", 3))
	everyPage(t, n, func(_ guard.Route, path string, browser *clinic.Browser) { browser.Get(path) })
	log := n.Log.String()
	for _, personal := range []string{"Hortensia", "Secret", "private.example", "722000999", "my secret", ownMark, "alfa.example", "correct horse"} {
		if strings.Contains(log, personal) {
			at := strings.Index(log, personal)
			t.Errorf("the log holds %q: …%s…", personal, log[max(0, at-200):min(len(log), at+50)])
		}
	}
	if !strings.Contains(log, `"msg":"request"`) {
		t.Error("nothing was logged at all")
	}
}

func TestHazard034AFailureSaysNothingOfTheDatabase(t *testing.T) {
	t.Parallel()
	n := twoClinics(t)
	connection := testkit.Connect(t, n.Database.SuperuserURL)
	n.owner.Token()
	if _, err := connection.Exec(t.Context(), "alter table clients rename column first_name to hidden_name"); err != nil {
		t.Fatal(err)
	}
	for name, answer := range map[string]*clinic.Answer{
		"page": n.owner.Get("/clients"), "fragment": n.owner.Fragment("/clients"), "write": n.owner.Post("/clients", url.Values{"first_name": {"x"}}),
	} {
		if answer.Status != http.StatusInternalServerError {
			t.Errorf("%s: %d", name, answer.Status)
		}
		for _, inside := range []string{"first_name", "column", "SQLSTATE", "42703", "select ", "ERROR", "pgx", ".go:"} {
			if strings.Contains(string(answer.Body), inside) {
				t.Errorf("%s: the answer holds %q", name, inside)
			}
		}
	}
}
