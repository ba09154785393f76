package console

import (
	"context"
	"strconv"
	"time"

	"frontdesk/internal/locale"
	"frontdesk/views/ui"
)

// JobList is one page of the queue.
type JobList struct {
	State ui.ListState
	Rows  []Job
	// States, Kinds and Queues are what it can be narrowed to.
	States, Kinds, Queues []string
}

// Job is a job in the list.
type Job struct {
	ID                   int64
	Kind, Queue, State   string
	Attempt, MaxAttempts int
	ScheduledAt          time.Time
	LastError            string
	// Retry and Cancel are where these are posted to; "" where they are not possible.
	Retry, Cancel string
}

// name tells it from others of its kind.
func (j Job) name() string { return j.Kind + " #" + j.number() }

func (j Job) number() string   { return strconv.FormatInt(j.ID, 10) }
func (j Job) attempts() string { return strconv.Itoa(j.Attempt) + " / " + strconv.Itoa(j.MaxAttempts) }

// maxError is how much of an error the list shows, in characters: errors of others'
// servers can be pages long.
const maxError = 200

func (j Job) shortError() string {
	if runes := []rune(j.LastError); len(runes) > maxError {
		return string(runes[:maxError]) + "…"
	}
	return j.LastError
}

var jobKinds = map[string]string{
	"running": ui.Info, "available": ui.Info, "scheduled": ui.Neutral, "pending": ui.Neutral, "retryable": ui.Warning,
	"discarded": ui.Failure, "cancelled": ui.Neutral, "completed": ui.Success,
}

func jobState(ctx context.Context, state string) string {
	return locale.From(ctx).T("job.state_" + state)
}

func jobStateChoices(ctx context.Context, states []string) (choices []ui.Choice) {
	for _, state := range states {
		choices = append(choices, ui.Choice{Value: state, Label: jobState(ctx, state)})
	}
	return choices
}

// nameChoices offers names as they are. What the address asks for is offered also
// when no job has it any more, so that the filter shows what it does.
func nameChoices(names []string, chosen string) (choices []ui.Choice) {
	found := chosen == ""
	for _, name := range names {
		found = found || name == chosen
		choices = append(choices, ui.Choice{Value: name, Label: name})
	}
	if !found {
		choices = append(choices, ui.Choice{Value: chosen, Label: chosen})
	}
	return choices
}
