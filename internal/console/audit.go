package console

import "frontdesk/internal/audit"

const (
	jobRetry  audit.Action = "job_retry"
	jobCancel audit.Action = "job_cancel"
)

// Audit is how the logs know a job.
var Audit = audit.Noun{
	Kind: "job", Icon: "list-checks",
	Platform: []audit.Action{jobRetry, jobCancel},
	Words: map[string]audit.Word{
		"state": {Label: "job.state", Values: "job.state_"},
	},
}
