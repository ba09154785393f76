package clinic

import (
	"context"
	"net/http"
	"net/url"

	"github.com/google/uuid"

	"frontdesk/internal/db"
	"frontdesk/internal/guard"
	"frontdesk/internal/store"
)

// Session is whose session a browser has, and where.
type Session struct {
	UserID uuid.UUID
	// TenantID is uuid.Nil for a super-admin's.
	TenantID uuid.UUID
	// SupportGrantID is set for a super-admin's look into the clinic.
	SupportGrantID uuid.UUID
}

// Enter returns the browser of a session that is put in place without signing in:
// quick, and possible also for who could not sign in any more.
func (w *World) Enter(session Session) *Browser {
	w.t.Helper()
	token, hash := guard.NewToken()
	params := db.SessionCreateParams{TokenHash: hash, UserID: session.UserID, UserAgent: "test", Lifetime: w.Config.SessionLifetime}
	if session.TenantID != uuid.Nil {
		params.TenantID = &session.TenantID
	}
	w.platform(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.SessionCreate(ctx, params)
		if err != nil || session.SupportGrantID == uuid.Nil {
			return err
		}
		_, err = tx.SessionRenew(ctx, db.SessionRenewParams{
			TokenHash: hash, NewHash: hash, Moves: true, TenantID: &session.TenantID, SupportGrantID: &session.SupportGrantID,
		})
		return err
	})
	browser := w.Browser()
	address, err := url.Parse(w.URL)
	if err != nil {
		w.t.Fatal(err)
	}
	browser.Client.Jar.SetCookies(address, []*http.Cookie{{Name: guard.SessionCookie, Value: token, Path: "/"}})
	return browser
}

// Vouch has the program put its MAC to the sessions, links and grants that a test has
// written, or changed, beside it: as they stand it would take them for forged.
func (w *World) Vouch() {
	w.t.Helper()
	w.Database.Vouch(w.t, w.Keys)
}
