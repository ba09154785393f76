package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"frontdesk/internal/demo"
)

func demoCommand() *cobra.Command {
	var size demo.Size
	command := &cobra.Command{
		Use:   "demo",
		Short: "Fill an empty database with the demo clinic, or with many rows for load tests",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return fillDemo(command.Context(), command.OutOrStdout(), size)
		},
	}
	flags := command.Flags()
	flags.Int64Var(&size.Seed, "seed", 1, "the same rows for the same seed, on the same day")
	flags.IntVar(&size.Tenants, "tenants", 1, "clinics")
	flags.IntVar(&size.Clients, "clients", 40, "clients of each clinic")
	flags.IntVar(&size.Appointments, "appointments", 120, "appointments of each clinic")
	flags.IntVar(&size.Messages, "messages", 24, "messages of each clinic")
	return command
}

func fillDemo(ctx context.Context, output io.Writer, size demo.Size) (err error) {
	i, err := load(ctx)
	if err != nil {
		return err
	}
	defer i.close(&err)
	opened, err := i.openStore(ctx)
	if err != nil {
		return err
	}
	filled, err := demo.Fill(ctx, opened, size)
	if err != nil {
		return err
	}
	if !filled {
		fmt.Fprintln(output, "the demo is here already; nothing was changed")
		return nil
	}
	for _, account := range demo.Accounts() {
		fmt.Fprintf(output, "%-14s %s  %s\n", account.Role[len("demo."):], account.Email, account.Password)
	}
	return nil
}
