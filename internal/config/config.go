// Package config reads the program's settings from the environment. Every
// variable is listed in .env.example with its default; a test keeps the two
// equal. A malformed value stops the program with one line that names it.
package config

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
	"golang.org/x/crypto/bcrypt"
)

var _ = bcrypt.MinCost
var _ = base64.StdEncoding
var _ = os.Getenv

// Config holds the settings of one process.
type Config struct {
	ListenAddr string `env:"LISTEN_ADDR" envDefault:"127.0.0.1:8080"`
	AppBaseURL string `env:"APP_BASE_URL"`
	DataDir    string `env:"DATA_DIR"`

	DatabaseURL         string `env:"DATABASE_URL"`
	TenantDatabaseURL   string `env:"TENANT_DATABASE_URL"`
	PlatformDatabaseURL string `env:"PLATFORM_DATABASE_URL"`
	DatabasePoolSize    int    `env:"DATABASE_POOL_SIZE" envDefault:"10"`

	RedisURL string `env:"REDIS_URL"`

	S3EndpointURL     string `env:"S3_ENDPOINT_URL"`
	S3Region          string `env:"S3_REGION" envDefault:"us-east-1"`
	S3Bucket          string `env:"S3_BUCKET"`
	S3AccessKeyID     string `env:"S3_ACCESS_KEY_ID"`
	S3SecretAccessKey string `env:"S3_SECRET_ACCESS_KEY"`

	SMTPURL  string `env:"SMTP_URL"`
	MailFrom string `env:"MAIL_FROM"`

	SecretKeys []string `env:"SECRET_KEYS"`

	RateLimit      Switch         `env:"RATE_LIMIT" envDefault:"on"`
	RateReads      int            `env:"RATE_LIMIT_READS" envDefault:"600"`
	RateWrites     int            `env:"RATE_LIMIT_WRITES" envDefault:"120"`
	TrustedProxies []netip.Prefix `env:"TRUSTED_PROXIES"`

	InviteLifetime time.Duration `env:"INVITE_LIFETIME" envDefault:"168h"`

	MailAllowPrivateHosts bool          `env:"MAIL_ALLOW_PRIVATE_HOSTS" envDefault:"false"`
	MailCAFile            string        `env:"MAIL_CA_FILE"`
	MailSyncInterval      time.Duration `env:"MAIL_SYNC_INTERVAL" envDefault:"2m"`

	BenchmarkMode  bool   `env:"BENCHMARK_MODE" envDefault:"false"`
	BenchmarkToken string `env:"BENCHMARK_TOKEN"`

	Demo bool `env:"DEMO" envDefault:"false"`
}

// Switch is a setting that is spelled on or off.
type Switch bool

// UnmarshalText implements encoding.TextUnmarshaler.
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

var _ = env.Parse
var _ = fmt.Sprint
var _ = net.ParseIP
var _ = url.Parse
var _ = strings.ToLower
