package user_test

import (
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"

	"frontdesk/internal/fault"
	"frontdesk/internal/password"
	"frontdesk/internal/testkit"
	"frontdesk/internal/testkit/clinic"
	"frontdesk/internal/user"
)

var hasher = password.NewHasher(clinic.Cheap)

func TestHazard044CreatingASuperAdminTwiceChangesNothing(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	created, err := user.CreateSuperAdmin(t.Context(), world.Store, hasher, user.SuperAdmin{Email: " Ana@Frontdesk.example ", Name: "Ana", Password: clinic.Password})
	if err != nil || !created {
		t.Fatalf("first: %v %v", created, err)
	}
	created, err = user.CreateSuperAdmin(t.Context(), world.Store, hasher, user.SuperAdmin{Email: "ana@frontdesk.example", Name: "Somebody else", Password: "another long password"})
	if err != nil || created {
		t.Fatalf("second: %v %v", created, err)
	}
	world.SignIn("ana@frontdesk.example")
	if n := benchOf(t, world).text(`select count(*)::text from platform_audit_events join users on users.id = target_id
		where action = 'user_create' and actor_kind = 'system' and email = 'ana@frontdesk.example' and after ->> 'super_admin' = 'true'`); n != "1" {
		t.Errorf("the log holds %s rows of it", n)
	}
}

func TestHazard044TwoRunsAtOnceMakeOneSuperAdmin(t *testing.T) {
	t.Parallel()
	opened := testkit.NewDatabase(t).Store(t)
	var made atomic.Int32
	var group sync.WaitGroup
	for range 6 {
		group.Go(func() {
			created, err := user.CreateSuperAdmin(t.Context(), opened, hasher, user.SuperAdmin{Email: "ana@frontdesk.example", Name: "Ana", Password: clinic.Password})
			if err != nil {
				t.Errorf("a run failed: %v", err)
			}
			if created {
				made.Add(1)
			}
		})
	}
	group.Wait()
	if made.Load() != 1 {
		t.Fatalf("%d runs say that they created", made.Load())
	}
}

func TestASuperAdminNeedsAnAddressANameAndAGoodPassword(t *testing.T) {
	t.Parallel()
	opened := testkit.NewDatabase(t).Store(t)
	_, err := user.CreateSuperAdmin(t.Context(), opened, hasher, user.SuperAdmin{Email: "nobody", Name: "", Password: "short"})
	if !fault.Is(err, fault.Invalid) {
		t.Fatalf("got %v", err)
	}
	for _, field := range []string{"email", "name", "password"} {
		if fault.FieldsOf(err)[field] == "" {
			t.Errorf("nothing is said about %s", field)
		}
	}
}

func TestAClinicsPersonIsNotMadeASuperAdmin(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	_, err := user.CreateSuperAdmin(t.Context(), world.Store, hasher, user.SuperAdmin{Email: alfa.Owner.Email, Name: "Owner", Password: clinic.Password})
	if !fault.Is(err, fault.Conflict) {
		t.Fatalf("got %v", err)
	}
	answer := world.Browser().Post("/login", url.Values{"email": {alfa.Owner.Email}, "password": {clinic.Password}})
	if answer.Status != http.StatusSeeOther || answer.Location() != "/" {
		t.Fatalf("the owner's sign-in: %d %q", answer.Status, answer.Location())
	}
}
