package provider_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/google/uuid"

	"frontdesk/internal/db"
	"frontdesk/internal/store"
	"frontdesk/internal/testkit/clinic"
)

const providerRows = `tr[id^="provider-"]`

// fill gives a clinic 120 providers, of whom every third has left and every fourth has
// the same name.
func fill(of *clinic.Clinic) {
	of.Do(func(ctx context.Context, tx *store.Tx) error {
		for n := range 120 {
			made := db.ProviderCreateParams{ID: uuid.Must(uuid.NewV7()), Name: fmt.Sprintf("Dr. %03d", n), Color: "teal", AllServices: true}
			if n%4 == 0 {
				made.Name = "Dr. Pop"
			}
			if err := tx.ProviderCreate(ctx, made); err != nil {
				return err
			}
			if n%3 == 0 {
				if err := tx.ProviderSetActive(ctx, db.ProviderSetActiveParams{ID: made.ID}); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func TestEveryProviderIsReachedOnceForwardAndBackInEachOrder(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa, beta := world.Clinic("alfa"), world.Clinic("beta")
	fill(alfa)
	fill(beta)
	staff := alfa.SignInStaff()
	for query, want := range map[string]int{
		"": 120, "sort=name&direction=desc": 120, "status=active": 80, "status=inactive&sort=name&direction=desc": 40, "q=POP": 30, "q=pop&status=inactive": 10,
	} {
		if rows := staff.Walk("/providers?"+query, providerRows); len(rows) != want {
			t.Errorf("%q shows %d providers, not %d", query, len(rows), want)
		}
	}
}

func TestProvidersAreSortedAndThoseWhoLeftStandLast(t *testing.T) {
	t.Parallel()
	staff := clinic.New(t).Clinic("alfa").SignInStaff()
	for _, name := range []string{"Tudor", "Șerban", "sava", "Albu"} {
		location := add(t, staff, url.Values{"name": {name}})
		if name == "Albu" {
			staff.Post(location+"/deactivation", nil)
		}
	}
	for query, want := range map[string][]string{
		"": {"sava", "Șerban", "Tudor", "Albu"}, "sort=name&direction=desc": {"Tudor", "Șerban", "sava", "Albu"}, "q=serb": {"Șerban"}, "q=nobody": nil,
	} {
		var names []string
		for _, row := range staff.Get("/providers?" + query).Find("#providers .row-link").EachIter() {
			names = append(names, row.Text())
		}
		if !slices.Equal(names, want) {
			t.Errorf("%q lists %q", query, names)
		}
	}
	if href, _ := staff.Get("/providers?q=nobody").Find(".empty a").Attr("href"); href != "/providers" {
		t.Errorf("a search that finds nobody leads to %q", href)
	}
}

func TestHazard018WhatNoListOfProvidersAsksForIsRefused(t *testing.T) {
	t.Parallel()
	staff := clinic.New(t).Clinic("alfa").SignInStaff()
	for _, query := range []string{"sort=color", "direction=up", "status=gone", "status=active&status=active", "after=x", "before=x", "q=%00"} {
		if answer := staff.Get("/providers?" + query); answer.Status != http.StatusBadRequest {
			t.Errorf("%q answered %d", query, answer.Status)
		}
	}
}
