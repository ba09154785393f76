package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/google/uuid"
	"github.com/valyala/fasthttp"

	"frontdesk/internal/actor"
	"frontdesk/internal/booking"
	"frontdesk/internal/demo"
	"frontdesk/internal/seal"
	"frontdesk/internal/store"
	"frontdesk/internal/store/embedded"
)

// token lets the load past the rate limiter.
const token = "benchmark-of-this-process-only"

// stage is what a benchmark runs on.
type stage struct {
	cluster *embedded.Cluster
	store   *store.Store
	server  *exec.Cmd
	// visitor has a session at the demo clinic's desk.
	visitor  *visitor
	memory   memory
	tenantID uuid.UUID
}

// startStage makes a database with the demo of a size, and starts the program on it
// as a process of its own.
func startStage(ctx context.Context, folder string, size demo.Size) (*stage, error) {
	cluster, err := embedded.Start(ctx, folder, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	s := &stage{cluster: cluster}
	if err := s.prepare(ctx, folder, size); err != nil {
		s.stop(&err)
		return nil, err
	}
	return s, nil
}

func (s *stage) prepare(ctx context.Context, folder string, size demo.Size) error {
	if err := s.fill(ctx, folder, size); err != nil {
		return err
	}
	address, err := s.startServer(ctx, folder)
	if err != nil {
		return err
	}
	s.memory.pid = s.server.Process.Pid
	s.visitor = &visitor{base: address, client: &fasthttp.Client{MaxConnsPerHost: 256}}
	receptionist, err := s.receptionist(ctx)
	if err != nil {
		return err
	}
	s.visitor, err = s.enter(ctx, receptionist)
	return err
}

// receptionist is one of the demo clinic.
func (s *stage) receptionist(ctx context.Context) (who member, err error) {
	who.TenantID = s.tenantID
	err = s.store.Platform(ctx, func(ctx context.Context, tx *store.Tx) error {
		return tx.Raw().QueryRow(ctx, "select user_id from memberships where tenant_id = $1 and role = 'staff' limit 1", s.tenantID).Scan(&who.UserID)
	})
	return who, err
}

func (s *stage) fill(ctx context.Context, folder string, size demo.Size) error {
	urls := s.cluster.URLs()
	runTime := store.Config{TenantURL: urls.Tenant, PlatformURL: urls.Platform, PoolSize: clients}
	migrator, err := store.NewMigrator(ctx, urls.Owner, runTime)
	if err != nil {
		return err
	}
	if err := errors.Join(migrator.Up(ctx), migrator.Close()); err != nil {
		return err
	}
	if s.store, err = store.Open(ctx, runTime); err != nil {
		return err
	}
	// The server's keys too, so that it takes the visitor's session for its own.
	keys, err := seal.LoadOrCreate(folder)
	if err != nil {
		return err
	}
	s.store.VouchWith(keys)
	if _, err := demo.Fill(ctx, s.store, size); err != nil {
		return err
	}
	tenants, err := s.store.PlatformStatement().TenantListActive(ctx)
	if err != nil {
		return err
	}
	s.tenantID = tenants[0]
	return nil
}

// clinicContext acts inside the demo clinic.
func (s *stage) clinicContext(ctx context.Context) context.Context {
	return actor.With(ctx, actor.System(s.tenantID))
}

// fillDay books the day: half an hour each, side by side with every provider.
func (s *stage) fillDay(ctx context.Context) error {
	return s.store.Tenant(s.clinicContext(ctx), func(ctx context.Context, tx *store.Tx) error {
		var clients, providers, services []uuid.UUID
		err := tx.Raw().QueryRow(ctx, `
			select (select array_agg(id order by id) from clients), (select array_agg(id order by id) from providers),
			       (select array_agg(id order by id) from services where buffer_before + buffer_after = 0)`).Scan(&clients, &providers, &services)
		for n := 0; n < appointmentsOfDay && err == nil; n++ {
			_, err = booking.Book(ctx, tx, booking.Request{
				ClientID: clients[n], ProviderID: providers[n%len(providers)], ServiceID: services[n%len(services)],
				StartsAt: theDay.Add(9*time.Hour + time.Duration(n/len(providers))*30*time.Minute), Duration: 30 * time.Minute,
			})
		}
		return err
	})
}

// startServer runs this same program with the benchmark's routes.
func (s *stage) startServer(ctx context.Context, folder string) (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		return "", err
	}
	program, err := os.Executable()
	if err != nil {
		return "", err
	}
	s.server = exec.CommandContext(ctx, program, "bench", "server")
	s.server.Env = append(os.Environ(), "DATA_DIR="+folder, "LISTEN_ADDR="+address, "APP_BASE_URL=http://"+address,
		"BENCHMARK_MODE=true", "BENCHMARK_TOKEN="+token, "TRUSTED_PROXIES=127.0.0.0/8", "DATABASE_URL=", "TENANT_DATABASE_URL=", "PLATFORM_DATABASE_URL=", "REDIS_URL=", "SECRET_KEYS=", "S3_ENDPOINT_URL=", "DEMO=false")
	s.server.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	log, err := os.Create(folder + "/server.log")
	if err != nil {
		return "", err
	}
	s.server.Stderr = log
	output, err := s.server.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := s.server.Start(); err != nil {
		return "", err
	}
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "Frontdesk is at") {
		said, readErr := os.ReadFile(log.Name())
		return "", fmt.Errorf("the measured server did not start: %w: %s", errors.Join(err, readErr), said)
	}
	return "http://" + address, nil
}

// stop ends what was started, in the opposite order.
func (s *stage) stop(err *error) {
	if s.server != nil && s.server.Process != nil {
		if signalErr := s.server.Process.Signal(syscall.SIGTERM); signalErr == nil {
			*err = errors.Join(*err, s.server.Wait())
		}
	}
	if s.store != nil {
		s.store.Close()
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	*err = errors.Join(*err, s.cluster.Stop(ctx))
}
