// Command frontdesk is the program that a clinic's front desk works in.
package main

import (
	"fmt"
	"os"
	_ "time/tzdata" // clinics' zones, on machines that have no zone files

	"github.com/spf13/cobra"
)

func main() {
	if err := command().Execute(); err != nil {
		fmt.Fprintln(os.Stderr, "frontdesk:", err)
		os.Exit(1)
	}
}

func command() *cobra.Command {
	root := &cobra.Command{
		Use:           "frontdesk",
		Short:         "A clinic's front desk: calendar, clients, shared inbox",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(serveCommand(), workerCommand(), migrateCommand(), adminCommand(), demoCommand(), rlsCommand(), routesCommand(), benchCommand())
	return root
}
