package console

import (
	"context"
	"strings"

	"frontdesk/internal/locale"
	"frontdesk/views/ui"
)

// Report is how row-level security stands. Rules, names, expressions and
// explanations are Postgres's and the lint's own words, in every language.
type Report struct {
	Tables     []Table
	Violations []Violation
}

// Table is a table or a view.
type Table struct {
	Name                          string
	RowSecurity, Forced, ByTenant bool
	Policies                      []Policy
	// TenantMay and PlatformMay are the privileges of the two run-time logins.
	TenantMay, PlatformMay []string
	// Reviewed is why it may differ from the rules.
	Reviewed   string
	Violations int
}

// Policy is a policy of a table.
type Policy struct {
	Name, Command string
	Logins        []string
	Using, Check  string
}

// Violation is one thing that does not hold.
type Violation struct{ Rule, Object, Explanation string }

// id is that of the table's row: a name of the catalog is no id as it is.
func (t Table) id() string { return "table-" + strings.ReplaceAll(t.Name, ".", "-") }

func (t Table) result(ctx context.Context) string {
	l := locale.From(ctx)
	if t.Violations > 0 {
		return l.T("console.violations", "count", t.Violations)
	}
	if t.Reviewed != "" {
		return l.T("console.reviewed")
	}
	return l.T("console.holds")
}

func (t Table) resultKind() string {
	if t.Violations > 0 {
		return ui.Failure
	}
	return ui.Success
}

func (t Table) security(ctx context.Context) string {
	l := locale.From(ctx)
	switch {
	case t.RowSecurity && t.Forced:
		return l.T("console.forced")
	case t.RowSecurity:
		return l.T("console.not_forced")
	}
	return l.T("console.row_security_off")
}

// securityKind warns only where the table holds clinics' rows: others need none.
func (t Table) securityKind() string {
	switch {
	case t.RowSecurity && t.Forced:
		return ui.Success
	case t.Violations > 0:
		return ui.Failure
	}
	return ui.Neutral
}

func rights(of []string) string { return strings.Join(of, ", ") }
