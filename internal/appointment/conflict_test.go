package appointment_test

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"frontdesk/internal/booking"
	"frontdesk/internal/fault"
	"frontdesk/internal/localtime"
	"frontdesk/internal/store"
	"frontdesk/internal/testkit/clinic"
)

// wish is an appointment as somebody wants it. Who and what are names of scene.
type wish struct {
	client, provider, service string
	// day is ISO 8601, and the case's own Monday when it is empty.
	day, clock, offset string
	// minutes are 30 when nothing is said.
	minutes int
	status  string
}

// What becomes of a wish; any other outcome is the field that is at fault.
const (
	isBooked = "booked"
	isTaken  = "taken"
)

// conflictCases are what any way of booking meets. Each stands on a day of its own.
var conflictCases = map[string]struct {
	there []wish
	wish  wish
	want  string
}{
	"a free time":                      {nil, wish{clock: "10:00"}, isBooked},
	"a time that is taken":             {[]wish{{clock: "10:00"}}, wish{clock: "10:00"}, isTaken},
	"an overlap at its end":            {[]wish{{clock: "10:00"}}, wish{clock: "09:45"}, isTaken},
	"an overlap at its beginning":      {[]wish{{clock: "10:00"}}, wish{clock: "10:15"}, isTaken},
	"around another":                   {[]wish{{clock: "10:00"}}, wish{clock: "09:00", minutes: 120}, isTaken},
	"within another":                   {[]wish{{clock: "10:00"}}, wish{clock: "10:10", minutes: 5}, isTaken},
	"a minute too early":               {[]wish{{clock: "10:00"}}, wish{clock: "10:29"}, isTaken},
	"right before another":             {[]wish{{clock: "10:00"}}, wish{clock: "09:30"}, isBooked},
	"right after another":              {[]wish{{clock: "10:00"}}, wish{clock: "10:30"}, isBooked},
	"between two":                      {[]wish{{clock: "10:00"}, {clock: "11:00"}}, wish{clock: "10:30"}, isBooked},
	"too long between two":             {[]wish{{clock: "10:00"}, {clock: "11:00"}}, wish{clock: "10:30", minutes: 35}, isTaken},
	"of a cancelled one":               {[]wish{{clock: "10:00", status: booking.Cancelled}}, wish{clock: "10:00"}, isBooked},
	"of one who did not come":          {[]wish{{clock: "10:00", status: booking.NoShow}}, wish{clock: "10:00"}, isTaken},
	"of one who has been":              {[]wish{{clock: "10:00", status: booking.Completed}}, wish{clock: "10:00"}, isTaken},
	"in the time that it needs after":  {[]wish{{clock: "10:00", service: "with room"}}, wish{clock: "10:40"}, isTaken},
	"in the time that it needs before": {[]wish{{clock: "10:00", service: "with room"}}, wish{clock: "09:25"}, isTaken},
	"after the time that it needs":     {[]wish{{clock: "10:00", service: "with room"}}, wish{clock: "10:45"}, isBooked},
	"before the time that it needs":    {[]wish{{clock: "10:00", service: "with room"}}, wish{clock: "09:20"}, isBooked},
	"without the time that the new one needs": {
		[]wish{{clock: "10:00"}}, wish{clock: "10:35", service: "with room"}, isTaken},
	"with the time that the new one needs": {
		[]wish{{clock: "10:00"}}, wish{clock: "10:40", service: "with room"}, isBooked},
	"over midnight into another":      {[]wish{{day: "2025-06-02", clock: "00:10"}}, wish{day: "2025-06-01", clock: "23:45"}, isTaken},
	"into one from the day before":    {[]wish{{day: "2025-06-08", clock: "23:30", minutes: 60}}, wish{day: "2025-06-09", clock: "00:15"}, isTaken},
	"after one from the day before":   {[]wish{{day: "2025-06-15", clock: "23:30", minutes: 60}}, wish{day: "2025-06-16", clock: "00:30"}, isBooked},
	"into one that lasts a day":       {[]wish{{day: "2025-06-23", clock: "09:00", minutes: 1440}}, wish{day: "2025-06-24", clock: "08:30"}, isTaken},
	"with another provider":           {[]wish{{clock: "10:00"}}, wish{clock: "10:00", provider: "another"}, isBooked},
	"with another provider and taken": {[]wish{{clock: "10:00", provider: "another"}}, wish{clock: "10:00", provider: "another"}, isTaken},
	"of another client":               {[]wish{{clock: "10:00"}}, wish{clock: "10:00", client: "another"}, isTaken},
	"before working hours":            {nil, wish{clock: "05:00"}, isBooked},
	"over the end of working hours":   {nil, wish{clock: "16:45"}, isBooked},
	"on a day without working hours":  {nil, wish{day: "2025-07-06", clock: "10:00"}, isBooked},
	"in the past":                     {nil, wish{day: "2020-06-01", clock: "10:00"}, isBooked},

	"a client whom nobody knows":         {nil, wish{clock: "10:00", client: "unknown"}, "client_id"},
	"a client of another clinic":         {nil, wish{clock: "10:00", client: "foreign"}, "client_id"},
	"no client":                          {nil, wish{clock: "10:00", client: "missing"}, "client_id"},
	"a provider whom nobody knows":       {nil, wish{clock: "10:00", provider: "unknown"}, "provider_id"},
	"a provider of another clinic":       {nil, wish{clock: "10:00", provider: "foreign"}, "provider_id"},
	"a provider who has left":            {nil, wish{clock: "10:00", provider: "gone"}, "provider_id"},
	"no provider":                        {nil, wish{clock: "10:00", provider: "missing"}, "provider_id"},
	"a service that nobody knows":        {nil, wish{clock: "10:00", service: "unknown"}, "service_id"},
	"a service of another clinic":        {nil, wish{clock: "10:00", service: "foreign"}, "service_id"},
	"a service that is withdrawn":        {nil, wish{clock: "10:00", service: "gone"}, "service_id"},
	"no service":                         {nil, wish{clock: "10:00", service: "missing"}, "service_id"},
	"a service that they do not give":    {nil, wish{clock: "10:00", provider: "narrow"}, "service_id"},
	"the one service that they give":     {nil, wish{clock: "10:00", provider: "narrow", service: "with room"}, isBooked},
	"a client in the place of a service": {nil, wish{clock: "10:00", service: "a client"}, "service_id"},

	"too short":                        {nil, wish{clock: "10:00", minutes: 4}, "duration"},
	"longer than a day":                {nil, wish{clock: "10:00", minutes: 1441}, "duration"},
	"a day long":                       {nil, wish{clock: "10:00", minutes: 1440}, isBooked},
	"a year that was mistyped":         {nil, wish{day: "2260-11-23", clock: "10:00"}, "date"},
	"a time that clocks skip":          {nil, wish{day: "2027-03-28", clock: "03:30"}, "time"},
	"before the time that they skip":   {nil, wish{day: "2027-03-28", clock: "02:30"}, isBooked},
	"a time that clocks repeat":        {nil, wish{day: "2028-10-29", clock: "03:30"}, "time_offset"},
	"the first of two":                 {nil, wish{day: "2027-10-31", clock: "03:30", offset: "+03:00"}, isBooked},
	"the second of two":                {[]wish{{day: "2029-10-28", clock: "03:30", offset: "+03:00"}}, wish{day: "2029-10-28", clock: "03:30", offset: "+02:00"}, isBooked},
	"the same one of two":              {[]wish{{day: "2030-10-27", clock: "03:30", offset: "+02:00"}}, wish{day: "2030-10-27", clock: "03:30", offset: "+02:00"}, isTaken},
	"neither of two":                   {nil, wish{day: "2031-10-26", clock: "03:30", offset: "+01:00"}, "time_offset"},
	"an offset that is not of the day": {nil, wish{clock: "10:00", offset: "+09:00"}, isBooked},
}

