// Package server puts the parts together: the whole route table, and what
// answers it.
package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"github.com/gofiber/fiber/v2"

	"frontdesk/internal/appointment"
	"frontdesk/internal/audit"
	"frontdesk/internal/cache"
	"frontdesk/internal/client"
	"frontdesk/internal/clock"
	"frontdesk/internal/config"
	"frontdesk/internal/console"
	"frontdesk/internal/conversation"
	"frontdesk/internal/dashboard"
	"frontdesk/internal/delivery"
	"frontdesk/internal/factor"
	"frontdesk/internal/guard"
	"frontdesk/internal/invite"
	"frontdesk/internal/job"
	"frontdesk/internal/live"
	"frontdesk/internal/mailbox"
	"frontdesk/internal/membership"
	"frontdesk/internal/outbound"
	"frontdesk/internal/password"
	"frontdesk/internal/passwordreset"
	"frontdesk/internal/provider"
	"frontdesk/internal/resource"
	"frontdesk/internal/seal"
	"frontdesk/internal/security"
	"frontdesk/internal/service"
	"frontdesk/internal/session"
	"frontdesk/internal/storage"
	"frontdesk/internal/store"
	"frontdesk/internal/support"
	"frontdesk/internal/tenant"
	"frontdesk/internal/user"
	"frontdesk/internal/web"
	"frontdesk/static"
	sessionviews "frontdesk/views/session"
)

// Parts are what a server runs on; they outlive it.
type Parts struct {
	Config config.Config
	Log    *slog.Logger
	Now    clock.Clock
	Store  *store.Store
	Keys   *seal.Ring
	Cache  *cache.Connection
	// Storage keeps raw mail and attachments.
	Storage storage.Store
	// ReadTimeout bounds how long a request may take to arrive; zero is the usual.
	ReadTimeout time.Duration
	// DemoAccounts are shown on the sign-in page, in a demo only.
	DemoAccounts []sessionviews.DemoAccount
	// Beat is how often an open event stream looks by itself; zero is the usual.
	Beat time.Duration
	// Routes stand beside the program's own, for a benchmark.
	Routes []guard.Route
}

// Server answers requests.
type Server struct {
	parts  Parts
	app    *fiber.App
	hub    *live.Hub
	queue  *job.Queue
	routes []guard.Route
}

// New wires a server. It fails on a route that does not say who may use it, and on a noun
// that the logs cannot show.
func New(parts Parts) (*Server, error) {
	built, err := fs.Sub(static.Files, "dist")
	if err != nil {
		return nil, err
	}
	assets, err := web.LoadAssets(built)
	if err != nil {
		return nil, err
	}
	kept, err := web.NewKept(parts.Config.ReadCacheMiB<<20, parts.Now)
	if err != nil {
		return nil, err
	}
	glue := web.New(web.Options{
		BaseURL: parts.Config.AppBaseURL, Secure: parts.Config.Secure(), Log: parts.Log, Keys: parts.Keys,
		Assets: assets, Peers: parts.Config.TrustedProxies, Kept: kept, ReadTimeout: parts.ReadTimeout,
	})
	doorkeeper := guard.New(glue, parts.Store, guard.Options{
		Now: parts.Now, Limits: limits(parts), SessionIdle: parts.Config.SessionIdle, SessionLifetime: parts.Config.SessionLifetime,
		RequireAdmin2FA: parts.Config.RequireAdmin2FA, CronSecret: parts.Config.CronSecret,
	})
	passwords := Passwords(parts.Config)
	mailer, err := newMailer(parts)
	if err != nil {
		return nil, err
	}
	queue, err := newQueue(parts, mailer)
	if err != nil {
		return nil, err
	}
	passkeys, err := factor.NewPasskeys(parts.Config.AppBaseURL)
	if err != nil {
		return nil, err
	}
	factors := &factor.Handler{
		Web: glue, Store: parts.Store, Guard: doorkeeper, Keys: parts.Keys, Passwords: passwords, Now: parts.Now, Passkeys: passkeys, Delivery: mailer,
	}
	sessions := &session.Handler{
		Web: glue, Store: parts.Store, Guard: doorkeeper, Passwords: passwords, Demo: parts.DemoAccounts,
		SecondFactor: factors.Ask, PasskeysOffered: passkeys != nil,
	}
	factors.SignIn = sessions
	registry, err := logged()
	if err != nil {
		return nil, err
	}
	teams := &membership.Handler{Web: glue, Store: parts.Store, Guard: doorkeeper, Delivery: mailer}
	tenants := &tenant.Handler{Web: glue, Store: parts.Store, Delivery: mailer}
	s := &Server{parts: parts, app: glue.App(), hub: newHub(parts), queue: queue}
	s.routes = routes(handlers{
		appointment:   &appointment.Handler{Web: glue, Store: parts.Store},
		audit:         &audit.Handler{Web: glue, Store: parts.Store, Registry: registry},
		client:        &client.Handler{Web: glue, Store: parts.Store},
		passwordReset: &passwordreset.Handler{Web: glue, Store: parts.Store, Guard: doorkeeper, Queue: queue, Passwords: passwords},
		provider:      &provider.Handler{Web: glue, Store: parts.Store},
		service:       &service.Handler{Web: glue, Store: parts.Store},
		resource:      &resource.Handler{Web: glue, Store: parts.Store},
		dashboard:     &dashboard.Handler{Web: glue, Store: parts.Store},
		console:       &console.Handler{Web: glue, Store: parts.Store, Queue: queue},
		conversation:  &conversation.Handler{Web: glue, Store: parts.Store, Storage: parts.Storage, Queue: queue, Now: parts.Now},
		mailbox:       &mailbox.Handler{Web: glue, Store: parts.Store, Now: parts.Now, Passwords: mailbox.Passwords{Keys: parts.Keys}, Queue: queue},
		session:       sessions,
		factor:        factors,
		security:      &security.Handler{Web: glue, Store: parts.Store},
		invite: &invite.Handler{
			Web: glue, Store: parts.Store, Guard: doorkeeper, Delivery: mailer, Passwords: passwords, TeamPage: teams.Refused, TenantPage: tenants.Refused,
		},
		membership: teams,
		tenant:     tenants,
		support:    &support.Handler{Web: glue, Store: parts.Store, Guard: doorkeeper},
		events:     &events{hub: s.hub, guard: doorkeeper},
		user:       &user.Handler{Web: glue, Store: parts.Store, Guard: doorkeeper, Passwords: passwords},
	})
	if err := registry.CheckPages(pages(s.routes)); err != nil {
		return nil, err
	}
	s.app.Get("/static/*", assets.Serve)
	machine := machineRoutes(parts, s.hub)
	if err := doorkeeper.Register(s.app, machine); err != nil {
		return nil, err
	}
	s.app.Use(doorkeeper.Identify, doorkeeper.Limit)
	s.routes = append(s.routes, parts.Routes...)
	if err := doorkeeper.Register(s.app, s.routes); err != nil {
		return nil, err
	}
	s.routes = append(machine, s.routes...)
	return s, nil
}

