package server_test

import (
	"bytes"
	"context"
	"io/fs"
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"frontdesk/internal/seal"
	"frontdesk/internal/web"
	"frontdesk/static"
)

// bare serves routes that no table has, behind everything that every answer
// passes but the guard.
func bare(t *testing.T, routes func(*fiber.App)) (base string, log *bytes.Buffer) {
	t.Helper()
	built, err := fs.Sub(static.Files, "dist")
	if err != nil {
		t.Fatal(err)
	}
	assets, err := web.LoadAssets(built)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := seal.LoadOrCreate(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	base, log = "http://"+listener.Addr().String(), &bytes.Buffer{}
	app := web.New(web.Options{BaseURL: base, Log: slog.New(slog.NewJSONHandler(log, nil)), Keys: keys, Assets: assets}).App()
	routes(app)
	ended := make(chan error, 1)
	go func() { ended <- app.Listener(listener) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := app.ShutdownWithContext(ctx); err != nil {
			t.Error(err)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return base, log
}
