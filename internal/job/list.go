package job

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"frontdesk/internal/fault"
	"frontdesk/internal/store"
)

// Row is a job as the console shows it. Its arguments are left out: they are ids of
// clinics' rows, and nobody's business there.
type Row struct {
	ID                   int64
	Kind, Queue, State   string
	Attempt, MaxAttempts int
	ScheduledAt          time.Time
	// LastError is what the last attempt that failed said; "" when none did.
	LastError string
}

// Retryable is true for a job that may run again: one that was done is not, since it
// would do its work twice.
func (r Row) Retryable() bool { return slices.Contains(retryable, r.State) }

// Cancellable is true for a job that is not at its end.
func (r Row) Cancellable() bool { return slices.Contains(cancellable, r.State) }

// States are those of a job, in the order in which they are shown.
func States() []string {
	return []string{"running", "available", "scheduled", "pending", "retryable", "discarded", "cancelled", "completed"}
}

var (
	retryable   = []string{"scheduled", "retryable", "discarded", "cancelled"}
	cancellable = []string{"running", "available", "scheduled", "pending", "retryable"}
)

// Filter narrows a list of jobs; what is empty does not.
type Filter struct {
	State, Kind, Queue string
	// After is the id after which the page begins, in the list's direction; 0 is the
	// beginning.
	After     int64
	Ascending bool
	Limit     int
}

// List returns jobs by their ids, which is the order in which they were made.
func (q *Queue) List(ctx context.Context, tx *store.Tx, filter Filter) ([]Row, error) {
	listed, err := q.client.JobListTx(ctx, tx.Raw(), filter.params())
	if err != nil {
		return nil, fmt.Errorf("list jobs: %w", err)
	}
	rows := make([]Row, len(listed.Jobs))
	for i, found := range listed.Jobs {
		rows[i] = rowOf(found)
	}
	return rows, nil
}

func (f Filter) params() *river.JobListParams {
	order, beyond := river.SortOrderDesc, "id < @after"
	if f.Ascending {
		order, beyond = river.SortOrderAsc, "id > @after"
	}
	params := river.NewJobListParams().First(f.Limit).OrderBy(river.JobListOrderByID, order)
	if f.State != "" {
		params = params.States(rivertype.JobState(f.State))
	}
	if f.Kind != "" {
		params = params.Kinds(f.Kind)
	}
	if f.Queue != "" {
		params = params.Queues(f.Queue)
	}
	if f.After != 0 {
		params = params.Where(beyond, river.NamedArgs{"after": f.After})
	}
	return params
}

func rowOf(found *rivertype.JobRow) Row {
	row := Row{
		ID: found.ID, Kind: found.Kind, Queue: found.Queue, State: string(found.State),
		Attempt: found.Attempt, MaxAttempts: found.MaxAttempts, ScheduledAt: found.ScheduledAt,
	}
	if failures := found.Errors; len(failures) > 0 {
		row.LastError = failures[len(failures)-1].Error
	}
	return row
}

// Count is how many jobs of a kind there are in a state and a queue.
type Count struct {
	State, Kind, Queue string
	Jobs               int64
}

// Counts returns the whole queue in figures.
func (q *Queue) Counts(ctx context.Context, tx *store.Tx) (counts []Count, err error) {
	rows, err := tx.Raw().Query(ctx, "select state::text, kind, queue, count(*) from "+store.JobSchema+".river_job group by 1, 2, 3 order by 1, 2, 3")
	if err != nil {
		return nil, fmt.Errorf("count jobs: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var count Count
		if err := rows.Scan(&count.State, &count.Kind, &count.Queue, &count.Jobs); err != nil {
			return nil, fmt.Errorf("count jobs: %w", err)
		}
		counts = append(counts, count)
	}
	return counts, rows.Err()
}

// Retry lets a job run again, now, and returns it as it was and as it is. One whose state
// does not allow it is fault.Conflict, an unknown one fault.NotFound.
func (q *Queue) Retry(ctx context.Context, tx *store.Tx, id int64) (before, after Row, err error) {
	if before, err = q.lock(ctx, tx, id); err != nil {
		return before, after, err
	}
	if !before.Retryable() {
		return before, after, fault.New(fault.Conflict, "job.is_"+before.State)
	}
	changed, err := q.client.JobRetryTx(ctx, tx.Raw(), id)
	if err != nil {
		return before, after, fmt.Errorf("retry job: %w", err)
	}
	return before, rowOf(changed), nil
}

// Cancel ends a job before it is done; one that runs is told to stop. Faults are
// those of Retry.
func (q *Queue) Cancel(ctx context.Context, tx *store.Tx, id int64) (before, after Row, err error) {
	if before, err = q.lock(ctx, tx, id); err != nil {
		return before, after, err
	}
	if !before.Cancellable() {
		return before, after, fault.New(fault.Conflict, "job.is_"+before.State)
	}
	changed, err := q.client.JobCancelTx(ctx, tx.Raw(), id)
	if err != nil {
		return before, after, fmt.Errorf("cancel job: %w", err)
	}
	return before, rowOf(changed), nil
}

// lock keeps a job as it is until the transaction ends: of two who change it at once
// the second is judged by what the first left.
func (q *Queue) lock(ctx context.Context, tx *store.Tx, id int64) (Row, error) {
	if _, err := tx.Raw().Exec(ctx, "select from "+store.JobSchema+".river_job where id = $1 for update", id); err != nil {
		return Row{}, fmt.Errorf("lock job: %w", err)
	}
	found, err := q.client.JobGetTx(ctx, tx.Raw(), id)
	if errors.Is(err, rivertype.ErrNotFound) {
		return Row{}, fault.Wrap(fault.NotFound, "", err)
	}
	if err != nil {
		return Row{}, fmt.Errorf("read job: %w", err)
	}
	return rowOf(found), nil
}
