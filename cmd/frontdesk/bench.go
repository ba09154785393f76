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
	command := measuring("bench", "Measure, against databases and servers that it starts and stops itself", bench.Pages, bench.SignIns, bench.Bookings, bench.Streams)
	command.AddCommand(
		measuring("pages", "Measure the calendar's day alone", bench.Pages),
		measuring("sign-ins", "Measure signing in alone", bench.SignIns),
		measuring("booking", "Measure booking alone", bench.Bookings),
		measuring("streams", "Measure a thousand open event streams alone", bench.Streams),
	)
	command.AddCommand(&cobra.Command{
		Use: "server", Short: "The measured server, which bench starts", Hidden: true, Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return serveBench(command.Context(), command.OutOrStdout())
		},
	})
	return command
}

// measuring is a command that does some of the benchmarks, one after the other.
func measuring(use, short string, parts ...func(context.Context, io.Writer) error) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			ctx, cancel := signal.NotifyContext(command.Context(), syscall.SIGTERM, syscall.SIGINT)
			defer cancel()
			for _, part := range parts {
				if err := part(ctx, command.OutOrStdout()); err != nil {
					return err
				}
			}
			return nil
		},
	}
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
