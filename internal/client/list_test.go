package client_test

import (
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/google/uuid"

	"frontdesk/internal/testkit/clinic"
	"frontdesk/internal/web"
)

// orders are all ways in which the list of clients is sorted.
var orders = []string{"sort=name&direction=asc", "sort=name&direction=desc", "sort=created&direction=asc", "sort=created&direction=desc"}

// Those of fill share a name and the instant of their transaction, so that pages end
// among equals.
func TestEveryClientIsReachedOnceForwardAndBackInEachOrder(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa, beta := world.Clinic("alfa"), world.Clinic("beta")
	fill(alfa, 110)
	fill(alfa, 10)
	fill(beta, 60)
	staff := alfa.SignInStaff()
	add(t, staff, url.Values{"first_name": {"No"}, "last_name": {"Zimmer"}})
	add(t, staff, url.Values{"first_name": {"Without a last name"}})
	for _, order := range orders {
		if rows := staff.Walk("/clients?"+order, `tr[id^="client-"]`); len(rows) != 122 {
			t.Errorf("%s shows %d of 122 clients", order, len(rows))
		}
		if rows := staff.Walk("/clients?q=people&"+order, `tr[id^="client-"]`); len(rows) != 120 {
			t.Errorf("%s finds %d of 120 clients", order, len(rows))
		}
	}
}

func TestClientsAreSortedByNameAndByWhenTheyCame(t *testing.T) {
	t.Parallel()
	staff := clinic.New(t).Clinic("alfa").SignInStaff()
	for _, last := range []string{"Tudor", "Șerban", "sava"} {
		add(t, staff, url.Values{"first_name": {"A"}, "last_name": {last}})
	}
	for query, want := range map[string][]string{
		orders[0]: {"A sava", "A Șerban", "A Tudor"}, orders[1]: {"A Tudor", "A Șerban", "A sava"},
		orders[2]: {"A Tudor", "A Șerban", "A sava"}, orders[3]: {"A sava", "A Șerban", "A Tudor"}, "sort=created": {"A sava", "A Șerban", "A Tudor"},
	} {
		var names []string
		for _, row := range staff.Get("/clients?" + query).Find("#clients .row-link").EachIter() {
			names = append(names, row.Text())
		}
		if !slices.Equal(names, want) {
			t.Errorf("%s lists %q", query, names)
		}
	}
}

func TestTheListOfClientsKeepsItsSearchAndSaysWhyItIsEmpty(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	staff := alfa.SignInStaff()
	fill(alfa, 60)
	next, _ := staff.Get("/clients?q=many&sort=created&direction=asc").Find(`a[rel="next"]`).Attr("href")
	address, err := url.Parse(next)
	if err != nil || address.Query().Get("q") != "many" || address.Query().Get("sort") != "created" || address.Query().Get("direction") != "asc" {
		t.Errorf("the next page is %q: %v", next, err)
	}
	if href, _ := staff.Get("/clients?q=nobody+like+them").Find(".empty a").Attr("href"); href != "/clients" {
		t.Errorf("a search that finds nobody leads to %q", href)
	}
	ended := staff.Get("/clients?after=" + web.Cursor{Key: "zz\nzz", ID: uuid.Max}.String())
	if href, _ := ended.Find(".empty a").Attr("href"); ended.Status != http.StatusOK || href != "/clients" {
		t.Errorf("a page after the last answers %d and leads to %q", ended.Status, href)
	}
}

func TestHazard018WhatNoListOfClientsAsksForIsRefused(t *testing.T) {
	t.Parallel()
	staff := clinic.New(t).Clinic("alfa").SignInStaff()
	name, at := web.Cursor{Key: "a\nb", ID: uuid.New()}.String(), web.Cursor{Key: "2026-01-01T00:00:00Z", ID: uuid.New()}.String()
	for _, query := range []string{
		"sort=search_text", "direction=up", "q=a&q=b", "after=x", "after=" + name + "&before=" + name,
		"sort=created&after=" + name, "after=" + at,
	} {
		if answer := staff.Get("/clients?" + query); answer.Status != http.StatusBadRequest {
			t.Errorf("%q answered %d", query, answer.Status)
		}
	}
}
