package server_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/uuid"

	"frontdesk/internal/config"
	"frontdesk/internal/guard"
	"frontdesk/internal/testkit/clinic"
)

// sweep is the installation at which everything senseless is thrown, by people who
// may use the route.
type sweep struct {
	*neighbours
	people  browsers
	support *clinic.Browser
}

func newSweep(t *testing.T) *sweep {
	t.Helper()
	s := &sweep{neighbours: twoClinics(t, clinic.With(func(c *config.Config) { c.CronSecret = cronSecret }))}
	s.people = browsers{s.Browser(), s.owner, s.SuperAdmin()}
	admin := s.Person("supporting", true)
	s.support = s.Enter(clinic.Session{UserID: admin.ID, TenantID: s.alfa.ID, SupportGrantID: letIn(t, s.World, s.alfa)})
	for _, browser := range []*clinic.Browser{s.people.visitor, s.people.member, s.people.admin, s.support} {
		browser.Token()
	}
	return s
}

// who may use the route.
func (s *sweep) who(route guard.Route) *clinic.Browser {
	if route.Access == guard.Support {
		return s.support
	}
	return s.people.who(route.Access)
}

// assertRefused fails unless the answer is a clear refusal in the style of its route:
// a page for people, JSON for programs.
func assertRefused(t *testing.T, name string, route guard.Route, answer *clinic.Answer, statuses ...int) {
	t.Helper()
	right := len(statuses) == 0 && answer.Status >= 400 && answer.Status < 500
	for _, status := range statuses {
		right = right || answer.Status == status
	}
	if !right {
		t.Errorf("%s %s with %s: %d %s", route.Method, route.Path, name, answer.Status, answer.Location())
		return
	}
	if strings.HasPrefix(route.Path, "/api/") {
		assertFailure(t, route.Path+" with "+name, answer, answer.Status)
	} else if !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html") || answer.Find("html main h1").Length() != 1 {
		t.Errorf("%s %s with %s: the answer is no page: %.100s", route.Method, route.Path, name, answer.Body)
	}
}

// write is a POST with this body, as a page of ours would send it.
func (s *sweep) write(route guard.Route, path, contentType, body string) *clinic.Answer {
	browser := s.who(route)
	request := browser.Request(http.MethodPost, path, nil)
	request, err := http.NewRequestWithContext(request.Context(), http.MethodPost, request.URL.String(), strings.NewReader(body))
	if err != nil {
		panic(err) // the address was good a line above
	}
	request.Header.Set("Content-Type", contentType)
	request.Header.Set("X-CSRF-Token", browser.Token())
	request.Header.Set("Authorization", "Bearer "+cronSecret)
	return browser.Do(request)
}

const formType = "application/x-www-form-urlencoded"

func TestIdsThatAreNoneAreNotFoundAndChangeNothing(t *testing.T) {
	t.Parallel()
	s := newSweep(t)
	before := fingerprint(t, s.Database)
	for _, route := range s.Server.Routes() {
		// Of a row that is there, so that it is the spelling that is refused.
		id := s.anID(route)
		for _, hostile := range []string{
			"x", "0", "-1", "1e3", id + "0", id[:35], strings.ReplaceAll(id, "-", ""), "%7B" + id + "%7D", "urn:uuid:" + id, strings.Repeat("a", 300),
			"%00", id + "%00", id + "%20", "%20" + id, "%ff%fe", "%F0%9F%98%80", "%27%20or%20%271%27=%271", "..%2f..%2fadmin", "%3Cscript%3E", "%0d%0aSet-Cookie:a=b",
		} {
			path := parameter.ReplaceAllString(route.Path, strings.ReplaceAll(hostile, "$", "$$"))
			if path == route.Path {
				continue
			}
			var answer *clinic.Answer
			if route.Method == http.MethodPost {
				answer = s.write(route, path, formType, "")
			} else {
				answer = s.who(route).Get(path)
			}
			assertRefused(t, "the id "+hostile, route, answer, http.StatusNotFound, http.StatusBadRequest)
			if answer.Header.Get("Set-Cookie") == "a=b" {
				t.Errorf("%s set a cookie", path)
			}
		}
	}
	assertUntouched(t, s.Database, before)
}

// anID is the id of the row that a route's last parameter names, or nobody's.
func (s *sweep) anID(route guard.Route) string {
	keys := parametersOf(route)
	if len(keys) == 0 {
		return uuid.NewString()
	}
	known := possessions{"/admin/tenants/:id": s.alfa.ID, "/admin/users/:id": s.alfa.Staff.ID, "/tenants/:id": s.alfa.ID}
	last := keys[len(keys)-1]
	for _, rows := range []possessions{s.own, known} {
		if id, found := rows[last]; found {
			return id.String()
		}
	}
	return uuid.NewString()
}

