package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"frontdesk/internal/demo"
	"frontdesk/internal/server"
)

// drainTime is how long requests and jobs that run at SIGTERM may take to finish.
const drainTime = 20 * time.Second

func serveCommand() *cobra.Command {
	var noWorker bool
	command := &cobra.Command{
		Use:   "serve",
		Short: "Run the web program and, unless told otherwise, the job worker",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return serve(command.Context(), command.OutOrStdout(), !noWorker)
		},
	}
	command.Flags().BoolVar(&noWorker, "no-worker", false, "leave the jobs to `frontdesk worker`")
	return command
}

func serve(ctx context.Context, output io.Writer, work bool) (err error) {
	began := time.Now()
	ctx, cancel := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	i, err := loadWith(ctx, supervise)
	if err != nil {
		return err
	}
	defer i.close(&err)
	parts, err := i.parts(ctx)
	if err != nil {
		return err
	}
	if err := i.adopt(ctx, parts); err != nil {
		return err
	}
	if i.config.Demo {
		if parts.DemoAccounts, err = demo.Prepare(ctx, parts.Store); err != nil {
			return err
		}
	}
	return run(ctx, parts, work, func() { announce(output, parts, began) })
}

// garbagePercent is by how much the heap may grow until it is collected; what lives of it
// is about 16 MiB, 6 of which are the lists of what passwords are guessed from. Measured
// with eight at once at the calendar's pages, as what the process holds and what part of
// its processor time goes into collecting: 400 take 139 MiB and 2 %, 200 take 104 MiB and
// 5 %, 150 take 91 MiB and 5.5 %, 100 take 81 MiB and 9 %. 38 MiB of each are pages of the
// program's own file. GOGC and GOMEMLIMIT, Go's own settings, overrule it and bound it.
const garbagePercent = 150

// run answers requests and does jobs until ctx ends, then lets both finish.
func run(ctx context.Context, parts server.Parts, work bool, listening func()) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbagePercent)
	}
	running, err := server.New(parts)
	if err != nil {
		return err
	}
	up, failed := make(chan struct{}), make(chan error, 1)
	go func() { failed <- running.Listen(func() { close(up) }) }()
	select {
	case err = <-failed:
	case <-ctx.Done():
	case <-up:
		err = operate(ctx, running, work, failed, listening)
	}
	draining, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	return errors.Join(err, running.Shutdown(draining))
}

// operate is run once requests are answered: a program that cannot listen takes
// no job up.
func operate(ctx context.Context, running *server.Server, work bool, failed <-chan error, listening func()) error {
	if work {
		if err := running.StartJobs(ctx); err != nil {
			return err
		}
	}
	go listening()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return nil
	}
}

// announce prints where the program is and how long it took to its first page,
// which it asks itself for.
func announce(output io.Writer, parts server.Parts, began time.Time) {
	address := "http://" + parts.Config.ListenAddr + "/login"
	response, err := (&http.Client{Timeout: 10 * time.Second}).Get(address)
	if err != nil {
		parts.Log.Error("the first page was not answered", "error", err)
		return
	}
	if err := response.Body.Close(); err != nil {
		parts.Log.Error("the first page broke off", "error", err)
	}
	// Hashing, compressing and migrating took memory that is not needed again.
	debug.FreeOSMemory()
	fmt.Fprintf(output, "Frontdesk is at %s (first page after %.2f s)\n", parts.Config.AppBaseURL, time.Since(began).Seconds())
	for _, account := range parts.DemoAccounts {
		fmt.Fprintf(output, "  %-12s %s  %s\n", strings.TrimPrefix(account.Role, "demo."), account.Email, account.Password)
	}
}
