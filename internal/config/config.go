// Package config reads the program's settings from the environment. Every
// variable is listed in .env.example with its default; a test keeps the two
// equal. A malformed value stops the program with one line that names it.
package config

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"net/url"
	"os"
	"reflect"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
	"github.com/joho/godotenv"
)

// Config holds the settings of one process. The comment tag is what
// .env.example says of a variable.
type Config struct {
	ListenAddr string `env:"LISTEN_ADDR" envDefault:"127.0.0.1:8080" comment:"Where the web program listens."`
	AppBaseURL string `env:"APP_BASE_URL" comment:"The address in links, cookies and origin checks; from LISTEN_ADDR when empty. https anywhere but on loopback."`
	DataDir    string `env:"DATA_DIR" comment:"Embedded database, files in folder mode, made keys. Empty: ./data; /var/lib/frontdesk for root where the database's account cannot reach ./data."`

	DatabaseURL         string `env:"DATABASE_URL" comment:"The schema's owner; migrations only. Empty: an embedded Postgres under DATA_DIR."`
	TenantDatabaseURL   string `env:"TENANT_DATABASE_URL" comment:"The login frontdesk_tenant. Required with DATABASE_URL."`
	PlatformDatabaseURL string `env:"PLATFORM_DATABASE_URL" comment:"The login frontdesk_platform. Required with DATABASE_URL."`
	DatabasePoolSize    int    `env:"DATABASE_POOL_SIZE" envDefault:"10" comment:"Connections of each login."`
	DatabasePooler      bool   `env:"DATABASE_POOLER" envDefault:"false" comment:"True behind a pooler in transaction mode: the job queue then polls instead of listening."`

	RedisURL string `env:"REDIS_URL" comment:"Rate limits shared by several copies of the program. Empty: kept in memory."`

	ReadCacheMiB int `env:"READ_CACHE_MIB" envDefault:"32" comment:"The most that pages kept as they were drawn take in each process; each is right by its clinic's revisions. 0 keeps none."`

	S3EndpointURL     string `env:"S3_ENDPOINT_URL" comment:"Object storage. Empty: a folder under DATA_DIR."`
	S3Region          string `env:"S3_REGION" envDefault:"us-east-1"`
	S3Bucket          string `env:"S3_BUCKET"`
	S3AccessKeyID     string `env:"S3_ACCESS_KEY_ID"`
	S3SecretAccessKey string `env:"S3_SECRET_ACCESS_KEY"`

	SMTPURL  string `env:"SMTP_URL" comment:"System mail, such as invites: smtps://user:password@host:465. Empty: not sent, and reported so."`
	MailFrom string `env:"MAIL_FROM" comment:"The sender of system mail."`

	SMTPTimeout time.Duration `env:"SMTP_TIMEOUT" envDefault:"10s" comment:"How long the whole conversation with that server may take, while a person waits."`

	SecretKeys string `env:"SECRET_KEYS" comment:"Key ring, newest first: 32 random bytes each in base64, separated by commas. Empty: made in DATA_DIR on first start."`

	RateLimit       Switch         `env:"RATE_LIMIT" envDefault:"on" comment:"off only for tests: every limit, sign-in and invites included."`
	RateLimitReads  int            `env:"RATE_LIMIT_READS" envDefault:"600" comment:"Reads a minute for each person, or for each address before sign-in."`
	RateLimitWrites int            `env:"RATE_LIMIT_WRITES" envDefault:"120" comment:"Writes a minute, likewise."`
	TrustedProxies  []netip.Prefix `env:"TRUSTED_PROXIES" comment:"Networks whose X-Forwarded-For is believed, separated by commas."`

	PasswordMemoryKiB  int `env:"PASSWORD_MEMORY_KIB" envDefault:"19456" comment:"Argon2id: memory of one hash. When it or the next two rise, each password is hashed anew at its next sign-in."`
	PasswordIterations int `env:"PASSWORD_ITERATIONS" envDefault:"2" comment:"Argon2id: passes over the memory."`
	PasswordThreads    int `env:"PASSWORD_THREADS" envDefault:"1" comment:"Argon2id: lanes."`

	SessionIdle     time.Duration `env:"SESSION_IDLE" envDefault:"12h" comment:"How long a session lasts unused."`
	SessionLifetime time.Duration `env:"SESSION_LIFETIME" envDefault:"168h" comment:"How long a session lasts at most."`

	RequireAdmin2FA bool `env:"REQUIRE_ADMIN_2FA" envDefault:"true" comment:"A super-admin must enrol a second factor at first sign-in. false only for tests and demo."`

	CronSecret string `env:"CRON_SECRET" comment:"The bearer token of /api/cron, at least 16 characters. Empty: these addresses answer 404."`

	MetricsToken    string         `env:"METRICS_TOKEN" comment:"The bearer token of /metrics, at least 16 characters, for who asks from elsewhere than this machine and METRICS_NETWORKS."`
	MetricsNetworks []netip.Prefix `env:"METRICS_NETWORKS" comment:"Networks that may read /metrics without the token, separated by commas; this machine may always."`

	PasswordResetLifetime time.Duration `env:"PASSWORD_RESET_LIFETIME" envDefault:"1h" comment:"How long a link that sets a new password is good."`

	InviteLifetime time.Duration `env:"INVITE_LIFETIME" envDefault:"168h" comment:"How long an invite's link is good."`

	MailAllowPrivateHosts bool          `env:"MAIL_ALLOW_PRIVATE_HOSTS" envDefault:"false" comment:"Lets mailboxes connect to loopback and private addresses and any port. For tests and closed networks."`
	MailCAFile            string        `env:"MAIL_CA_FILE" comment:"A further certificate authority for mail servers."`
	MailSyncInterval      time.Duration `env:"MAIL_SYNC_INTERVAL" envDefault:"2m" comment:"How often each mailbox is read."`

	BenchmarkMode  bool   `env:"BENCHMARK_MODE" envDefault:"false" comment:"With the header X-Benchmark-Token, skips the rate limiter. Refuses to start outside loopback."`
	BenchmarkToken string `env:"BENCHMARK_TOKEN"`

	Demo bool `env:"DEMO" envDefault:"false" comment:"Loads the demo clinic and shows its sign-ins on the sign-in page."`
}