// newMailer hands out invites. The installation's own mail server may stand
// anywhere, on this machine too: who set it could read all of this anyway.
func newMailer(parts Parts) (*delivery.Mailer, error) {
	dialer, err := outbound.New(true, parts.Config.MailCAFile)
	if err != nil {
		return nil, err
	}
	post, err := delivery.NewPost(parts.Config.SMTPURL, parts.Config.MailFrom, dialer, parts.Now)
	if err != nil {
		return nil, err
	}
	return &delivery.Mailer{
		BaseURL: parts.Config.AppBaseURL, Lifetime: parts.Config.InviteLifetime, Post: post, Patience: parts.Config.SMTPTimeout,
		Store: parts.Store, Log: parts.Log,
	}, nil
}

// Passwords returns the hasher of an installation with these settings.
func Passwords(settings config.Config) *password.Hasher {
	return password.NewHasher(password.Cost{
		MemoryKiB: uint32(settings.PasswordMemoryKiB), Iterations: uint32(settings.PasswordIterations), Threads: uint8(settings.PasswordThreads),
	})
}

// limits are the configured ones, or none where RATE_LIMIT is off.
func limits(parts Parts) guard.Limits {
	if !parts.Config.RateLimit {
		return guard.Limits{}
	}
	limits := guard.Limits{
		Limiter: cache.NewLimiter(parts.Cache, parts.Now), Reads: parts.Config.RateLimitReads, Writes: parts.Config.RateLimitWrites,
	}
	if parts.Config.BenchmarkMode {
		limits.BenchmarkToken = parts.Config.BenchmarkToken
	}
	return limits
}

// App returns the Fiber application, for tests and benchmarks.
func (s *Server) App() *fiber.App { return s.app }

// Routes returns the route table, for tests.
func (s *Server) Routes() []guard.Route { return s.routes }

// Table is the route table of a server that need not run, for printing. Some handlers
// are made of the noun that they serve, so those nouns are there, with nothing in them.
func Table() []guard.Route {
	return append(machineRoutes(Parts{}, nil), routes(handlers{tenant: &tenant.Handler{}, user: &user.Handler{}})...)
}

// Listen answers requests until Shutdown; it calls listening once it does.
func (s *Server) Listen(listening func()) error {
	s.app.Hooks().OnListen(func(fiber.ListenData) error { go listening(); return nil })
	if err := s.app.Listen(s.parts.Config.ListenAddr); err != nil {
		return fmt.Errorf("LISTEN_ADDR: %w", err)
	}
	return nil
}

// StartJobs begins to do the installation's jobs in this process.
func (s *Server) StartJobs(ctx context.Context) error {
	if err := s.queue.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("start jobs: %w", err)
	}
	return nil
}

// Shutdown lets requests and jobs that run now finish, until ctx ends. Event streams
// end first: they are answers that never finish, and are waited for like any other.
func (s *Server) Shutdown(ctx context.Context) error {
	s.hub.Close()
	return errors.Join(s.app.ShutdownWithContext(ctx), s.queue.Stop(ctx))
}
