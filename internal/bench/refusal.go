package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/url"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/valyala/fasthttp"

	"frontdesk/internal/demo"
	"frontdesk/internal/store"
)

// refusals is how many refused sign-ins of each kind are timed, one at a time and in
// turn. Who fails five times has to wait, so each fourth is of another person.
const (
	refusals       = 160
	failuresOfEach = 4
)

// refusal is a reason why a sign-in is refused, and who is refused for it.
type refusal struct {
	name string
	// email is that of the nth try.
	email    func(try int) string
	password string
}

// compareRefusals measures how long a refused sign-in takes for each reason: nobody
// may tell one from another by the clock (hazard 5). The limits are on here, so that
// what counts failures is measured as well.
func (s *stage) compareRefusals(ctx context.Context, output io.Writer) error {
	if err := s.fillRefused(ctx); err != nil {
		return err
	}
	guest, err := newRefused(s.visitor.base)
	if err != nil {
		return err
	}
	if err := s.makeWait(ctx, guest); err != nil {
		return err
	}
	reasons := refusalReasons()
	times, err := guest.time(reasons)
	if err != nil {
		return err
	}
	fmt.Fprintf(output, "\nA refused sign-in, median of %d of each, one at a time:\n", refusals)
	wrong := median(times[0])
	for i, reason := range reasons {
		fmt.Fprintf(output, "%-38s %8.2f ms  %+.1f%% (at most 10%% is wanted)\n", reason.name, median(times[i]), 100*(median(times[i])/wrong-1))
	}
	return nil
}

func refusalReasons() []refusal {
	right := demo.Accounts()[0].Password
	each := func(prefix string) func(int) string {
		return func(try int) string { return fmt.Sprintf("%s%d@refused.example", prefix, try/failuresOfEach) }
	}
	return []refusal{
		{"wrong password", each("known"), "not the password"},
		{"unknown address", each("unknown"), "not the password"},
		{"suspended, right password", each("suspended"), right},
		{"has to wait, right password", func(int) string { return waiting }, right},
	}
}

// waiting is who has failed too often.
const waiting = "waiting@refused.example"

// fillRefused makes the people who are refused. All have the password of the demo's
// owner.
func (s *stage) fillRefused(ctx context.Context) error {
	return s.store.Platform(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Raw().Exec(ctx, `
			with people as (
				insert into users (id, email, name, status, status_reason, password_hash)
				select gen_random_uuid(), kind || n || '@refused.example', 'Refused', state, '', (select password_hash from users where email = $2)
				from generate_series(0, $1::int) n, (values ('known', 'active'), ('suspended', 'suspended')) kinds (kind, state)
				union all
				select gen_random_uuid(), $3, 'Refused', 'active', '', (select password_hash from users where email = $2)
				returning id)
			insert into memberships (tenant_id, id, user_id, role)
			select $4, gen_random_uuid(), id, 'staff' from people`, refusals/failuresOfEach, demo.Accounts()[0].Email, waiting, s.tenantID)
		return err
	})
}

// makeWait has somebody fail until they have to wait, and as often as makes the wait
// the longest: it outlasts the measurement.
func (s *stage) makeWait(ctx context.Context, guest *refused) error {
	for range failuresOfEach + 1 {
		if err := guest.refuse(waiting, "not the password"); err != nil {
			return err
		}
	}
	return s.store.Platform(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Raw().Exec(ctx, "update sign_in_failures set failures = 40 where subject_kind = 'email' and failures > $1", failuresOfEach)
		return err
	})
}

// time returns the milliseconds that each try took, by reason.
func (r *refused) time(reasons []refusal) ([][]float64, error) {
	times := make([][]float64, len(reasons))
	for try := range refusals {
		// In another order each time: else the garbage of some hashes would always be
		// collected within the same reason's time.
		for _, i := range rand.Perm(len(reasons)) {
			reason := reasons[i]
			began := time.Now()
			if err := r.refuse(reason.email(try), reason.password); err != nil {
				return nil, fmt.Errorf("%s: %w", reason.name, err)
			}
			times[i] = append(times[i], 1000*time.Since(began).Seconds())
		}
	}
	return times, nil
}

// refused is a visitor who signs in, each time from another network, and never may.
type refused struct {
	*visitor
	csrf  string
	tries int
}

func newRefused(base string) (*refused, error) {
	guest := &refused{visitor: &visitor{base: base, client: &fasthttp.Client{}, cookies: map[string]string{}}}
	_, body, err := guest.do(fasthttp.MethodGet, "/login", "", nil)
	if err != nil {
		return nil, err
	}
	document, err := goquery.NewDocumentFromReader(bytes.NewReader(body))
	guest.csrf, _ = document.Find(`input[name="_csrf"]`).First().Attr("value")
	return guest, err
}

var errNotRefused = errors.New("the sign-in was not refused as a wrong password is")

func (r *refused) refuse(email, password string) error {
	r.tries++
	request, response := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(request)
	defer fasthttp.ReleaseResponse(response)
	r.prepare(request, fasthttp.MethodPost, "/login", "")
	request.Header.Del("X-Benchmark-Token")
	request.Header.Set("X-Forwarded-For", fmt.Sprintf("2001:db8:%x:%x::1", r.tries>>16, r.tries&0xffff))
	request.Header.SetContentType("application/x-www-form-urlencoded")
	request.SetBodyString(url.Values{"_csrf": {r.csrf}, "email": {email}, "password": {password}}.Encode())
	if err := r.client.Do(request, response); err != nil {
		return err
	}
	if response.StatusCode() != fasthttp.StatusUnprocessableEntity {
		return fmt.Errorf("%w: %d", errNotRefused, response.StatusCode())
	}
	return nil
}
