package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"frontdesk/internal/store/rls"
)

func rlsCommand() *cobra.Command {
	return group("rls", "Row-level security, which keeps clinics apart", &cobra.Command{
		Use:   "check",
		Short: "Lint the live catalog; exits 1 and names the table of any violation",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return checkRLS(command.Context(), command.OutOrStdout())
		},
	})
}

func checkRLS(ctx context.Context, output io.Writer) (err error) {
	i, err := load(ctx)
	if err != nil {
		return err
	}
	defer i.close(&err)
	variable, url := "DATABASE_URL", i.urls.owner
	if url == "" {
		variable, url = "PLATFORM_DATABASE_URL", i.urls.runTime.PlatformURL
	}
	report, err := rls.Check(ctx, url)
	if err != nil {
		return fmt.Errorf("%s: %w", variable, err)
	}
	if err := report.Write(output); err != nil {
		return err
	}
	if len(report.Violations) > 0 {
		return errors.New("row-level security does not hold")
	}
	return nil
}
