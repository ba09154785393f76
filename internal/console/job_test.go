package console_test

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"frontdesk/internal/testkit"
	"frontdesk/internal/testkit/clinic"
)

// failed puts a job in place that was given up after an error.
func failed(t *testing.T, world *clinic.World, kind, failure string) string {
	t.Helper()
	var id int64
	if err := testkit.Connect(t, world.Database.SuperuserURL).QueryRow(t.Context(), `
		insert into river.river_job (kind, queue, args, state, attempt, max_attempts, finalized_at, errors)
		values ($1, 'default', '{}', 'discarded', 3, 3, now(),
		        array[jsonb_build_object('at', now(), 'attempt', 3, 'error', $2::text, 'trace', '')])
		returning id`, kind, failure).Scan(&id); err != nil {
		t.Fatal(err)
	}
	return strconv.FormatInt(id, 10)
}

func recorded(t *testing.T, world *clinic.World, action, target string) int {
	t.Helper()
	var rows int
	if err := testkit.Connect(t, world.Database.SuperuserURL).QueryRow(t.Context(),
		"select count(*) from platform_audit_events where action::text = $1 and target_name = $2 and actor_kind = 'person'", action, target).Scan(&rows); err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestAJobThatFailedIsListedAndRunsAgainOnce(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	admin := world.SuperAdmin()
	id := failed(t, world, "mail_read", "connection refused by the server")
	other := failed(t, world, "mail_send", strings.Repeat("long ", 100))

	page := admin.Get("/admin/jobs?state=discarded&kind=mail_read")
	row := page.Text("#job-" + id)
	for _, part := range []string{"mail_read", "#" + id, "default", "Given up", "3 / 3", "connection refused by the server"} {
		if !strings.Contains(row, part) {
			t.Errorf("the row lacks %q: %s", part, row)
		}
	}
	if page.Find("#job-"+other).Length() != 0 || admin.Get("/admin/jobs?state=running").Find("#job-"+id).Length() != 0 {
		t.Error("the filters leave in what they should leave out")
	}
	if text := admin.Get("/admin/jobs").Text("#job-" + other + " .catalog-text"); len(text) > 210 || !strings.HasSuffix(text, "…") {
		t.Errorf("a long error is shown as %q", text)
	}

	if name, _ := page.Find("#job-" + id + " button").Attr("aria-label"); name != "Run again: mail_read #"+id {
		t.Errorf("the button is called %q", name)
	}

	address, _ := page.Find("#job-" + id + " form").Attr("action")
	if answer := admin.Post(address, url.Values{}); answer.Status != http.StatusSeeOther || answer.Location() != "/admin/jobs?kind=mail_read&state=discarded" {
		t.Fatalf("%s answered %d %q", address, answer.Status, answer.Location())
	}
	if row := admin.Get("/admin/jobs").Text("#job-" + id); !strings.Contains(row, "Waiting") {
		t.Errorf("afterwards: %s", row)
	}
	if answer := admin.Post(address, url.Values{}); answer.Status != http.StatusConflict {
		t.Errorf("a second time answered %d", answer.Status)
	}
	if rows := recorded(t, world, "job_retry", "mail_read "+id); rows != 1 {
		t.Errorf("recorded %d times", rows)
	}
}

func TestRaceOfTwoWhoRunAJobAgainOrCancelItHasOneWinner(t *testing.T) {
	t.Parallel()
	worlds := clinic.Racing(t)
	first, admins := worlds[0], make([]*clinic.Browser, len(worlds))
	for n, world := range worlds {
		admins[n] = world.Enter(clinic.Session{UserID: first.Person("Root", true).ID})
		admins[n].Token()
	}
	for verb, action := range map[string]string{"retry": "job_retry", "cancellation": "job_cancel"} {
		for round := range clinic.Rounds(t) {
			// A test of its own gives its connections back at its end.
			t.Run(verb+" "+strconv.Itoa(round), func(t *testing.T) {
				id := failed(t, first, "mail_read", "x")
				if verb == "cancellation" {
					first.Database.Execute(t, "update river.river_job set state = 'scheduled', finalized_at = null, scheduled_at = now() + interval '1 hour' where id = "+id)
				}
				var group sync.WaitGroup
				statuses := make([]int, len(admins))
				for n, admin := range admins {
					group.Go(func() { statuses[n] = admin.Post("/admin/jobs/"+id+"/"+verb, nil).Status })
				}
				group.Wait()
				slices.Sort(statuses)
				if !slices.Equal(statuses, []int{http.StatusSeeOther, http.StatusConflict}) {
					t.Fatalf("answered %d", statuses)
				}
				if rows := recorded(t, first, action, "mail_read "+id); rows != 1 {
					t.Fatalf("recorded %d times", rows)
				}
			})
		}
	}
}

func TestAJobIsCancelledOnceAndAnUnknownOneIsNotFound(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	admin := world.SuperAdmin()
	id := failed(t, world, "mail_read", "x")
	world.Database.Execute(t, "update river.river_job set state = 'scheduled', finalized_at = null, scheduled_at = now() + interval '1 hour' where id = "+id)

	for _, wanted := range []int{http.StatusSeeOther, http.StatusConflict} {
		if answer := admin.Post("/admin/jobs/"+id+"/cancellation", url.Values{}); answer.Status != wanted {
			t.Errorf("answered %d, expected %d", answer.Status, wanted)
		}
	}
	if rows := recorded(t, world, "job_cancel", "mail_read "+id); rows != 1 {
		t.Errorf("recorded %d times", rows)
	}
	for _, unknown := range []string{"0", "-1", "01", "x", "999999", "99999999999999999999"} {
		if answer := admin.Post("/admin/jobs/"+unknown+"/retry", url.Values{}); answer.Status != http.StatusNotFound {
			t.Errorf("job %s answered %d", unknown, answer.Status)
		}
	}
}

func TestTheQueueIsReadPageByPage(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	admin := world.SuperAdmin()
	world.Database.Execute(t, `insert into river.river_job (kind, args, max_attempts, state, finalized_at)
		select 'sweep', '{}', 3, 'completed', now() from generate_series(1, 60)`)
	first := admin.Get("/admin/jobs?kind=sweep")
	next, _ := first.Find("#jobs-next").Attr("href")
	second := admin.Get(next)
	if a, b := first.Find("tbody tr").Length(), second.Find("tbody tr").Length(); a != 50 || b != 10 {
		t.Fatalf("the pages have %d and %d rows", a, b)
	}
	previous, _ := second.Find("#jobs-previous").Attr("href")
	if back := admin.Get(previous); back.Text("tbody") != first.Text("tbody") {
		t.Error("the way back leads elsewhere")
	}
}