// waysIn are all that write appointments. A new one joins the table by its line.
var waysIn = map[string]struct {
	try func(*scene, wish) (outcome string)
	// mute reports what cannot be said in this way.
	mute func(wish) bool
}{
	"the form that books":       {(*scene).postNew, nothing},
	"a free time of the form":   {(*scene).postFreeTime, func(w wish) bool { return w.offset != "" }},
	"the form that changes":     {(*scene).postChange, anotherClient},
	"the core, for a new one":   {(*scene).coreNew, nothing},
	"the core, for one that is": {(*scene).coreChange, anotherClient},
}

func nothing(wish) bool { return false }

// anotherClient: an appointment stays its client's.
func anotherClient(w wish) bool { return w.client != "" }

func TestEveryWayInJudgesAWishAlike(t *testing.T) {
	t.Parallel()
	for name, way := range waysIn {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t)
			for _, name := range slices.Sorted(maps.Keys(conflictCases)) {
				c := conflictCases[name]
				s.nextDay()
				if way.mute(c.wish) {
					continue
				}
				for _, there := range c.there {
					s.bookBefore(there)
				}
				before := s.rows()
				got := way.try(s, c.wish)
				if got != c.want {
					t.Errorf("%s: %s, not %s", name, got, c.want)
				}
				if added := s.rows() - before; added != map[bool]int{true: 1}[c.want == isBooked] {
					t.Errorf("%s: %d more stand", name, added)
				}
			}
		})
	}
}

