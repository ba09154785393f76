package main

import (
	"context"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"frontdesk/internal/server"
)

func workerCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "worker",
		Short: "Run the job worker alone",
		Args:  cobra.NoArgs,
		RunE:  func(command *cobra.Command, _ []string) error { return work(command.Context()) },
	}
}

func work(ctx context.Context) (err error) {
	ctx, cancel := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	i, err := load(ctx)
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
	worker, err := server.New(parts)
	if err != nil {
		return err
	}
	if err := worker.StartJobs(ctx); err != nil {
		return err
	}
	i.log.Info("working")
	<-ctx.Done()
	draining, stop := context.WithTimeout(context.Background(), drainTime)
	defer stop()
	return worker.Shutdown(draining)
}
