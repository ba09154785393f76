package testkit

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// redisDatabases is how many numbered databases the shared server has: one a
// test, so that no test sees another's keys.
const redisDatabases = 4096

// StartRedis starts a Redis server without persistence that lives in dir. Tests
// find it through TEST_REDIS_URL.
func StartRedis(ctx context.Context, dir string) (*Part, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	server, err := startRedisServer(ctx, dir, port)
	if err != nil {
		return nil, err
	}
	return &Part{
		Env:  []string{fmt.Sprintf("TEST_REDIS_URL=redis://127.0.0.1:%d", port)},
		Stop: server.stop,
	}, nil
}

func startRedisServer(ctx context.Context, dir string, port int) (*process, error) {
	logPath := filepath.Join(dir, "redis.log")
	server, err := startProcess(logPath, "redis-server",
		"--bind", "127.0.0.1",
		"--port", strconv.Itoa(port),
		"--dir", dir,
		"--save", "",
		"--appendonly", "no",
		"--databases", strconv.Itoa(redisDatabases))
	if err != nil {
		return nil, fmt.Errorf("%w (Debian's package is redis-server)", err)
	}
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	if err := server.waitForPort(ctx, address, logPath); err != nil {
		server.stop()
		return nil, err
	}
	return server, nil
}

// RedisURL returns the address of a Redis database that is empty and that no
// other test uses.
func RedisURL(t testing.TB) string {
	t.Helper()
	server := environment(t, "TEST_REDIS_URL")
	options, err := redis.ParseURL(server)
	if err != nil {
		t.Fatalf("TEST_REDIS_URL: %v", err)
	}
	client := redis.NewClient(options)
	defer client.Close()
	// Database 0 holds only the counter that hands out the others.
	taken, err := client.Incr(t.Context(), "databases").Result()
	if err != nil {
		t.Fatalf("take a Redis database: %v", err)
	}
	database := 1 + (taken-1)%(redisDatabases-1)
	address := fmt.Sprintf("%s/%d", server, database)
	flushRedis(t, address)
	return address
}

// Redis returns a client of a Redis database that is empty and that no other
// test uses. It is closed with the test.
func Redis(t testing.TB) *redis.Client {
	t.Helper()
	options, err := redis.ParseURL(RedisURL(t))
	if err != nil {
		t.Fatalf("parse the address of a Redis database: %v", err)
	}
	client := redis.NewClient(options)
	t.Cleanup(func() { client.Close() })
	return client
}

func flushRedis(t testing.TB, address string) {
	t.Helper()
	options, err := redis.ParseURL(address)
	if err != nil {
		t.Fatalf("parse the address of a Redis database: %v", err)
	}
	client := redis.NewClient(options)
	defer client.Close()
	if err := client.FlushDB(t.Context()).Err(); err != nil {
		t.Fatalf("empty a Redis database: %v", err)
	}
}

// PrivateRedis is a Redis server of one test, which may stop and hang it.
type PrivateRedis struct {
	// URL is the server's address, which stays the same over Stop and Start.
	URL string

	t       testing.TB
	dir     string
	port    int
	process *process
}

// NewPrivateRedis returns a Redis server of the test's own that does not run
// yet: Start starts it. It ends with the test.
func NewPrivateRedis(t testing.TB) *PrivateRedis {
	t.Helper()
	port, err := freePort()
	if err != nil {
		t.Fatalf("find a port for Redis: %v", err)
	}
	server := &PrivateRedis{
		URL:  fmt.Sprintf("redis://127.0.0.1:%d", port),
		t:    t,
		dir:  t.TempDir(),
		port: port,
	}
	t.Cleanup(func() {
		if server.process != nil {
			server.Resume()
			server.Stop()
		}
	})
	return server
}

// Start starts the server, empty, and waits until it answers.
func (r *PrivateRedis) Start() {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	server, err := startRedisServer(ctx, r.dir, r.port)
	if err != nil {
		r.t.Fatalf("start a private Redis: %v", err)
	}
	r.process = server
}

// Stop ends the server: connections to it are refused from now on.
func (r *PrivateRedis) Stop() {
	r.t.Helper()
	r.process.stop()
	r.process = nil
}

// Hang freezes the server: the kernel still accepts connections for it, but
// nothing is answered until Resume.
func (r *PrivateRedis) Hang() {
	r.t.Helper()
	r.signal(syscall.SIGSTOP)
}

// Resume lets a frozen server go on.
func (r *PrivateRedis) Resume() {
	r.t.Helper()
	r.signal(syscall.SIGCONT)
}

func (r *PrivateRedis) signal(s syscall.Signal) {
	r.t.Helper()
	if err := r.process.command.Process.Signal(s); err != nil {
		r.t.Fatalf("send %s to the private Redis: %v", s, err)
	}
}
