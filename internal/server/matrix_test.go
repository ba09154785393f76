package server_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"

	"github.com/google/uuid"

	"frontdesk/internal/config"
	"frontdesk/internal/guard"
	"frontdesk/internal/server"
	"frontdesk/internal/testkit/clinic"
)

// callers are everybody who may knock, in the order of the table's columns.
var callers = []string{
	"anonymous", // no session at all
	"user",      // of whom a session was left when they were suspended
	"member",    // likewise, whom the clinic removed
	"tenant",    // likewise, whose clinic was suspended
	"machine",   // a script with the right bearer token and no session
	"staff",
	"owner",
	"neighbour", // the owner of another clinic, who knows this one's ids
	"enrolling", // an owner who must have a second factor and has none
	"admin",     // a super-admin with a second factor
	"support",   // a super-admin whom the owner let in
	"newcomer",  // a super-admin who has yet to enrol
}

// What a cell of the table may say.
const (
	enters    = "in"    // the guard lets them through: see admitted
	anothers  = "own"   // likewise, but another clinic's row is not there: 404
	toSignIn  = "login" // 303 to the sign-in page, for htmx 401 with HX-Redirect
	toEnrol   = "enrol" // 303 to where a second factor is set up
	refused   = "403"
	untrusted = "401" // with an error in JSON
)

// expectations say who may, for each kind of access and method. They are written by
// hand on purpose: the guard's own rule must not vouch for itself.
var expectations = []struct {
	access       guard.Access
	method, says string
}{
	//                               anonymous user  member tenant machine staff owner neighbour enrolling admin support newcomer
	{guard.Public, http.MethodGet, "        in    in    in     in     in      in    in    in        in        in    in      in"},
	{guard.Public, http.MethodPost, "       in    in    in     in     in      in    in    in        in        in    in      in"},
	{guard.SignedIn, http.MethodGet, "      login login login  login  login   in    in    own       enrol     in    in      enrol"},
	{guard.SignedIn, http.MethodPost, "     login login login  login  login   in    in    own       enrol     in    in      enrol"},
	{guard.Member, http.MethodGet, "        login login login  login  login   in    in    own       enrol     403   in      403"},
	{guard.Writer, http.MethodGet, "        login login login  login  login   in    in    own       enrol     403   403     403"},
	{guard.Writer, http.MethodPost, "       login login login  login  login   in    in    own       enrol     403   403     403"},
	{guard.Owner, http.MethodGet, "         login login login  login  login   403   in    own       enrol     403   403     403"},
	{guard.Owner, http.MethodPost, "        login login login  login  login   403   in    own       enrol     403   403     403"},
	{guard.SuperAdmin, http.MethodGet, "    login login login  login  login   403   403   403       403       in    403     enrol"},
	{guard.SuperAdmin, http.MethodPost, "   login login login  login  login   403   403   403       403       in    403     enrol"},
	{guard.Support, http.MethodGet, "       login login login  login  login   403   403   403       403       403   in      403"},
	{guard.Support, http.MethodPost, "      login login login  login  login   403   403   403       403       403   in      403"},
	{guard.Machine, http.MethodGet, "       in    in    in     in     in      in    in    in        in        in    in      in"},
	{guard.MachineToken, http.MethodPost, " 401   401   401    401    in      401   401   401       401       401   401     401"},
}

const cronSecret = "a secret of the test's own"

// matrix is the installation that every caller knocks at.
type matrix struct {
	*neighbours
	sessions map[string]clinic.Session
	// installation holds the rows of the console's parameters.
	installation possessions
	cells        map[int]int
}

func newMatrix(t *testing.T) *matrix {
	t.Helper()
	return matrixOf(t, twoClinics(t, strictly))
}

// strictly is how the matrix is configured.
var strictly = clinic.With(func(c *config.Config) { c.CronSecret, c.RequireAdmin2FA = cronSecret, true })

