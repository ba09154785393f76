package server_test

import (
	"encoding/json"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"frontdesk/internal/config"
	"frontdesk/internal/guard"
	"frontdesk/internal/testkit"
	"frontdesk/internal/testkit/clinic"
)

// failure is the JSON that machine routes answer an error with.
type failure struct {
	Error struct {
		Code, Message string
		RequestID     string `json:"request_id"`
	}
}

// assertFailure fails unless the answer is an error in JSON, with all its parts.
func assertFailure(t *testing.T, name string, answer *clinic.Answer, status int) {
	t.Helper()
	var said failure
	err := json.Unmarshal(answer.Body, &said)
	if answer.Status != status || err != nil || said.Error.Code == "" || said.Error.Message == "" || said.Error.RequestID != answer.Header.Get("X-Request-Id") {
		t.Errorf("%s: %d %.200s, expected %d in JSON", name, answer.Status, answer.Body, status)
	}
}

// ofScripts are the routes that a script must prove itself at.
func ofScripts(t *testing.T, world *clinic.World) (routes []guard.Route) {
	t.Helper()
	for _, route := range world.Server.Routes() {
		if route.Access == guard.MachineToken {
			routes = append(routes, route)
		}
	}
	if len(routes) == 0 {
		t.Fatal("no route is for scripts")
	}
	return routes
}

func TestHazard084OnlyTheRightSecretIsTakenAndOnlyFromTheHeader(t *testing.T) {
	t.Parallel()
	world := clinic.New(t, clinic.With(func(c *config.Config) { c.CronSecret = cronSecret }))
	admin := world.SuperAdmin()
	admin.Token()
	before := fingerprint(t, world.Database)
	for _, route := range ofScripts(t, world) {
		path := pathOf(route)
		for name, header := range map[string]string{
			"no secret": "", "an empty one": "Bearer ", "a wrong one": "Bearer wrong", "the beginning": "Bearer " + cronSecret[:10], "more than it": "Bearer " + cronSecret + "x",
			"another scheme": "Basic " + cronSecret, "no scheme": cronSecret, "two spaces": "Bearer  " + cronSecret, "a list": "Bearer x, Bearer " + cronSecret,
		} {
			for _, browser := range []*clinic.Browser{world.Browser(), admin} {
				request := browser.Request(http.MethodPost, path+"?secret="+url.QueryEscape(cronSecret)+"&access_token="+url.QueryEscape(cronSecret), url.Values{"secret": {cronSecret}})
				request.Header.Set("Authorization", header)
				request.Header.Set("X-Cron-Secret", cronSecret)
				assertFailure(t, route.Path+" with "+name, browser.Do(request), http.StatusUnauthorized)
			}
		}
		for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodDelete} {
			request := world.Browser().Request(method, path, nil)
			request.Header.Set("Authorization", "Bearer "+cronSecret)
			assertFailure(t, method+" "+route.Path, world.Browser().Do(request), http.StatusMethodNotAllowed)
		}
	}
	assertUntouched(t, world.Database, before)
}

func TestHazard084WithoutASecretTheirRoutesAreUnknown(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	for _, route := range ofScripts(t, world) {
		for _, header := range []string{"", "Bearer ", "Bearer " + cronSecret} {
			request := world.Browser().Request(http.MethodPost, pathOf(route), nil)
			request.Header.Set("Authorization", header)
			assertFailure(t, route.Path+" with "+header, world.Browser().Do(request), http.StatusNotFound)
		}
	}
}

func TestHazard084WhatAScriptSendsChoosesNoClinic(t *testing.T) {
	t.Parallel()
	world := clinic.New(t, clinic.With(func(c *config.Config) { c.CronSecret = cronSecret }))
	world.Clinic("alfa")
	for _, body := range []string{"", `{"tenant_id":"` + uuid.NewString() + `"}`, "tenant_id=" + uuid.NewString(), "{", strings.Repeat("[", 10_000)} {
		request := world.Browser().Request(http.MethodPost, "/api/cron/email-sync?tenant_id="+uuid.NewString(), nil)
		sent, err := http.NewRequestWithContext(t.Context(), http.MethodPost, request.URL.String(), strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		sent.Header.Set("Authorization", "bearer "+cronSecret)
		sent.Header.Set("Content-Type", "application/json")
		if answer := world.Browser().Do(sent); answer.Status != http.StatusAccepted || string(answer.Body) != `{"status":"queued"}` {
			t.Errorf("%.60q is answered %d %s", body, answer.Status, answer.Body)
		}
	}
	var jobs int
	var arguments string
	err := testkit.Connect(t, world.Database.SuperuserURL).QueryRow(t.Context(), "select count(*), min(args::text) from river.river_job where kind = 'mailbox_schedule'").Scan(&jobs, &arguments)
	if err != nil || jobs != 1 || arguments != "{}" {
		t.Errorf("%d jobs with %q (%v)", jobs, arguments, err)
	}
}

func TestWhatIsMeasuredIsForThisMachineItsNetworksAndWhoKnowsTheToken(t *testing.T) {
	t.Parallel()
	const token = "a-token-of-monitors"
	world := clinic.New(t, clinic.With(func(c *config.Config) {
		c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
		c.MetricsToken, c.MetricsNetworks = token, []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")}
	}))
	strangers := clinic.New(t)
	for _, tried := range []struct {
		name, forwarded, authorization string
		world                          *clinic.World
		status                         int
	}{
		{"this machine", "", "", world, http.StatusOK},
		{"one of the networks", "198.51.100.7", "", world, http.StatusOK},
		{"a stranger", "203.0.113.7", "", world, http.StatusNotFound},
		{"a stranger who says to be of this machine", "127.0.0.1, 203.0.113.7", "", world, http.StatusNotFound},
		{"a stranger who knows the token", "203.0.113.7", "Bearer " + token, world, http.StatusOK},
		{"a stranger with another token", "203.0.113.7", "Bearer " + token[1:], world, http.StatusNotFound},
		{"a stranger with an empty token, where there is none", "203.0.113.7", "Bearer ", strangers, http.StatusNotFound},
		{"whoever comes through a proxy that is not known", "127.0.0.1", "", strangers, http.StatusNotFound},
		{"this machine, where nothing is set", "", "", strangers, http.StatusOK},
	} {
		browser := tried.world.Browser()
		request := browser.Request(http.MethodGet, "/metrics", nil)
		if tried.forwarded != "" {
			request.Header.Set("X-Forwarded-For", tried.forwarded)
		}
		if tried.authorization != "" {
			request.Header.Set("Authorization", tried.authorization)
		}
		if answer := browser.Do(request); answer.Status != tried.status {
			t.Errorf("%s: %d, expected %d", tried.name, answer.Status, tried.status)
		}
	}
}
