package guard_test

import (
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"

	"frontdesk/internal/guard"
)

func TestARouteThatIsNotWhollyDeclaredIsRefusedAtTheStart(t *testing.T) {
	t.Parallel()
	answer := func(*fiber.Ctx) error { return nil }
	good := guard.Route{Method: fiber.MethodGet, Path: "/good", Access: guard.Public, Handler: answer}
	for wanted, routes := range map[string][]guard.Route{
		"GET /forgotten does not declare": {good, {Method: fiber.MethodGet, Path: "/forgotten", Handler: answer}},
		"GET /unknown does not declare":   {{Method: fiber.MethodGet, Path: "/unknown", Access: 99, Handler: answer}},
		"GET /empty has no handler":       {{Method: fiber.MethodGet, Path: "/empty", Access: guard.Public}},
		"GET /good stands twice":          {good, good},
	} {
		err := guard.New(nil, nil, guard.Options{}).Register(fiber.New(), routes)
		if err == nil || !strings.Contains(err.Error(), wanted) {
			t.Errorf("expected %q, and got %v", wanted, err)
		}
	}
	if err := guard.New(nil, nil, guard.Options{}).Register(fiber.New(), []guard.Route{good}); err != nil {
		t.Errorf("a good table: %v", err)
	}
}