// Switch is a setting that is spelled on or off.
type Switch bool

// UnmarshalText reads the two words; how else a truth may be spelled is refused.
func (s *Switch) UnmarshalText(text []byte) error {
	switch string(text) {
	case "on":
		*s = true
	case "off":
		*s = false
	default:
		return errors.New(`must be "on" or "off"`)
	}
	return nil
}

// Load reads the process's environment, and beneath it the file .env of the
// working folder when there is one.
func Load() (Config, error) {
	if err := godotenv.Load(".env"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Config{}, fmt.Errorf("the file .env is malformed: %w", err)
	}
	return Parse(environment())
}

// Parse reads settings from a map of variables. Its error is one line that names
// the variable.
func Parse(variables map[string]string) (Config, error) {
	var config Config
	if err := env.ParseWithOptions(&config, env.Options{Environment: withoutEmpty(variables)}); err != nil {
		return Config{}, namedError(err)
	}
	if config.AppBaseURL == "" {
		config.AppBaseURL = "http://" + config.ListenAddr
	}
	config.AppBaseURL = strings.TrimSuffix(config.AppBaseURL, "/")
	return config, config.check()
}

// Embedded reports whether the program keeps its own Postgres.
func (c Config) Embedded() bool { return c.DatabaseURL == "" && c.TenantDatabaseURL == "" }

// Secure reports whether people reach the program over https, which decides the
// session cookie's name and flags.
func (c Config) Secure() bool { return strings.HasPrefix(c.AppBaseURL, "https://") }