// readsNothing are the writes that take no field: whatever else stands in their form
// means nothing to them.
var readsNothing = map[string]bool{
	"/logout": true, "/support-session/ending": true, "/api/cron/email-sync": true, "/sessions/ending": true, "/second-factor": true,
	"/settings/security":   true, // a box that is not ticked is not sent, so that any form is a choice
	"/login/second-factor": true, // leads back to signing in where no verification is open, whatever is typed
}

func TestBodiesThatAreNoFormAreRefusedByEveryWrite(t *testing.T) {
	t.Parallel()
	s := newSweep(t)
	before := fingerprint(t, s.Database)
	many := url.Values{}
	for i := range 10_000 {
		many.Set(fmt.Sprintf("p%d", i), "x")
	}
	for _, route := range s.Server.Routes() {
		if route.Method != http.MethodPost || route.Access == guard.MachineToken {
			continue
		}
		path := pathOf(route)
		for _, contentType := range []string{"text/plain", "application/json", "application/xml", "multipart/form-data", "multipart/form-data; boundary=x", "", "application/x-www-form-urlencoded-not"} {
			// What says that it has parts and has none is no type that could be read.
			answer := s.write(route, path, contentType, `{"name":"x"}`)
			assertRefused(t, "the type "+contentType, route, answer, http.StatusUnsupportedMediaType, http.StatusBadRequest)
		}
		assertRefused(t, "10,000 fields", route, s.write(route, path, formType, many.Encode()), http.StatusBadRequest)
	}
	assertUntouched(t, s.Database, before)
}

func TestABodyBeyondTheLimitIsRefusedByEveryWrite(t *testing.T) {
	t.Parallel()
	s := newSweep(t)
	before := fingerprint(t, s.Database)
	for _, route := range s.Server.Routes() {
		if route.Method != http.MethodPost {
			continue
		}
		answer := say(t, s.URL, "POST "+pathOf(route)+" HTTP/1.1\r\nHost: x\r\nCookie: "+cookies(t, s.who(route), s.URL)+
			"\r\nContent-Type: "+formType+"\r\nContent-Length: 2000000\r\n\r\na=")
		if answer.status != http.StatusRequestEntityTooLarge || !answer.closed {
			t.Errorf("%s with 2 MB: %d, closed %t", route.Path, answer.status, answer.closed)
		}
		assertWholeAnswer(t, "POST "+route.Path+" with 2 MB", route, answer)
	}
	assertUntouched(t, s.Database, before)
}

// assertWholeAnswer fails unless an answer to what no middleware has seen is as whole
// as any: in the style of its route, with its headers and its id.
func assertWholeAnswer(t *testing.T, name string, route guard.Route, answer wire) {
	t.Helper()
	if !strings.Contains(answer.header.Get("Content-Security-Policy"), "default-src 'none'") || answer.header.Get("X-Content-Type-Options") != "nosniff" ||
		answer.header.Get("Cache-Control") != "no-store" || len(answer.header.Get("X-Request-Id")) != 36 {
		t.Errorf("%s: headers %v", name, answer.header)
	}
	if strings.HasPrefix(route.Path, "/api/") {
		if !strings.HasPrefix(answer.body, `{"error":{"code":"`) {
			t.Errorf("%s: %.100s", name, answer.body)
		}
		return
	}
	page, err := goquery.NewDocumentFromReader(strings.NewReader(answer.body))
	if err != nil {
		t.Fatal(err)
	}
	if style, _ := page.Find(`link[rel="stylesheet"]`).Attr("href"); page.Find("main h1").Length() != 1 || strings.Count(style, "/") != 3 {
		t.Errorf("%s: the answer is no page of ours, with the style sheet %q: %.100s", name, style, answer.body)
	}
}

func TestWhatIsNoRequestIsAnsweredAsWholeAsAny(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	for name, raw := range map[string]string{
		"a header beyond its bounds": "GET /login HTTP/1.1\r\nHost: x\r\nX-A: " + strings.Repeat("a", 20_000) + "\r\n\r\n",
		"two hosts":                  "GET /login HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
		"a secret in its path":       "POST /invite/" + strings.Repeat("Hortensia", 4) + " HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n\r\na=",
	} {
		answer := say(t, world.URL, raw)
		if answer.status < 400 || answer.status >= 500 {
			t.Errorf("%s: %d", name, answer.status)
		}
		assertWholeAnswer(t, name, guard.Route{Path: "/login"}, answer)
	}
	if log := world.Log.String(); strings.Contains(log, "Hortensia") || strings.Count(log, `"route":"none"`) != 3 {
		t.Errorf("the log says %s", log)
	}
}

