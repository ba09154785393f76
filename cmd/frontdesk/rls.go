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
		Long:  rlsHelp,
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return checkRLS(command.Context(), command.OutOrStdout())
		},
	})
}

// rlsHelp names what Postgres lets every login do, whatever is granted.
const rlsHelp = `Lint the live catalog; exits 1 and names the table of any violation.

What it cannot find, since Postgres lets every login do it and no policy covers it: whoever
has the password of a run-time login, or has it run SQL of theirs, can
- take locks by any number (pg_advisory_lock), and hold up what waits for the same ones;
- announce on any channel, which the program takes for no more than a hint to look, and hear
  what is announced: ids, and that there is work;
- change its own password, and give back all that it was granted (drop owned): then nothing
  works until an owner has granted it again, which this check names table by table;
- read how large tables are, how many rows all clinics have together, what the planner
  expects of a value, and the statements, without their values, of the login's other sessions.`

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
