package layout

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/a-h/templ"

	"frontdesk/internal/actor"
	"frontdesk/internal/locale"
)

// readyPieces are all that ready is asked for.
var readyPieces = map[string]func() templ.Component{
	"bar": bottomBar, "drawer": drawer, "toasts": toastTemplates, "dialogs": dialogs,
	"sidebar": sidebar, "header": mobileHeader, "account": accountMenu,
}

// TestAPieceThatIsReadyIsTheOneThatWouldBeDrawn compares each with itself as drawn for
// the very person, so that nothing can depend on more than variant knows.
func TestAPieceThatIsReadyIsTheOneThatWouldBeDrawn(t *testing.T) {
	t.Parallel()
	until := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	kinds := map[string]Frame{
		"owner":       {PersonName: "Maria Ionescu", TenantName: "Aurora", Role: actor.Owner, CSRF: "token-1", SeveralTenants: true, Theme: Dark},
		"staff":       {PersonName: `Ana <b>"O'Pop"</b> & Co`, TenantName: `Bo<re>alis & "Co"`, Role: actor.Staff, CSRF: "token-2"},
		"support":     {PersonName: "Ion Rusu", TenantName: "Aurora", SupportUntil: &until, CSRF: "token-3", Offers: func(string, string) bool { return false }},
		"super-admin": {PersonName: "Ion Rusu", SuperAdmin: true, CSRF: "token-4"},
		"no clinic":   {PersonName: "Vlad Matei", CSRF: "token-5"},
		"visitor":     {CSRF: "token-6"},
	}
	for kind, frame := range kinds {
		frame.Asset = func(name string) string { return "/" + kind + "/" + name }
		for _, language := range []string{locale.English, locale.Romanian} {
			for _, section := range []Section{Dashboard, Calendar, Clients, Inbox, Team, Tenants, Jobs} {
				frame.Section = section
				ctx := locale.With(With(context.Background(), frame), locale.New(language, time.UTC, "RO", nil))
				for name, piece := range readyPieces {
					wanted := markup(ctx, t, piece())
					for _, when := range []string{"first", "again"} {
						if got := markup(ctx, t, ready(ctx, name, piece())); got != wanted {
							t.Errorf("%s, %s, %s, %s %s: %q, not %q", kind, language, section, name, when, got, wanted)
						}
					}
				}
			}
		}
	}
}

func markup(ctx context.Context, t *testing.T, component templ.Component) string {
	t.Helper()
	var text bytes.Buffer
	if err := component.Render(ctx, &text); err != nil {
		t.Fatal(err)
	}
	return text.String()
}