func matrixOf(t *testing.T, n *neighbours) *matrix {
	t.Helper()
	m := &matrix{neighbours: n, cells: map[int]int{}}
	closed, strict := m.Clinic("closed"), m.Clinic("strict")
	admin, newcomer, left, removed := m.Person("admin", true), m.Person("newcomer", true), m.Member(m.alfa, "left"), m.Member(m.alfa, "removed")
	grant := uuid.Must(uuid.NewV7())
	execute(t, m.Database,
		sql("insert into second_factors (user_id, secret_sealed, confirmed_at) values ($1, '\\x00', now())", admin.ID),
		sql("insert into security_settings (tenant_id, require_second_factor) values ($1, true)", strict.ID),
		sql(`insert into support_grants (tenant_id, id, granted_by, reason, expires_at) values ($1, $2, $3, 'to be shown', now() + interval '1 hour')`, m.alfa.ID, grant, m.alfa.Owner.ID),
		sql("update users set status = 'suspended' where id = $1", left.ID),
		sql("update memberships set status = 'revoked' where user_id = $1", removed.ID),
		sql("update tenants set status = 'suspended' where id = $1", closed.ID),
	)
	m.Vouch()
	m.sessions = map[string]clinic.Session{
		"user": {UserID: left.ID, TenantID: m.alfa.ID}, "member": {UserID: removed.ID, TenantID: m.alfa.ID}, "tenant": {UserID: closed.Owner.ID, TenantID: closed.ID},
		"staff": {UserID: m.alfa.Staff.ID, TenantID: m.alfa.ID}, "owner": {UserID: m.alfa.Owner.ID, TenantID: m.alfa.ID},
		"neighbour": {UserID: m.beta.Owner.ID, TenantID: m.beta.ID}, "enrolling": {UserID: strict.Owner.ID, TenantID: strict.ID},
		"admin": {UserID: admin.ID}, "support": {UserID: admin.ID, TenantID: m.alfa.ID, SupportGrantID: grant}, "newcomer": {UserID: newcomer.ID},
	}
	event := uuid.Must(uuid.NewV7())
	execute(t, m.Database, sql("insert into platform_audit_events (id, actor_kind, action) values ($1, 'system', 'tenant_create')", event))
	m.installation = possessions{"/admin/audit/:id": event, "/admin/tenants/:id": m.alfa.ID, "/admin/users/:id": m.alfa.Staff.ID}
	return m
}

func TestHazard021EveryRouteAnswersEveryCallerAsTheTableSays(t *testing.T) {
	t.Parallel()
	m := newMatrix(t)
	printed := &strings.Builder{}
	table := tabwriter.NewWriter(printed, 0, 4, 2, ' ', 0)
	fmt.Fprintf(table, "\t\t\t%s\n", strings.Join(callers, "\t"))
	for _, route := range m.Server.Routes() {
		fmt.Fprintf(table, "%s\t%s\t%s", route.Method, route.Path, route.Access)
		for i, says := range expectationsOf(t, route) {
			fmt.Fprintf(table, "\t%d", m.knock(t, route, callers[i], says))
		}
		fmt.Fprintln(table)
	}
	if err := table.Flush(); err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, status := range slices.Sorted(maps.Keys(m.cells)) {
		fmt.Fprintf(printed, "%5d cells answer %d\n", m.cells[status], status)
		total += m.cells[status]
	}
	t.Logf("%d routes, %d callers, %d cells asserted\n%s", len(m.Server.Routes()), len(callers), total, printed)
	if knocks := strings.Count(m.Log.String(), `"refused: wrong role"`); knocks < m.cells[http.StatusForbidden] {
		t.Errorf("%d cells are refused for their role, and %d refusals are in the log", m.cells[http.StatusForbidden], knocks)
	}
}

// sentAway is true when the answer leads to where the guard sends people. Signing out
// and the steps of signing in lead there by themselves, as does a second factor's page.
func sentAway(route guard.Route, answer *clinic.Answer) bool {
	toLogin := strings.HasPrefix(answer.Location(), "/login") && route.Path != "/logout" && !strings.HasPrefix(route.Path, "/login/")
	return toLogin || answer.Location() == guard.EnrolmentPage && !strings.HasPrefix(route.Path, guard.EnrolmentPage)
}

// expectationsOf fails for a route that the table does not know.
func expectationsOf(t *testing.T, route guard.Route) []string {
	t.Helper()
	for _, line := range expectations {
		if line.access == route.Access && line.method == route.Method {
			says := strings.Fields(line.says)
			if len(says) != len(callers) {
				t.Fatalf("the line of %s %s has %d cells for %d callers", route.Method, route.Access, len(says), len(callers))
			}
			return says
		}
	}
	t.Fatalf("%s %s: no line of the table says who may use %s by %s", route.Method, route.Path, route.Access, route.Method)
	return nil
}

