package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"frontdesk/internal/server"
)

func routesCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "routes",
		Short: "Print every address and who may use it",
		Args:  cobra.NoArgs,
		RunE:  func(command *cobra.Command, _ []string) error { return printRoutes(command.OutOrStdout()) },
	}
}

func printRoutes(output io.Writer) error {
	table := tabwriter.NewWriter(output, 0, 4, 2, ' ', 0)
	for _, route := range server.Table() {
		fmt.Fprintf(table, "%s\t%s\t%s\n", route.Method, route.Path, route.Access)
	}
	return table.Flush()
}
