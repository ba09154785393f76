package bench

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/valyala/fasthttp"

	"frontdesk/internal/demo"
	"frontdesk/internal/localtime"
)

const (
	bookingClinics = 200
	bookingClients = 32
	// lengthOfBooking and slotsOfDay fill each provider's day from 04:00, past every
	// hour that clocks skip or repeat.
	lengthOfBooking = 15
	slotsOfDay      = 80
	firstSlot       = 4 * 60
)

// What the database raises revisions with, switched off for the other side of the
// comparison. The program has no such switch.
const (
	quietRevisions = `do $$ declare raising record; begin
		for raising in select tgrelid::regclass as followed, tgname from pg_trigger join pg_proc on pg_proc.oid = tgfoid
		               where proname like 'revision\_%' and not tgisinternal
		loop execute format('alter table %s disable trigger %I', raising.followed, raising.tgname); end loop; end $$`
	loudRevisions = `do $$ declare raising record; begin
		for raising in select tgrelid::regclass as followed, tgname from pg_trigger join pg_proc on pg_proc.oid = tgfoid
		               where proname like 'revision\_%' and not tgisinternal
		loop execute format('alter table %s enable trigger %I', raising.followed, raising.tgname); end loop; end $$`
)

// Bookings measures booking by form: 200 clinics, and one of them alone, each with
// revisions and with their raising taken out; audit and jobs on; and then the raising by
// itself. It has a database and a server of its own.
func Bookings(ctx context.Context, output io.Writer) (err error) {
	folder, err := os.MkdirTemp("", "frontdesk-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	s, err := startStage(ctx, folder, demo.Size{Seed: 1, Tenants: bookingClinics, Clients: 4})
	if err != nil {
		return err
	}
	defer s.stop(&err)
	superuser, err := pgx.Connect(ctx, s.cluster.URLs().Superuser)
	if err != nil {
		return err
	}
	defer superuser.Close(ctx)
	bookers, err := s.bookers(ctx, superuser)
	if err != nil {
		return err
	}
	sides := []side{
		{name: "booking, 200 clinics", before: executing(superuser, loudRevisions), measure: bookers.book(bookingClinics)},
		{name: "the same without raising revisions", before: executing(superuser, quietRevisions), measure: bookers.book(bookingClinics)},
		{name: "booking, one clinic", before: executing(superuser, loudRevisions), measure: bookers.book(1)},
		{name: "one clinic without raising revisions", before: executing(superuser, quietRevisions), measure: bookers.book(1)},
	}
	rates, err := alternate(ctx, bookingClients, sides)
	if err != nil {
		return err
	}
	fmt.Fprintf(output, "\nBooking by form, audit and jobs on: %d at once, median of %d rounds of %s.\n\n", bookingClients, rounds, roundTime)
	for i, side := range sides {
		fmt.Fprintf(output, "%-38s %8.0f a second\n", side.name, median(rates[i]))
	}
	fmt.Fprintf(output, "\nwith / without revisions, 200 clinics: %.2f (at least 0.70 is wanted)\n", medianRatio(rates[0], rates[1]))
	fmt.Fprintf(output, "with / without revisions, one clinic: %.2f\n\n", medianRatio(rates[2], rates[3]))
	return s.compareRaising(ctx, output, superuser, bookers)
}

// booker is a receptionist of a clinic, who has signed in.
type booker struct {
	*visitor
	member
	csrf                      string
	client, service, provider uuid.UUID
	next                      atomic.Int64
}

type bookers struct {
	all  []*booker
	turn atomic.Int64
}

// bookers gives each clinic's receptionist a session; a sign-in by form would take
// longer than what is measured.
func (s *stage) bookers(ctx context.Context, superuser *pgx.Conn) (*bookers, error) {
	rows, err := superuser.Query(ctx, `
		select tenant_id, user_id, (select id from clients where clients.tenant_id = memberships.tenant_id order by id limit 1),
		       (select id from services where services.tenant_id = memberships.tenant_id and buffer_before + buffer_after = 0 order by id limit 1),
		       (select id from providers where providers.tenant_id = memberships.tenant_id order by id limit 1)
		from memberships where role = 'staff' order by tenant_id`)
	if err != nil {
		return nil, err
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (*booker, error) {
		b := &booker{}
		return b, row.Scan(&b.TenantID, &b.UserID, &b.client, &b.service, &b.provider)
	})
	if err != nil {
		return nil, err
	}
	for _, b := range all {
		if b.visitor, err = s.enter(ctx, b.member); err != nil {
			return nil, err
		}
		if err := b.readToken(); err != nil {
			return nil, err
		}
	}
	return &bookers{all: all}, nil
}

// readToken looks at the form that books, for the token that its posts carry.
func (b *booker) readToken() error {
	_, page, err := b.do(fasthttp.MethodGet, "/appointments/new", "", nil)
	if err != nil {
		return err
	}
	document, err := goquery.NewDocumentFromReader(bytes.NewReader(page))
	if err != nil {
		return err
	}
	b.csrf, _ = document.Find(`meta[name="csrf-token"]`).Attr("content")
	if b.csrf == "" {
		return fmt.Errorf("the form that books has no token: %s", document.Find("title").Text())
	}
	return nil
}

// book books the next free time of the next of so many clinics.
func (b *bookers) book(clinics int64) measure {
	return func(context.Context) error { return b.all[b.turn.Add(1)%clinics].book() }
}

func (b *booker) book() error {
	n := int(b.next.Add(1)) - 1
	date := theDay.AddDate(0, 0, 1+n/slotsOfDay)
	request, response := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(request)
	defer fasthttp.ReleaseResponse(response)
	b.prepare(request, fasthttp.MethodPost, "/appointments", "")
	request.Header.SetContentType("application/x-www-form-urlencoded")
	request.SetBodyString(url.Values{
		"_csrf": {b.csrf}, "_idempotency_key": {uuid.NewString()},
		"client_id": {b.client.String()}, "provider_id": {b.provider.String()}, "service_id": {b.service.String()},
		"date": {date.Format(time.DateOnly)}, "time": {localtime.Clock(firstSlot + n%slotsOfDay*lengthOfBooking)}, "duration": {strconv.Itoa(lengthOfBooking)},
	}.Encode())
	if err := b.visitor.client.Do(request, response); err != nil {
		return err
	}
	if response.StatusCode() != fasthttp.StatusSeeOther {
		return fmt.Errorf("booking answered %d: %.200s", response.StatusCode(), response.Body())
	}
	return nil
}
