package console

import (
	"frontdesk/internal/store/rls"
	views "frontdesk/views/console"
)

// reportOf is the report as the page shows it.
func reportOf(report rls.Report) views.Report {
	shown := views.Report{}
	for _, violation := range report.Violations {
		shown.Violations = append(shown.Violations, views.Violation{
			Rule: string(violation.Rule), Object: violation.Object, Explanation: violation.Explanation,
		})
	}
	for _, table := range report.Tables {
		shown.Tables = append(shown.Tables, tableOf(table))
	}
	return shown
}

func tableOf(table rls.Table) views.Table {
	shown := views.Table{
		Name: table.Name, RowSecurity: table.RowSecurity, Forced: table.Forced, ByTenant: table.ByTenant,
		TenantMay: table.TenantMay, PlatformMay: table.PlatformMay, Reviewed: table.Reviewed, Violations: table.ViolationsFoundHere,
	}
	for _, policy := range table.Policies {
		shown.Policies = append(shown.Policies, views.Policy{
			Name: policy.Name, Command: policy.Command, Logins: policy.Logins(), Using: policy.Using, Check: policy.Check,
		})
	}
	return shown
}
