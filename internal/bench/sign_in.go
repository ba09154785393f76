package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"

	"github.com/PuerkitoBio/goquery"
	"github.com/valyala/fasthttp"

	"frontdesk/internal/config"
	"frontdesk/internal/demo"
	"frontdesk/internal/server"
	views "frontdesk/views/session"
)

// SignIns measures signing in, and how long it takes to be refused. It has a database and
// a server of its own.
func SignIns(ctx context.Context, output io.Writer) (err error) {
	folder, err := os.MkdirTemp("", "frontdesk-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	s, err := startStage(ctx, folder, demo.Size{Seed: 1, Tenants: 1, Clients: 4})
	if err != nil {
		return err
	}
	defer s.stop(&err)
	if err := s.memory.watch(); err != nil {
		return err
	}
	if err := errors.Join(s.compareSignIn(ctx, output), s.memory.unwatch()); err != nil {
		return err
	}
	if err := s.memory.print(output); err != nil {
		return err
	}
	return s.compareRefusals(ctx, output)
}

// compareSignIn measures signing in through the program beside the one hash that it
// cannot do without: bare, of the same cost, with as many asking at once and as many
// made at once.
func (s *stage) compareSignIn(ctx context.Context, output io.Writer) error {
	account := demo.Accounts()[0]
	through, err := signingIn(s.visitor.base, account)
	if err != nil {
		return err
	}
	bare, err := hashing(ctx, account.Password)
	if err != nil {
		return err
	}
	sides := []side{{name: "sign-in, a session and its record", measure: through}, {name: "bare Argon2id of the same cost", measure: bare}}
	rates, err := alternate(ctx, clients, sides)
	if err != nil {
		return err
	}
	fmt.Fprintln(output)
	for i, side := range sides {
		fmt.Fprintf(output, "%-38s %8.0f a second\n", side.name, median(rates[i]))
	}
	fmt.Fprintf(output, "\nsign-in / bare Argon2id: %.2f\n", medianRatio(rates[0], rates[1]))
	return nil
}

// hashing compares a password with its hash, as a sign-in does.
func hashing(ctx context.Context, password string) (measure, error) {
	settings, err := config.Load()
	if err != nil {
		return nil, err
	}
	hasher := server.Passwords(settings)
	hash, err := hasher.Hash(ctx, password)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) error {
		_, err := hasher.Matches(ctx, password, hash)
		return err
	}, nil
}

// signingIn sends the form of the sign-in page, each time as a visitor who has looked
// at the page and has no session.
func signingIn(base string, account views.DemoAccount) (measure, error) {
	guest := &visitor{base: base, client: &fasthttp.Client{MaxConnsPerHost: 256}, cookies: map[string]string{}}
	_, body, err := guest.do(fasthttp.MethodGet, "/login", "", nil)
	if err != nil {
		return nil, err
	}
	document, err := goquery.NewDocumentFromReader(bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	csrf, _ := document.Find(`input[name="_csrf"]`).First().Attr("value")
	form := url.Values{"_csrf": {csrf}, "email": {account.Email}, "password": {account.Password}}.Encode()
	return func(context.Context) error {
		request, response := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
		defer fasthttp.ReleaseRequest(request)
		defer fasthttp.ReleaseResponse(response)
		guest.prepare(request, fasthttp.MethodPost, "/login", "")
		request.Header.SetContentType("application/x-www-form-urlencoded")
		request.SetBodyString(form)
		if err := guest.client.Do(request, response); err != nil {
			return err
		}
		if response.StatusCode() != fasthttp.StatusSeeOther {
			return fmt.Errorf("sign-in answered %d", response.StatusCode())
		}
		return nil
	}, nil
}
