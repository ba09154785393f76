package rls

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// Write prints each table with how it stands, then each violation.
func (r Report) Write(output io.Writer) error {
	table := tabwriter.NewWriter(output, 0, 0, 2, ' ', 0)
	lines := []string{"TABLE\tSECURITY\tFORCED\tPOLICIES\tRESULT"}
	for _, entry := range r.Tables {
		lines = append(lines, strings.Join([]string{
			entry.Name, onOff(entry.Security), yesNo(entry.Forced), orDash(strings.Join(entry.Policies, ", ")), entry.Result(),
		}, "\t"))
	}
	if _, err := fmt.Fprintln(table, strings.Join(lines, "\n")); err != nil {
		return err
	}
	if err := table.Flush(); err != nil {
		return err
	}
	return r.writeViolations(output)
}

func (r Report) writeViolations(output io.Writer) error {
	if len(r.Violations) == 0 {
		_, err := fmt.Fprintln(output, "\nEvery rule holds.")
		return err
	}
	table := tabwriter.NewWriter(output, 0, 0, 2, ' ', 0)
	lines := []string{"\nOBJECT\tRULE\tFOUND"}
	for _, violation := range r.Violations {
		lines = append(lines, violation.Object+"\t"+string(violation.Rule)+"\t"+violation.Explanation)
	}
	if _, err := fmt.Fprintln(table, strings.Join(lines, "\n")); err != nil {
		return err
	}
	return table.Flush()
}

// Result is what the check says of the table in a word or two.
func (t Table) Result() string {
	switch {
	case t.ViolationsFoundHere == 1:
		return "1 violation"
	case t.ViolationsFoundHere > 1:
		return fmt.Sprintf("%d violations", t.ViolationsFoundHere)
	case t.Reviewed != "":
		return "reviewed: " + t.Reviewed
	case t.ByTenant:
		return "ok"
	}
	return "ok, no clinic's rows and out of the tenant login's reach"
}

func onOff(value bool) string {
	if value {
		return "on"
	}
	return "off"
}

func yesNo(value bool) string {
	if value {
		return "yes"
	}
	return "no"
}

func orDash(value string) string {
	if value == "" {
		return "-"
	}
	return value
}