func TestTextThatCannotBeKeptIsRefusedByEveryWrite(t *testing.T) {
	t.Parallel()
	s := newSweep(t)
	fields := []string{"name", "email", "password", "first_name", "last_name", "notes", "body", "reason", "address", "theme", "language", "date", "client_id", "hours", "slug", "code"}
	before := fingerprint(t, s.Database)
	for _, route := range s.Server.Routes() {
		if route.Method != http.MethodPost || readsNothing[route.Path] {
			continue
		}
		for name, value := range map[string]string{"NUL": "a%00b", "invalid UTF-8": "%ff%fe%80", "half a pair": "%ed%a0%80", "nothing but separators": "&=&;==&"} {
			answer := s.write(route, pathOf(route), formType, strings.Join(fields, "="+value+"&")+"="+value)
			if route.Path == "/preferences" && answer.Status == http.StatusSeeOther {
				continue // a choice that is none is no choice
			}
			assertRefused(t, name, route, answer)
		}
	}
	// A code or password that is refused is an attempt, and is written down as one.
	assertUntouched(t, s.Database, before, theLogs...)
}

func TestSenselessQueriesAndHeadersNeverBreakAPage(t *testing.T) {
	t.Parallel()
	s := newSweep(t)
	before := fingerprint(t, s.Database)
	for _, route := range s.Server.Routes() {
		if route.Method != http.MethodGet {
			continue
		}
		path := pathOf(route)
		for _, query := range []string{
			"q=%00&after=%00&date=%00&view=%00", "q=%ff%fe&after=%ff&sort=%ff&status=%ff", "date=2027-13-45&view=year", "after=" + strings.Repeat("A", 4000),
			"next=//evil.example", "sort=name;drop%20table%20users&order=sideways", "tenant=x&actor=x&from=never&until=9999-99-99", "page=-1&size=999999999", "%", "a[999999999]=1&a[-1]=2",
		} {
			if answer := s.who(route).Get(path + "?" + query); answer.Status >= 500 {
				t.Errorf("%s?%.40s: %d", route.Path, query, answer.Status)
			}
		}
		for name, value := range map[string]string{
			"X-Forwarded-For": "127.0.0.1, ::1, nonsense, <script>, " + strings.Repeat("1.2.3.4, ", 200), "Forwarded": "for=_gazonk;host=evil.example", "X-Forwarded-Host": "evil.example",
			"Accept-Language": strings.Repeat("xx-YY;q=0.", 300), "User-Agent": "\xff\xfe" + strings.Repeat("a", 3000), "Cookie": "session=%00; language=../../etc; theme=<script>; toast=x; note=" + strings.Repeat("A", 3000),
			"HX-Current-URL": "javascript:alert(1)", "HX-Target": "\xff", "Range": "bytes=0-1,-5", "If-None-Match": "*", "Last-Event-ID": "'; drop table users",
		} {
			request := s.who(route).Request(http.MethodGet, path, nil)
			request.Header.Set(name, value)
			if answer := s.who(route).Do(request); answer.Status >= 500 || answer.Status == http.StatusNotModified || answer.Status == http.StatusPartialContent {
				t.Errorf("%s with %s: %d", route.Path, name, answer.Status)
			}
		}
	}
	// Who takes a list's file is written down.
	assertUntouched(t, s.Database, before, theLogs...)
}

// severally are the fields that may stand more than once.
var severally = []string{"service_ids", "id"}

func TestAFieldThatStandsTwiceIsRefused(t *testing.T) {
	t.Parallel()
	s := newSweep(t)
	before := fingerprint(t, s.Database)
	for _, form := range s.goodForms(t) {
		if form.prepare != "" {
			execute(t, s.Database, sql(form.prepare, s.alfa.ID))
			before = fingerprint(t, s.Database)
		}
		for name, values := range form.fields {
			if slices.Contains(severally, name) {
				continue
			}
			twice := maps.Clone(form.fields)
			twice[name] = append(slices.Clone(values), values...)
			answer := form.browser.Post(form.path, twice)
			// Where what is asked for is not to be had, the form is not looked at.
			assertRefused(t, name+" twice", guard.Route{Method: http.MethodPost, Path: form.path}, answer, http.StatusUnprocessableEntity, http.StatusConflict)
		}
	}
	// A password or code that is refused is an attempt, and is written down as one.
	assertUntouched(t, s.Database, before, theLogs...)
}