// scene is a practice with people and services of every kind.
type scene struct {
	*practice
	known map[string]map[string]uuid.UUID
	// day is the case's own.
	day time.Time
	// last is the one that the core booked last.
	last   uuid.UUID
	parked int
}

func newScene(t *testing.T) *scene {
	t.Helper()
	world := clinic.New(t, clinic.At(morning))
	p, beta := practiceIn(t, world, "alfa"), practiceIn(t, world, "beta")
	s := &scene{practice: p, day: morning, known: map[string]map[string]uuid.UUID{
		"client":   {"": p.client, "another": p.addClient("Maria", "Stan"), "foreign": beta.client},
		"provider": {"": p.provider, "another": p.addProvider("Dr. Another"), "gone": p.addProvider("Dr. Gone"), "narrow": p.addProvider("Dr. Narrow"), "foreign": beta.provider, "parked": p.addProvider("Dr. Parked")},
		"service":  {"": p.service, "with room": p.addService("With room", 30, 10, 15), "gone": p.addService("Withdrawn", 30, 0, 0), "foreign": beta.service, "a client": p.client, "parked": p.addService("Parked", 30, 0, 0)},
	}}
	for _, names := range s.known {
		names["unknown"], names["missing"] = uuid.Must(uuid.NewV7()), uuid.Nil
	}
	p.Execute("update providers set active = false where id = $1", s.known["provider"]["gone"])
	p.Execute("update services set active = false where id = $1", s.known["service"]["gone"])
	p.Execute("update providers set all_services = false where id = $1", s.known["provider"]["narrow"])
	p.Execute("insert into provider_services (provider_id, service_id) values ($1, $2)", s.known["provider"]["narrow"], s.known["service"]["with room"])
	return s
}

func (s *scene) nextDay() { s.day = s.day.AddDate(0, 0, 7) }

// bookBefore books what is there before, and leaves it in its state.
func (s *scene) bookBefore(w wish) {
	s.t.Helper()
	status := w.status
	w.status = ""
	if got := s.coreNew(w); got != isBooked {
		s.t.Fatalf("%+v cannot stand there: %s", w, got)
	}
	if status != "" {
		s.Execute("update appointments set status = $1 where id = $2", status, s.last)
	}
}

// rows counts what stands but for what is parked.
func (s *scene) rows() (count int) {
	s.t.Helper()
	s.Do(func(ctx context.Context, tx *store.Tx) error {
		return tx.Raw().QueryRow(ctx, "select count(*) from appointments where provider_id <> $1", s.known["provider"]["parked"]).Scan(&count)
	})
	return count
}

// park books an appointment elsewhere, of another provider and service, which is
// then changed into the wish.
func (s *scene) park() uuid.UUID {
	s.t.Helper()
	s.parked++
	var id uuid.UUID
	s.Do(func(ctx context.Context, tx *store.Tx) (err error) {
		id, err = booking.Book(ctx, tx, booking.Request{
			ClientID: s.client, ProviderID: s.known["provider"]["parked"], ServiceID: s.known["service"]["parked"],
			StartsAt: morning.Add(time.Duration(s.parked) * time.Hour),
		})
		return err
	})
	return id
}

func (s *scene) wished(w wish) url.Values {
	return url.Values{
		"client_id": {s.text("client", w.client)}, "provider_id": {s.text("provider", w.provider)}, "service_id": {s.text("service", w.service)},
		"date": {s.dayOf(w)}, "time": {w.clock}, "time_offset": {w.offset}, "duration": {strconv.Itoa(minutesOf(w))},
	}
}

func (s *scene) text(kind, name string) string {
	if id := s.id(kind, name); id != uuid.Nil {
		return id.String()
	}
	return ""
}

func (s *scene) id(kind, name string) uuid.UUID {
	s.t.Helper()
	id, known := s.known[kind][name]
	if !known {
		s.t.Fatalf("no %s is called %q", kind, name)
	}
	return id
}

func (s *scene) dayOf(w wish) string {
	if w.day != "" {
		return w.day
	}
	return s.day.Format(time.DateOnly)
}

func minutesOf(w wish) int {
	if w.minutes != 0 {
		return w.minutes
	}
	return 30
}

func (s *scene) postNew(w wish) string { return said(s.browser.Post("/appointments", s.wished(w))) }

