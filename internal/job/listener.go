package job

import (
	"context"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
)

// workTopic is where River says that a queue has work.
const workTopic = "river_insert"

// attentive is River's driver with an ear for one thing only: that there is work, which it
// then looks for. Any login of the database may announce anything on any channel, which no
// policy covers, and River does what it hears on the others: it pauses every queue, ends a
// job of whichever clinic, gives up the schedule. Who may end a job changes its row, which
// workers look at every few seconds.
type attentive struct{ *riverpgxv5.Driver }

// GetListener gives River an ear for work alone.
func (d attentive) GetListener(params *riverdriver.GetListenenerParams) riverdriver.Listener {
	return workListener{d.Driver.GetListener(params)}
}

type workListener struct{ riverdriver.Listener }

// Listen listens where there is news of work, and nowhere else.
func (l workListener) Listen(ctx context.Context, topic string) error {
	if topic != workTopic {
		return nil
	}
	return l.Listener.Listen(ctx, topic)
}
