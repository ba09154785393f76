// Command frontdesk is the program that a clinic's front desk works in.
package main

import (
	"fmt"
	"os"
	"strings"
	_ "time/tzdata" // clinics' zones, on machines that have no zone files

	"github.com/spf13/cobra"
)

func main() {
	if err := command().Execute(); err != nil {
		fmt.Fprintln(os.Stderr, "frontdesk:", oneLine(err))
		os.Exit(1)
	}
}

// oneLine is what went wrong on a line of its own, for scripts and service logs:
// the database's driver tells each address that it tried on another.
func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

func command() *cobra.Command {
	root := &cobra.Command{
		Use:           "frontdesk",
		Short:         "A clinic's front desk: calendar, clients, shared inbox",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(serveCommand(), workerCommand(), migrateCommand(), adminCommand(), auditCommand(), demoCommand(), rlsCommand(), routesCommand(), benchCommand())
	return root
}

// group is a command that only holds others. Without arguments it says which;
// cobra on its own would answer a mistyped one with help and success.
func group(use, short string, members ...*cobra.Command) *cobra.Command {
	command := &cobra.Command{
		Use: use, Short: short, Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	command.AddCommand(members...)
	return command
}
