package session_test

import (
	"strings"
	"testing"

	"frontdesk/internal/config"
	"frontdesk/internal/testkit/clinic"
)

func TestAPasswordIsHashedAnewWhenTheCostRisesAndNeverWhenItFalls(t *testing.T) {
	t.Parallel()
	world := clinic.New(t)
	alfa := world.Clinic("alfa")
	stored := func() string {
		return world.Database.Text(t, "select password_hash from users where id = $1", alfa.Staff.ID)
	}
	risen := world.Copy(clinic.With(func(c *config.Config) { c.PasswordIterations = 3 }))
	before := stored()
	risen.SignIn(alfa.Staff.Email)
	if after := stored(); after == before || !strings.Contains(after, ",t=3,") {
		t.Errorf("after a rise: %s", after)
	}
	after := stored()
	world.SignIn(alfa.Staff.Email)
	risen.SignIn(alfa.Staff.Email)
	if stored() != after {
		t.Error("it was hashed again for nothing")
	}
	if n := recorded(t, world, "password_rehash", alfa.Staff.ID); n != 1 {
		t.Errorf("%d recorded", n)
	}
}
