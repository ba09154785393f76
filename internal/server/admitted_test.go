package server_test

import (
	"net/http"
	"testing"

	"frontdesk/internal/guard"
	"frontdesk/internal/server"
)

// told is what a route answers to those whom the guard lets through.
type told struct {
	status int
	// but are the callers who are told otherwise.
	but map[string]int
}

// admitted says it for each form, sent empty to a row that is there: one status and
// no other, for a form that is refused or does nothing would hide behind a range. A
// form without a line fails. Pages without one are shown: 200.
var admitted = map[string]told{
	"POST /appointments":                  {status: http.StatusUnprocessableEntity},
	"POST /appointments/:id":              {status: http.StatusSeeOther}, // what is not sent stays
	"POST /appointments/:id/cancellation": {status: http.StatusSeeOther},
	"POST /clients":                       {status: http.StatusUnprocessableEntity},
	"POST /clients/:id":                   {status: http.StatusUnprocessableEntity},
	"POST /providers":                     {status: http.StatusUnprocessableEntity},
	"POST /providers/:id":                 {status: http.StatusUnprocessableEntity},
	"POST /providers/:id/activation":      {status: http.StatusSeeOther},
	"POST /providers/:id/deactivation":    {status: http.StatusSeeOther},
	"POST /resources":                     {status: http.StatusUnprocessableEntity},
	"POST /resources/:id":                 {status: http.StatusUnprocessableEntity},
	"POST /resources/:id/activation":      {status: http.StatusSeeOther},
	"POST /resources/:id/deactivation":    {status: http.StatusSeeOther},
	"POST /services":                      {status: http.StatusUnprocessableEntity},
	"POST /services/:id":                  {status: http.StatusUnprocessableEntity},
	"POST /services/:id/activation":       {status: http.StatusSeeOther},
	"POST /services/:id/deactivation":     {status: http.StatusSeeOther},

	"POST /inbox/:id/messages":                   {status: http.StatusUnprocessableEntity},
	"POST /inbox/:id/reading":                    {status: http.StatusSeeOther},
	"POST /inbox/:id/messages/:message/delivery": {status: http.StatusSeeOther},
	"POST /settings/email":                       {status: http.StatusUnprocessableEntity},
	"POST /settings/email/:id":                   {status: http.StatusUnprocessableEntity},
	"POST /settings/email/:id/sync":              {status: http.StatusSeeOther},
	"POST /settings/email/:id/activation":        {status: http.StatusSeeOther},
	"POST /settings/email/:id/deactivation":      {status: http.StatusSeeOther},

	"POST /team":                            {status: http.StatusUnprocessableEntity},
	"POST /team/:id/role":                   {status: http.StatusUnprocessableEntity},
	"POST /team/:id/removal":                {status: http.StatusSeeOther},
	"POST /team/invites/:id/renewal":        {status: http.StatusSeeOther},
	"POST /team/invites/:id/revocation":     {status: http.StatusConflict}, // it was renewed before
	"POST /settings/security":               {status: http.StatusUnprocessableEntity},
	"POST /settings/support":                {status: http.StatusUnprocessableEntity},
	"POST /settings/support/:id/revocation": {status: http.StatusSeeOther},
	"POST /support-session/ending":          {status: http.StatusSeeOther},

	"POST /second-factor":                       {http.StatusSeeOther, map[string]int{"admin": http.StatusConflict, "support": http.StatusConflict}},
	"POST /second-factor/confirmation":          {http.StatusUnprocessableEntity, map[string]int{"admin": http.StatusConflict, "support": http.StatusConflict}},
	"POST /second-factor/proof":                 {status: http.StatusUnprocessableEntity},
	"POST /second-factor/deletion":              {status: http.StatusUnprocessableEntity},
	"POST /second-factor/recovery-codes":        {status: http.StatusUnprocessableEntity},
	"POST /second-factor/passkeys/options":      {status: http.StatusNotFound}, // without https there are none
	"POST /second-factor/passkeys":              {status: http.StatusNotFound},
	"POST /second-factor/passkeys/:id/deletion": {status: http.StatusNotFound}, // it is nobody's who asks here
	"POST /login":                               {status: http.StatusUnprocessableEntity},
	"POST /login/second-factor":                 {status: http.StatusSeeOther}, // back to the password
	"POST /login/passkey/options":               {status: http.StatusNotFound},
	"POST /login/passkey":                       {status: http.StatusNotFound},
	"POST /logout":                              {status: http.StatusSeeOther},
	"POST /sessions/ending":                     {status: http.StatusSeeOther},
	"POST /sessions/:id/ending":                 {status: http.StatusNotFound}, // it is nobody's
	"POST /tenants/:id/session":                 {status: http.StatusNotFound}, // likewise
	"POST /preferences":                         {status: http.StatusSeeOther},
	"POST /password":                            {status: http.StatusUnprocessableEntity},
	"POST /password-reset":                      {status: http.StatusUnprocessableEntity},
	"POST /password-reset/:token":               {status: http.StatusNotFound}, // nobody made this one
	"POST /invite/:token":                       {status: http.StatusNotFound}, // likewise

	"POST /admin/jobs/:id/retry":                         {status: http.StatusNotFound}, // jobs have numbers
	"POST /admin/jobs/:id/cancellation":                  {status: http.StatusNotFound},
	"POST /admin/tenants":                                {status: http.StatusUnprocessableEntity},
	"POST /admin/tenants/transitions":                    {status: http.StatusUnprocessableEntity},
	"POST /admin/tenants/:id":                            {status: http.StatusConflict}, // of no version
	"POST /admin/tenants/:id/suspension":                 {status: http.StatusUnprocessableEntity},
	"POST /admin/tenants/:id/activation":                 {status: http.StatusUnprocessableEntity},
	"POST /admin/tenants/:id/deletion":                   {status: http.StatusUnprocessableEntity},
	"POST /admin/tenants/:id/restoration":                {status: http.StatusUnprocessableEntity},
	"POST /admin/tenants/:id/invites":                    {status: http.StatusUnprocessableEntity},
	"POST /admin/tenants/:id/invites/:invite/renewal":    {status: http.StatusNotFound}, // it is nobody's
	"POST /admin/tenants/:id/invites/:invite/revocation": {status: http.StatusNotFound}, // likewise
	"POST /admin/tenants/:id/support-session":            {status: http.StatusSeeOther},
	"POST /admin/users/transitions":                      {status: http.StatusUnprocessableEntity},
	"POST /admin/users/:id":                              {status: http.StatusUnprocessableEntity},
	"POST /admin/users/:id/suspension":                   {status: http.StatusUnprocessableEntity},
	"POST /admin/users/:id/activation":                   {status: http.StatusUnprocessableEntity},
	"POST /admin/users/:id/deletion":                     {status: http.StatusUnprocessableEntity},
	"POST /admin/users/:id/restoration":                  {status: http.StatusUnprocessableEntity},
	"POST /admin/users/:id/promotion":                    {status: http.StatusUnprocessableEntity},
	"POST /admin/users/:id/demotion":                     {status: http.StatusUnprocessableEntity},
	"POST /admin/users/:id/second-factor-reset":          {status: http.StatusConflict}, // they have none

	"POST /api/cron/email-sync": {status: http.StatusAccepted},

	// Pieces of a page lead to it.
	"GET /appointments":                         {status: http.StatusSeeOther},
	"GET /appointments/clients":                 {status: http.StatusSeeOther},
	"GET /inbox/unread":                         {status: http.StatusSeeOther},
	"GET /inbox/:id/messages/:message/delivery": {status: http.StatusSeeOther},
	"GET /settings/email/:id/state":             {status: http.StatusSeeOther},
	"GET /tenants/switcher":                     {status: http.StatusSeeOther},
	// A super-admin's first page is the console, and their second factor is set up.
	"GET /":                           {http.StatusOK, map[string]int{"admin": http.StatusSeeOther}},
	"GET /second-factor/confirmation": {http.StatusOK, map[string]int{"admin": http.StatusSeeOther, "support": http.StatusSeeOther}},
	// Who is signed in needs none of these.
	"GET /login":               {http.StatusSeeOther, map[string]int{"anonymous": http.StatusOK, "user": http.StatusOK, "member": http.StatusOK, "tenant": http.StatusOK, "machine": http.StatusOK}},
	"GET /login/second-factor": {status: http.StatusSeeOther},
	// Nobody made this one.
	"GET /invite/:token":         {status: http.StatusNotFound},
	"GET /password-reset/:token": {status: http.StatusNotFound},
	// Nobody has just made any.
	"GET /second-factor/recovery-codes": {status: http.StatusGone},
	// It is nobody's who asks here.
	"GET /second-factor/passkeys/:id/deletion": {status: http.StatusNotFound},
	// A super-admin's own are not taken away there, and who has none keeps none.
	"GET /admin/users/:id/second-factor-reset/new": {status: http.StatusConflict},
	// The object was never stored.
	"GET /inbox/:id/attachments/:attachment":  {status: http.StatusGone},
	"GET /inbox/:id/messages/:message/source": {status: http.StatusGone},
	// Both are active already.
	"GET /admin/tenants/:id/activation/new":  {status: http.StatusConflict},
	"GET /admin/tenants/:id/restoration/new": {status: http.StatusConflict},
	"GET /admin/users/:id/activation/new":    {status: http.StatusConflict},
	"GET /admin/users/:id/restoration/new":   {status: http.StatusConflict},
}

// admittedStatus is the one that a caller is told whom the guard lets through.
func admittedStatus(t *testing.T, route guard.Route, caller string) int {
	t.Helper()
	line, known := admitted[route.Method+" "+route.Path]
	if !known && route.Method == http.MethodPost {
		t.Errorf("%s %s: no line of admitted says what it answers: add one to admitted_test.go", route.Method, route.Path)
	}
	if status, differs := line.but[caller]; differs {
		return status
	}
	if !known {
		return http.StatusOK
	}
	return line.status
}

func TestEachLineOfTheAdmittedIsARoute(t *testing.T) {
	t.Parallel()
	served := map[string]bool{}
	for _, route := range server.Table() {
		served[route.Method+" "+route.Path] = true
	}
	for name := range admitted {
		if !served[name] {
			t.Errorf("%s is no route", name)
		}
	}
}