// goodForm is a form that would succeed, or at least be judged by what stands in it.
type goodForm struct {
	browser *clinic.Browser
	path    string
	fields  url.Values
	prepare string
}

// goodForms are those of every room: of a clinic as audit_test.go knows them, and of
// the console, the account and whoever has not signed in.
func (s *sweep) goodForms(t *testing.T) (forms []goodForm) {
	t.Helper()
	for _, done := range deeds {
		fields := s.fieldsOf(done)
		if parameter.MatchString(done.path) {
			delete(fields, "_idempotency_key") // which is of forms that create
		}
		forms = append(forms, goodForm{s.owner, fill(guard.Route{Path: done.path}, s.ownOf), fields, done.prepare})
	}
	token, hash := guard.NewToken()
	execute(t, s.Database,
		sql(`insert into invites (tenant_id, id, email, name, role, token_hash, expires_at)
			values ($1, gen_random_uuid(), 'ion@alfa.example', 'Ion', 'staff', $2, now() + interval '1 day')`, s.alfa.ID, hash),
		sql("insert into password_resets (id, user_id, token_hash, expires_at) values (gen_random_uuid(), $1, $2, now() + interval '1 hour')", s.alfa.Staff.ID, hash))
	s.Vouch()
	alfa, staff := "/admin/tenants/"+s.alfa.ID.String(), "/admin/users/"+s.alfa.Staff.ID.String()
	chosen := url.Values{"password": {"a quiet horse reads"}, "password_confirm": {"a quiet horse reads"}}
	reason := url.Values{"reason": {"The contract has ended"}, "version": {"1"}}
	ticked := url.Values{"transition": {"suspend"}, "reason": {"The contract has ended"}, "id": {uuid.NewString()}}
	for path, fields := range map[string]url.Values{
		"/admin/tenants": {
			"name": {"North"}, "slug": {"north"}, "timezone": {"Europe/Bucharest"}, "max_seats": {"3"}, "owner_name": {"Ana"}, "owner_email": {"ana@north.example"}, "_idempotency_key": {uuid.NewString()},
		},
		alfa:                           {"name": {"Alfa"}, "timezone": {"Europe/Bucharest"}, "max_seats": {"9"}, "version": {"1"}},
		alfa + "/invites":              {"name": {"Dan"}, "email": {"dan@alfa.example"}, "role": {"staff"}, "_idempotency_key": {uuid.NewString()}},
		alfa + "/suspension":           reason,
		staff:                          {"name": {"Staff"}, "email": {"other@alfa.example"}, "version": {"1"}},
		staff + "/deletion":            reason,
		"/admin/tenants/transitions":   ticked,
		"/admin/users/transitions":     ticked,
		staff + "/second-factor-reset": {"reason": {"Lost their telephone"}},
	} {
		forms = append(forms, goodForm{browser: s.people.admin, path: path, fields: fields})
	}
	for path, fields := range map[string]url.Values{
		"/team":             {"name": {"Eva"}, "email": {"eva@alfa.example"}, "_idempotency_key": {uuid.NewString()}},
		"/settings/support": {"reason": {"To be looked at"}, "hours": {"1"}, "_idempotency_key": {uuid.NewString()}},
		"/team/" + s.own["/team/:id"].String() + "/role":    {"role": {"owner"}, "version": {"1"}},
		"/team/" + s.own["/team/:id"].String() + "/removal": {"version": {"1"}},
		"/settings/security":                                {"require_second_factor": {"true"}},
		"/second-factor/recovery-codes":                     {"password": {clinic.Password}},
		"/password":                                         {"current_password": {clinic.Password}, "password": chosen["password"], "password_confirm": chosen["password"]},
	} {
		forms = append(forms, goodForm{browser: s.owner, path: path, fields: fields})
	}
	for path, fields := range map[string]url.Values{
		"/login":                   {"email": {s.alfa.Staff.Email}, "password": {clinic.Password}, "next": {"/clients"}},
		"/preferences":             {"theme": {"dark"}},
		"/password-reset":          {"email": {s.alfa.Staff.Email}},
		"/password-reset/" + token: chosen,
		"/invite/" + token:         {"name": {"Ion"}, "password": chosen["password"], "password_confirm": chosen["password"]},
	} {
		forms = append(forms, goodForm{browser: s.people.visitor, path: path, fields: fields})
	}
	return forms
}