// check refuses what each value's own type cannot.
func (c Config) check() error {
	for _, step := range []func() error{
		c.checkAddresses, c.checkDatabase, c.checkStorage, c.checkMail, c.checkNumbers, c.checkSecrets, c.checkBenchmark,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (c Config) checkAddresses() error {
	if _, port, err := net.SplitHostPort(c.ListenAddr); err != nil || port == "" {
		return errors.New("LISTEN_ADDR must be host:port")
	}
	base, err := url.Parse(c.AppBaseURL)
	if err != nil || base.Host == "" || base.Path != "" || base.RawQuery != "" || (base.Scheme != "http" && base.Scheme != "https") {
		return errors.New("APP_BASE_URL must be http://host or https://host, with no path")
	}
	if base.Scheme == "http" && !loopback(base.Hostname()) {
		return errors.New("APP_BASE_URL must be https unless its host is loopback")
	}
	return nil
}

func (c Config) checkDatabase() error {
	if c.Embedded() {
		if c.PlatformDatabaseURL != "" {
			return errors.New("DATABASE_URL is empty, but PLATFORM_DATABASE_URL is set")
		}
		return nil
	}
	for name, value := range map[string]string{
		"TENANT_DATABASE_URL": c.TenantDatabaseURL, "PLATFORM_DATABASE_URL": c.PlatformDatabaseURL,
	} {
		if value == "" {
			return fmt.Errorf("%s is required when the database is external", name)
		}
	}
	return nil
}

func (c Config) checkStorage() error {
	if c.S3EndpointURL == "" {
		if c.S3Bucket != "" {
			return errors.New("S3_ENDPOINT_URL is empty, but S3_BUCKET is set")
		}
		return nil
	}
	endpoint, err := url.Parse(c.S3EndpointURL)
	if err != nil || endpoint.Host == "" || (endpoint.Scheme != "http" && endpoint.Scheme != "https") {
		return errors.New("S3_ENDPOINT_URL must be an http or https address")
	}
	for name, value := range map[string]string{
		"S3_BUCKET": c.S3Bucket, "S3_ACCESS_KEY_ID": c.S3AccessKeyID, "S3_SECRET_ACCESS_KEY": c.S3SecretAccessKey,
	} {
		if value == "" {
			return fmt.Errorf("%s is required with S3_ENDPOINT_URL", name)
		}
	}
	return nil
}

func (c Config) checkMail() error {
	if c.SMTPURL != "" && c.MailFrom == "" {
		return errors.New("MAIL_FROM is required with SMTP_URL")
	}
	if c.MailCAFile != "" {
		if _, err := os.Stat(c.MailCAFile); err != nil {
			return errors.New("MAIL_CA_FILE cannot be read")
		}
	}
	return nil
}

func (c Config) checkNumbers() error {
	for name, wrong := range map[string]bool{
		"DATABASE_POOL_SIZE":      c.DatabasePoolSize < 1 || c.DatabasePoolSize > 1000,
		"READ_CACHE_MIB":          c.ReadCacheMiB < 0 || c.ReadCacheMiB > 1<<14,
		"RATE_LIMIT_READS":        c.RateLimitReads < 1,
		"RATE_LIMIT_WRITES":       c.RateLimitWrites < 1,
		"INVITE_LIFETIME":         c.InviteLifetime < time.Minute,
		"PASSWORD_MEMORY_KIB":     c.PasswordMemoryKiB < 8*c.PasswordThreads || c.PasswordMemoryKiB > 1<<20,
		"PASSWORD_ITERATIONS":     c.PasswordIterations < 1 || c.PasswordIterations > 100,
		"PASSWORD_THREADS":        c.PasswordThreads < 1 || c.PasswordThreads > 64,
		"SESSION_IDLE":            c.SessionIdle < time.Minute,
		"SESSION_LIFETIME":        c.SessionLifetime < c.SessionIdle,
		"PASSWORD_RESET_LIFETIME": c.PasswordResetLifetime < time.Minute || c.PasswordResetLifetime > 24*time.Hour,
		"SMTP_TIMEOUT":            c.SMTPTimeout <= 0 || c.SMTPTimeout > time.Minute,
		"MAIL_SYNC_INTERVAL":      c.MailSyncInterval < time.Second,
	} {
		if wrong {
			return fmt.Errorf("%s is out of range", name)
		}
	}
	return nil
}

func (c Config) checkSecrets() error {
	for name, secret := range map[string]string{"CRON_SECRET": c.CronSecret, "METRICS_TOKEN": c.MetricsToken} {
		if secret != "" && len(secret) < 16 {
			return fmt.Errorf("%s must have at least 16 characters", name)
		}
	}
	return nil
}

func (c Config) checkBenchmark() error {
	if !c.BenchmarkMode {
		return nil
	}
	host, _, err := net.SplitHostPort(c.ListenAddr)
	if err != nil || !loopback(host) {
		return errors.New("BENCHMARK_MODE is for loopback only: LISTEN_ADDR is not")
	}
	if len(c.BenchmarkToken) < 16 {
		return errors.New("BENCHMARK_TOKEN must have at least 16 characters")
	}
	return nil
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}

// namedError turns the library's report into a line that starts with the
// variable's name.
func namedError(err error) error {
	parse, ok := errors.AsType[env.ParseError](err)
	if !ok {
		return err
	}
	for field := range reflect.TypeFor[Config]().Fields() {
		if field.Name == parse.Name {
			return fmt.Errorf("%s is malformed: %w", field.Tag.Get("env"), parse.Err)
		}
	}
	return err
}
