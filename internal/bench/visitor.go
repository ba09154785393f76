package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/uuid"
	"github.com/valyala/fasthttp"

	"frontdesk/internal/db"
	"frontdesk/internal/guard"
	"frontdesk/internal/store"
)

// visitor asks for pages as a signed-in person does. Its HTTP client is the
// lightest at hand: it runs on the same processors as what it measures.
type visitor struct {
	base    string
	client  *fasthttp.Client
	cookies map[string]string
	// shown is the revision of the calendar that look saw.
	shown string
}

// member is a person of a clinic.
type member struct{ TenantID, UserID uuid.UUID }

// enter gives the person a session; a sign-in by form would take longer than what is
// measured, and more memory.
func (s *stage) enter(ctx context.Context, who member) (*visitor, error) {
	token, hash := guard.NewToken()
	err := s.store.Platform(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.SessionCreate(ctx, db.SessionCreateParams{TokenHash: hash, UserID: who.UserID, TenantID: &who.TenantID, UserAgent: "bench", Lifetime: time.Hour})
		return err
	})
	return &visitor{base: s.visitor.base, client: s.visitor.client, cookies: map[string]string{guard.SessionCookie: token}}, err
}

// do sends a request and keeps the cookies of its answer.
func (v *visitor) do(method, path, encoding string, form url.Values) (int, []byte, error) {
	request, response := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(request)
	defer fasthttp.ReleaseResponse(response)
	v.prepare(request, method, path, encoding)
	if form != nil {
		request.Header.SetContentType("application/x-www-form-urlencoded")
		request.SetBodyString(form.Encode())
	}
	if err := v.client.Do(request, response); err != nil {
		return 0, nil, err
	}
	for key, value := range response.Header.Cookies() {
		var cookie fasthttp.Cookie
		if err := cookie.ParseBytes(value); err != nil {
			return 0, nil, err
		}
		v.cookies[string(key)] = string(cookie.Value())
	}
	return response.StatusCode(), bytes.Clone(response.Body()), nil
}

func (v *visitor) prepare(request *fasthttp.Request, method, path, encoding string) {
	request.Header.SetMethod(method)
	request.SetRequestURI(v.base + path)
	request.Header.Set("X-Benchmark-Token", token)
	if encoding != "" {
		request.Header.Set("Accept-Encoding", encoding)
	}
	for name, value := range v.cookies {
		request.Header.SetCookie(name, value)
	}
}

// get returns the measurement of one page.
func (v *visitor) get(path, encoding string) measure {
	return func(context.Context) error {
		request := fasthttp.AcquireRequest()
		defer fasthttp.ReleaseRequest(request)
		v.prepare(request, fasthttp.MethodGet, path, encoding)
		return v.expect(request, fasthttp.StatusOK)
	}
}

// askAgain returns the measurement of a page that is shown already, and asked for by
// itself: there is nothing to answer.
func (v *visitor) askAgain(path string) measure {
	return func(context.Context) error {
		request := fasthttp.AcquireRequest()
		defer fasthttp.ReleaseRequest(request)
		v.prepare(request, fasthttp.MethodGet, path, "")
		request.Header.Set("HX-Request", "true")
		request.Header.Set("X-Revision", v.shown)
		return v.expect(request, fasthttp.StatusNoContent)
	}
}

func (v *visitor) expect(request *fasthttp.Request, status int) error {
	response := fasthttp.AcquireResponse()
	defer fasthttp.ReleaseResponse(response)
	if err := v.client.Do(request, response); err != nil {
		return err
	}
	if response.StatusCode() != status {
		return fmt.Errorf("%s answered %d", request.URI().Path(), response.StatusCode())
	}
	return nil
}

// look looks at the calendar, as a page that stays open.
func (v *visitor) look(context.Context) error {
	page, err := v.calendar()
	v.shown = page.revision
	return err
}

// calendarPage is what the measured page is.
type calendarPage struct {
	body         []byte
	appointments int
	// revision is what it says that it shows.
	revision string
}

var errEmptyDay = errors.New("the calendar does not show the day's appointments")

// calendar looks at the page once, so that nothing else is measured by mistake.
func (v *visitor) calendar() (calendarPage, error) {
	status, body, err := v.do(fasthttp.MethodGet, calendarPath, "", nil)
	if err != nil {
		return calendarPage{}, err
	}
	document, err := goquery.NewDocumentFromReader(bytes.NewReader(body))
	if err != nil {
		return calendarPage{}, err
	}
	shown := document.Find(`[id^="appointment-"]`).Length()
	if status != fasthttp.StatusOK || shown != appointmentsOfDay {
		return calendarPage{}, fmt.Errorf("%w: status %d, %d shown", errEmptyDay, status, shown)
	}
	return calendarPage{body: body, appointments: shown, revision: document.Find("#calendar").AttrOr("data-revision", "")}, nil
}
