package rls

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// Write prints each table with how it stands and what the run-time logins may do
// with it, then each policy, then each violation: the last lines are what matters.
func (r Report) Write(output io.Writer) error {
	lines := [][]string{{"TABLE", "SECURITY", "FORCED", "POLICIES", "TENANT LOGIN", "PLATFORM LOGIN", "RESULT"}}
	for _, entry := range r.Tables {
		lines = append(lines, []string{
			entry.Name, onOff(entry.RowSecurity), yesNo(entry.Forced), orDash(strings.Join(entry.policyNames(), ", ")),
			orDash(strings.Join(entry.TenantMay, ",")), orDash(strings.Join(entry.PlatformMay, ",")), entry.Result(),
		})
	}
	if err := writeLines(output, lines); err != nil {
		return err
	}
	if err := r.writePolicies(output); err != nil {
		return err
	}
	return r.writeViolations(output)
}

func (r Report) writePolicies(output io.Writer) error {
	lines := [][]string{{"\nPOLICY", "TABLE", "COMMAND", "LOGINS", "USING", "WITH CHECK"}}
	for _, entry := range r.Tables {
		for _, policy := range entry.Policies {
			lines = append(lines, []string{
				policy.Name, entry.Name, policy.Command, orDash(strings.Join(policy.Logins(), ", ")), orDash(policy.Using), orDash(policy.Check),
			})
		}
	}
	return writeLines(output, lines)
}

func (r Report) writeViolations(output io.Writer) error {
	if len(r.Violations) == 0 {
		_, err := fmt.Fprintln(output, "\nEvery rule holds.")
		return err
	}
	lines := [][]string{{"\nOBJECT", "RULE", "FOUND"}}
	for _, violation := range r.Violations {
		lines = append(lines, []string{violation.Object, string(violation.Rule), violation.Explanation})
	}
	return writeLines(output, lines)
}

// writeLines aligns the columns; the first line is their heads.
func writeLines(output io.Writer, lines [][]string) error {
	table := tabwriter.NewWriter(output, 0, 0, 2, ' ', 0)
	for _, line := range lines {
		if _, err := fmt.Fprintln(table, strings.Join(line, "\t")); err != nil {
			return err
		}
	}
	return table.Flush()
}

func (t Table) policyNames() []string {
	names := make([]string, len(t.Policies))
	for i, policy := range t.Policies {
		names[i] = policy.Name
	}
	return names
}

// Logins are the run-time logins that the policy is for: "tenant", "platform".
func (p Policy) Logins() (logins []string) {
	if p.ForTenant {
		logins = append(logins, "tenant")
	}
	if p.ForPlatform {
		logins = append(logins, "platform")
	}
	return logins
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