func (s *scene) postFreeTime(w wish) string {
	fields := s.wished(w)
	fields.Del("date")
	fields.Set("time", "23:59")
	fields.Set("free_time", s.dayOf(w)+"T"+w.clock)
	return said(s.browser.Post("/appointments", fields))
}

func (s *scene) postChange(w wish) string {
	return said(s.browser.Post("/appointments/"+s.park().String(), s.wished(w)))
}

// said is the outcome that a page tells.
func said(answer *clinic.Answer) string {
	switch field, _ := answer.Find("[data-error-summary] a").First().Attr("href"); {
	case answer.Status == http.StatusSeeOther:
		return isBooked
	case answer.Status == http.StatusConflict && answer.Find("[data-taken] li").Length() > 0:
		return isTaken
	case answer.Status == http.StatusUnprocessableEntity && field != "":
		return strings.TrimPrefix(field, "#")
	}
	return "status " + strconv.Itoa(answer.Status) + " " + answer.Text(".notice")
}

func (s *scene) coreNew(w wish) string {
	return s.core(func(ctx context.Context, tx *store.Tx) error {
		start, err := s.when(w).StartsAt()
		if err != nil {
			return err
		}
		s.last, err = booking.Book(ctx, tx, booking.Request{
			ClientID: s.id("client", w.client), ProviderID: s.id("provider", w.provider), ServiceID: s.id("service", w.service),
			StartsAt: start, Duration: time.Duration(minutesOf(w)) * time.Minute,
		})
		return err
	})
}

func (s *scene) coreChange(w wish) string {
	id := s.park()
	provider, service, duration := s.id("provider", w.provider), s.id("service", w.service), time.Duration(minutesOf(w))*time.Minute
	return s.core(func(ctx context.Context, tx *store.Tx) error {
		_, err := booking.Change(ctx, tx, id, booking.Changes{ProviderID: &provider, ServiceID: &service, Duration: &duration, When: s.when(w)})
		return err
	})
}

func (s *scene) when(w wish) booking.When {
	s.t.Helper()
	date, known := localtime.ParseDay(s.dayOf(w))
	minute, read := localtime.ParseMinute(w.clock)
	zone, err := time.LoadLocation("Europe/Bucharest")
	if !known || !read || err != nil {
		s.t.Fatalf("no such time: %+v %v", w, err)
	}
	return booking.When{Date: &date, Minute: &minute, Offset: w.offset, Zone: zone}
}

// core is the outcome of a call without a page.
func (s *scene) core(call func(context.Context, *store.Tx) error) string {
	err := s.world.Store.Tenant(s.Context(), call)
	if _, taken := errors.AsType[*booking.TakenError](err); taken {
		return isTaken
	}
	for field := range fault.FieldsOf(err) {
		return field
	}
	if err != nil {
		return err.Error()
	}
	return isBooked
}

// TestAnAppointmentGoesFromStateToStateAlikeInEveryWay: what is cancelled has given
// its time away for good, and what took place cannot be cancelled.
func TestAnAppointmentGoesFromStateToStateAlikeInEveryWay(t *testing.T) {
	t.Parallel()
	ways := map[string]func(s *scene, id uuid.UUID, status string) int{
		"the form that changes": func(s *scene, id uuid.UUID, status string) int {
			return s.browser.Post("/appointments/"+id.String(), url.Values{"status": {status}}).Status
		},
		"the button that cancels": func(s *scene, id uuid.UUID, status string) int {
			if status != booking.Cancelled {
				return 0
			}
			return s.browser.Post("/appointments/"+id.String()+"/cancellation", nil).Status
		},
		"the core": func(s *scene, id uuid.UUID, status string) int {
			err := s.world.Store.Tenant(s.Context(), func(ctx context.Context, tx *store.Tx) error {
				_, err := booking.SetStatus(ctx, tx, id, status)
				return err
			})
			return map[fault.Kind]int{"": http.StatusSeeOther, fault.Conflict: http.StatusConflict}[fault.KindOf(err)]
		},
	}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t)
			for _, from := range booking.Statuses {
				for _, to := range booking.Statuses {
					id := s.park()
					s.Execute("update appointments set status = $2 where id = $1", id, from)
					want := http.StatusSeeOther
					if from == booking.Cancelled && to != from || from == booking.Completed && to == booking.Cancelled {
						want = http.StatusConflict
					}
					if got := way(s, id, to); got != want && got != 0 {
						t.Errorf("from %s to %s: %d, not %d", from, to, got, want)
					}
				}
			}
		})
	}
}
