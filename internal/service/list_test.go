package service_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"frontdesk/internal/db"
	"frontdesk/internal/store"
	"frontdesk/internal/testkit/clinic"
)

const serviceRows = `tr[id^="service-"]`

// fill gives a clinic 120 services, every third no longer offered, of which all have the
// same name; many have the same duration and price.
func fill(of *clinic.Clinic) {
	of.Do(func(ctx context.Context, tx *store.Tx) error {
		for n := range 120 {
			made := db.ServiceCreateParams{ID: uuid.Must(uuid.NewV7()), Name: fmt.Sprintf("Visit %03d", n), Duration: int32(5 + n%4*100), Price: int64(n % 5 * 1000)}
			if n%3 == 0 {
				made.Name = "Gone"
			}
			if err := tx.ServiceCreate(ctx, made); err != nil {
				return err
			}
			if n%3 == 0 {
				if err := tx.ServiceSetActive(ctx, db.ServiceSetActiveParams{ID: made.ID}); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func TestEveryServiceIsReachedOnceForwardAndBackInEachOrder(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa, beta := world.Clinic("alfa"), world.Clinic("beta")
	fill(alfa)
	fill(beta)
	staff := alfa.SignInStaff()
	for _, sort := range []string{"name", "duration", "price"} {
		for _, direction := range []string{"asc", "desc"} {
			path := "/services?direction=" + direction + "&sort=" + sort
			if rows := staff.Walk(path, serviceRows); len(rows) != 120 {
				t.Errorf("%s shows %d of 120 services", path, len(rows))
			}
		}
	}
	for query, want := range map[string]int{"status=active": 80, "status=inactive": 40, "q=visit+0": 66, "q=visit+0&status=inactive": 0} {
		if rows := staff.Walk("/services?"+query, serviceRows); len(rows) != want {
			t.Errorf("%s finds %d services, not %d", query, len(rows), want)
		}
	}
}

// listed are the names that an address shows.
func listed(t *testing.T, browser *clinic.Browser, address string) (names []string) {
	t.Helper()
	answer := browser.Get(address)
	if answer.Status != http.StatusOK {
		t.Fatalf("%s answered %d", address, answer.Status)
	}
	for _, row := range answer.Find("#services .row-link").EachIter() {
		names = append(names, row.Text())
	}
	return names
}

func TestServicesAreSortedAndThoseNotOfferedStandLast(t *testing.T) {
	t.Parallel()
	staff := clinic.New(t).Clinic("alfa").SignInStaff()
	for _, made := range []url.Values{
		{"name": {"Ședință"}, "duration": {"60"}, "price": {"90"}}, {"name": {"apel"}, "duration": {"5"}, "price": {"1000"}},
		{"name": {"Control"}, "duration": {"120"}}, {"name": {"Ancora"}, "duration": {"10"}},
	} {
		location := add(t, staff, made)
		if made.Get("name") == "Ancora" {
			staff.Post(location+"/deactivation", nil)
		}
	}
	for query, want := range map[string][]string{
		"":                            {"apel", "Control", "Ședință", "Ancora"},
		"sort=name&direction=desc":    {"Ședință", "Control", "apel", "Ancora"},
		"sort=duration":               {"apel", "Ședință", "Control", "Ancora"},
		"sort=price&direction=desc":   {"apel", "Ședință", "Control", "Ancora"},
		"q=SEDINTA":                   {"Ședință"},
		"q=s%CC%A6edint%CC%A6a%CC%86": {"Ședință"}, // the same, letters and marks apart
		"q=%25":                       nil,
		"q=_":                         nil,
		"status=inactive":             {"Ancora"},
	} {
		if got := listed(t, staff, "/services?"+query); !slices.Equal(got, want) {
			t.Errorf("%q lists %q, not %q", query, got, want)
		}
	}
}

func TestTheListOfServicesKeepsItsStateAndSaysWhyItIsEmpty(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	staff := alfa.SignInStaff()
	if page := staff.Get("/services"); page.Find(`[role="search"]`).Length() != 0 || page.Find(`.empty a[href="/services/new"]`).Length() != 1 {
		t.Error("a clinic without services has something to search, or nothing to begin with")
	}
	fill(alfa)
	page := staff.Get("/services?q=visit&status=active&sort=price&direction=desc")
	next, _ := page.Find(`a[rel="next"]`).Attr("href")
	address, err := url.Parse(next)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"q": "visit", "status": "active", "sort": "price", "direction": "desc"} {
		if got := address.Query().Get(name); got != want {
			t.Errorf("the next page has %s=%q", name, got)
		}
	}
	nothing := staff.Get("/services?q=nothing+like+it")
	if href, _ := nothing.Find(".empty a").Attr("href"); href != "/services" || nothing.Value(`[name="q"]`) != "nothing like it" {
		t.Errorf("a search that finds nothing leads to %q", href)
	}
	if fragment := staff.Fragment("/services?q=visit"); fragment.Find("nav.dock, header.app").Length() != 0 || fragment.Find("#services").Length() != 1 {
		t.Error("the fragment is not the list")
	}
}

func TestHazard018WhatNoListOfServicesAsksForIsRefused(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	staff := world.Clinic("alfa").SignInStaff()
	for _, query := range []string{
		"sort=color", "sort=tenant_id", "direction=up", "status=gone", "status=active&status=inactive", "q=a&q=b", "after=x", "before=x",
		"after=e30&before=e30", "q=%00", "q=%ff", "q=" + strings.Repeat("a", 201),
	} {
		if answer := staff.Get("/services?" + query); answer.Status != http.StatusBadRequest {
			t.Errorf("%q answered %d", query, answer.Status)
		}
	}
}
