package config_test

import (
	"os"
	"strings"
	"testing"

	"frontdesk/internal/config"
)

func TestTheExampleFileListsEverySettingWithItsDefault(t *testing.T) {
	t.Parallel()
	written, err := os.ReadFile("../../.env.example")
	if err != nil {
		t.Fatal(err)
	}
	if string(written) != config.Example() {
		t.Error(".env.example is not what the settings are; run `make generate`")
	}
}

func TestTheExampleFileIsItselfAGoodConfiguration(t *testing.T) {
	t.Parallel()
	variables := map[string]string{}
	for line := range strings.Lines(config.Example()) {
		if name, value, found := strings.Cut(strings.TrimSpace(line), "="); found && !strings.HasPrefix(name, "#") {
			variables[name] = value
		}
	}
	parsed, err := config.Parse(variables)
	if err != nil {
		t.Fatal(err)
	}
	if !parsed.Embedded() || parsed.Secure() || parsed.AppBaseURL != "http://127.0.0.1:8080" {
		t.Errorf("defaults: %+v", parsed)
	}
}

func TestAMalformedSettingIsNamed(t *testing.T) {
	t.Parallel()
	for name, variables := range map[string]map[string]string{
		"LISTEN_ADDR":         {"LISTEN_ADDR": "8080"},
		"APP_BASE_URL":        {"APP_BASE_URL": "http://clinic.example"},
		"RATE_LIMIT":          {"RATE_LIMIT": "yes"},
		"RATE_LIMIT_READS":    {"RATE_LIMIT_READS": "0"},
		"DATABASE_POOL_SIZE":  {"DATABASE_POOL_SIZE": "many"},
		"TENANT_DATABASE_URL": {"DATABASE_URL": "postgres://owner@db/frontdesk", "PLATFORM_DATABASE_URL": "postgres://p@db/frontdesk"},
		"DATABASE_URL":        {"PLATFORM_DATABASE_URL": "postgres://p@db/frontdesk"},
		"S3_BUCKET":           {"S3_ENDPOINT_URL": "https://s3.example", "S3_ACCESS_KEY_ID": "a", "S3_SECRET_ACCESS_KEY": "b"},
		"S3_ENDPOINT_URL":     {"S3_ENDPOINT_URL": "s3.example", "S3_BUCKET": "a"},
		"MAIL_FROM":           {"SMTP_URL": "smtps://mail.example"},
		"MAIL_CA_FILE":        {"MAIL_CA_FILE": "/no/such/file"},
		"MAIL_SYNC_INTERVAL":  {"MAIL_SYNC_INTERVAL": "soon"},
		"INVITE_LIFETIME":     {"INVITE_LIFETIME": "1s"},
		"TRUSTED_PROXIES":     {"TRUSTED_PROXIES": "10.0.0.0/99"},
		"BENCHMARK_MODE":      {"BENCHMARK_MODE": "true", "LISTEN_ADDR": "0.0.0.0:8080", "APP_BASE_URL": "https://clinic.example"},
		"BENCHMARK_TOKEN":     {"BENCHMARK_MODE": "true"},
		"DEMO":                {"DEMO": "perhaps"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := config.Parse(variables)
			if err == nil {
				t.Fatal("it was accepted")
			}
			if !strings.HasPrefix(err.Error(), name+" ") || strings.Contains(err.Error(), "\n") {
				t.Errorf("the error is not one line that begins with the name: %q", err)
			}
		})
	}
}