// knock asks one cell and returns the status. Each has a session of its own, so that
// signing out in one changes nothing in the next.
func (m *matrix) knock(t *testing.T, route guard.Route, caller, says string) int {
	t.Helper()
	name := fmt.Sprintf("%s at %s %s", caller, route.Method, route.Path)
	if says == toEnrol && route.Enrolment {
		says = enters
	}
	named := len(parametersOf(route)) > 0
	if says == anothers && (!named || !ofClinic(route)) {
		says = enters
	}
	answer := m.ask(t, route, caller, false)
	m.cells[answer.Status]++
	switch says {
	case enters:
		wanted := admittedStatus(t, route, caller)
		if answer.Status != wanted || sentAway(route, answer) {
			t.Errorf("%s: %d %s, expected %d", name, answer.Status, answer.Location(), wanted)
		}
	case anothers:
		assertStatus(t, name, answer, http.StatusNotFound)
	case refused:
		assertStatus(t, name, answer, http.StatusForbidden)
	case toEnrol:
		if answer.Status != http.StatusSeeOther || answer.Location() != guard.EnrolmentPage {
			t.Errorf("%s: %d to %q, expected 303 to %s", name, answer.Status, answer.Location(), guard.EnrolmentPage)
		}
	case toSignIn:
		m.assertSentToSignIn(t, name, route, caller, answer)
	case untrusted:
		assertStatus(t, name, answer, http.StatusUnauthorized)
		if !strings.HasPrefix(string(answer.Body), `{"error":{"code":"unauthenticated"`) {
			t.Errorf("%s: %s", name, answer.Body)
		}
	default:
		t.Fatalf("%s: the table says %q", name, says)
	}
	return answer.Status
}

func assertStatus(t *testing.T, name string, answer *clinic.Answer, wanted int) {
	t.Helper()
	if answer.Status != wanted {
		t.Errorf("%s: %d %s, expected %d", name, answer.Status, answer.Location(), wanted)
	}
}

func (m *matrix) assertSentToSignIn(t *testing.T, name string, route guard.Route, caller string, answer *clinic.Answer) {
	t.Helper()
	if answer.Status != http.StatusSeeOther || !strings.HasPrefix(answer.Location(), "/login") {
		t.Errorf("%s: %d to %q, expected 303 to /login", name, answer.Status, answer.Location())
	}
	fragment := m.ask(t, route, caller, true)
	if fragment.Status != http.StatusUnauthorized || !strings.HasPrefix(fragment.Header.Get("HX-Redirect"), "/login") || len(fragment.Body) > 100 {
		t.Errorf("%s by htmx: %d to %q, expected 401 and HX-Redirect to /login", name, fragment.Status, fragment.Header.Get("HX-Redirect"))
	}
}

// ask sends what the caller would, for a row that is there; a form is sent empty.
func (m *matrix) ask(t *testing.T, route guard.Route, caller string, htmx bool) *clinic.Answer {
	t.Helper()
	browser := m.Browser()
	if session, signedIn := m.sessions[caller]; signedIn {
		browser = m.Enter(session)
	}
	request := browser.Request(route.Method, m.pathFor(t, route), nil)
	if route.Method == http.MethodPost && route.Access != guard.MachineToken {
		request = browser.Request(route.Method, m.pathFor(t, route), url.Values{"_csrf": {browser.Token()}})
	}
	if caller == "machine" {
		request.Header.Set("Authorization", "Bearer "+cronSecret)
	}
	if htmx {
		request.Header.Set("HX-Request", "true")
	}
	return browser.Do(request)
}

func (m *matrix) pathFor(t *testing.T, route guard.Route) string {
	t.Helper()
	return fill(route, func(key string) uuid.UUID {
		if id, known := m.installation[key]; known {
			return id
		}
		if id, known := m.own[key]; known {
			return id
		}
		if ofClinic(route) {
			t.Errorf("%s %s: no factory makes %q: add one to possession_test.go", route.Method, route.Path, key)
		}
		return uuid.Must(uuid.NewV7())
	})
}

func TestTheTableThatIsPrintedIsTheOneThatIsServed(t *testing.T) {
	t.Parallel()
	served := clinic.New(t).Server.Routes()
	printed := server.Table()
	if len(printed) != len(served) {
		t.Fatalf("%d routes are printed and %d served", len(printed), len(served))
	}
	for i, route := range served {
		if printed[i].Method != route.Method || printed[i].Path != route.Path || printed[i].Access != route.Access {
			t.Errorf("%s %s (%s) is served, and %s %s (%s) printed", route.Method, route.Path, route.Access, printed[i].Method, printed[i].Path, printed[i].Access)
		}
	}
}
