package main

import (
	"context"
	"io"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"frontdesk/internal/bench"
)

func benchCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "bench",
		Short: "Measure, against a database and a server that it starts and stops itself",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			ctx, cancel := signal.NotifyContext(command.Context(), syscall.SIGTERM, syscall.SIGINT)
			defer cancel()
			if err := bench.Run(ctx, command.OutOrStdout()); err != nil {
				return err
			}
			return bench.Bookings(ctx, command.OutOrStdout())
		},
	}
	command.AddCommand(&cobra.Command{
		Use: "booking", Short: "Measure booking alone", Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			ctx, cancel := signal.NotifyContext(command.Context(), syscall.SIGTERM, syscall.SIGINT)
			defer cancel()
			return bench.Bookings(ctx, command.OutOrStdout())
		},
	})
	command.AddCommand(&cobra.Command{
		Use: "server", Short: "The measured server, which bench starts", Hidden: true, Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return serveBench(command.Context(), command.OutOrStdout())
		},
	})
	return command
}

// serveBench is serve with the routes that the page is compared with.
func serveBench(ctx context.Context, output io.Writer) (err error) {
	began := time.Now()
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
	parts.Routes = bench.Routes(parts.Store, i.config.DataDir)
	return run(ctx, parts, true, func() { announce(output, parts, began) })
}
