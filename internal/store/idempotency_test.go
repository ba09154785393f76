package store_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/google/uuid"

	"frontdesk/internal/fault"
	"frontdesk/internal/store"
	"frontdesk/internal/submission"
)

func TestHazard072TwentyParallelSubmitsCreateOneRow(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	s := f.open(t, func(c *store.Config) { c.PoolSize = 20 })
	key := uuid.New()
	locations := make([]string, 20)
	var done sync.WaitGroup
	for i := range locations {
		done.Go(func() {
			var err error
			if locations[i], err = createOnce(in(t, f.alfa), s, "/clients", key, nil); err != nil {
				t.Error(err)
			}
		})
	}
	done.Wait()
	for _, location := range locations {
		if location != locations[0] || location == "" {
			t.Fatalf("answers differ: %q", locations)
		}
	}
	if n := f.count(t, "select count(*) from clients where last_name = 'once'"); n != 1 {
		t.Errorf("%d rows, want 1", n)
	}
}

// createOnce creates a client through Once; failure, if any, is what creating
// ends with.
func createOnce(ctx context.Context, s *store.Store, route string, id uuid.UUID, failure error) (location string, err error) {
	err = s.Tenant(ctx, func(ctx context.Context, tx *store.Tx) error {
		location, err = tx.Once(ctx, route, submission.Key{ID: id, Content: typed}, func() (string, error) {
			id := uuid.Must(uuid.NewV7())
			if _, err := tx.Raw().Exec(ctx, "insert into clients (id, first_name, last_name) values ($1, 'x', 'once')", id); err != nil {
				return "", err
			}
			return "/clients/" + id.String(), failure
		})
		return err
	})
	return location, err
}

// typed stands for what is in a form.
var typed = submission.New(uuid.Nil, nil).Content

func TestHazard119AKeyThatComesAgainWithOtherContentMakesNothingAndIsNotSaidToHave(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	s := f.open(t, nil)
	key, made := submission.New(uuid.New(), map[string][]string{"name": {"Ana"}}), 0
	once := func(of submission.Key) (location string, err error) {
		err = s.Tenant(in(t, f.alfa), func(ctx context.Context, tx *store.Tx) error {
			location, err = tx.Once(ctx, "/clients", of, func() (string, error) { made++; return "/clients/1", nil })
			return err
		})
		return location, err
	}
	other := submission.New(key.ID, map[string][]string{"name": {"Ion"}})
	if _, err := once(key); err != nil {
		t.Fatal(err)
	}
	if location, err := once(other); !fault.Is(err, fault.Used) {
		t.Errorf("other content: %q, %v", location, err)
	}
	f.exec(t, "update idempotency_keys set content = null")
	for _, of := range []submission.Key{key, other} {
		if location, err := once(of); err != nil || location != "/clients/1" {
			t.Errorf("of the program before: %q, %v", location, err)
		}
	}
	if made != 1 {
		t.Errorf("made %d times", made)
	}
}

func TestAKeyIsOneRoutesAndOneClinicsOwn(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	s := f.open(t, nil)
	key := uuid.New()
	locations := map[string]bool{}
	for _, route := range []string{"/clients", "/services"} {
		for _, tenantID := range []uuid.UUID{f.alfa, f.beta} {
			location, err := createOnce(in(t, tenantID), s, route, key, nil)
			if err != nil {
				t.Fatal(err)
			}
			locations[location] = true
		}
	}
	if len(locations) != 4 {
		t.Errorf("%d things made, want 4", len(locations))
	}
}

func TestAKeyWhoseCreationFailedIsFree(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	s := f.open(t, nil)
	key, failure := uuid.New(), errors.New("no")
	if _, err := createOnce(in(t, f.alfa), s, "/clients", key, failure); !errors.Is(err, failure) {
		t.Fatal(err)
	}
	if location, err := createOnce(in(t, f.alfa), s, "/clients", key, nil); err != nil || location == "" {
		t.Errorf("%q, %v", location, err)
	}
}

func TestWithoutAKeyEachSubmitCreates(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	s := f.open(t, nil)
	for range 2 {
		if _, err := createOnce(in(t, f.alfa), s, "/clients", uuid.Nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	if n := f.count(t, "select count(*) from clients where last_name = 'once'"); n != 2 {
		t.Errorf("%d rows, want 2", n)
	}
}

func TestThePlatformsFormsHaveKeysOfTheirOwn(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	s := f.open(t, nil)
	key, made := uuid.New(), 0
	for range 3 {
		err := s.Platform(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			location, err := tx.OncePlatform(ctx, "/admin/tenants", submission.Key{ID: key, Content: typed}, func() (string, error) { made++; return "/admin/tenants/1", nil })
			if location != "/admin/tenants/1" {
				t.Errorf("led to %q", location)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if made != 1 {
		t.Errorf("created %d times", made)
	}
}
