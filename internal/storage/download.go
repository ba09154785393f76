package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// errStalled means that nothing came for as long as one call may take.
var errStalled = errors.New("no answer in time")

// stallWatch ends its context when nothing has come for a while. A deadline for
// the whole download would be too short for large objects or too long for a
// server that hangs.
type stallWatch struct {
	ctx      context.Context
	patience time.Duration
	timer    *time.Timer
	cancel   context.CancelCauseFunc
}

func watchStalls(parent context.Context, patience time.Duration) *stallWatch {
	ctx, cancel := context.WithCancelCause(parent)
	timer := time.AfterFunc(patience, func() { cancel(errStalled) })
	return &stallWatch{ctx: ctx, patience: patience, timer: timer, cancel: cancel}
}

// explain replaces what a stall looks like from outside: as if the asker had
// cancelled the call.
func (w *stallWatch) explain(err error) error {
	if err != nil && errors.Is(context.Cause(w.ctx), errStalled) {
		return errStalled
	}
	return err
}

// start gives the next bytes their time. It does nothing for a context that has
// ended already.
func (w *stallWatch) start() { w.timer.Reset(w.patience) }

// pause stops the watch while the reader is busy with what came.
func (w *stallWatch) pause() { w.timer.Stop() }

// stop ends the watch and its context.
func (w *stallWatch) stop() {
	w.timer.Stop()
	w.cancel(nil)
}

// download is the body of an object that is watched while it comes.
type download struct {
	body  io.ReadCloser
	watch *stallWatch
	asker context.Context
	key   string
}

// Read returns ErrUnavailable when the object breaks off or stalls, so that half
// an object is never taken for all of it.
func (d *download) Read(p []byte) (int, error) {
	d.watch.start()
	n, err := d.body.Read(p)
	d.watch.pause()
	if err == nil || errors.Is(err, io.EOF) {
		return n, err
	}
	err = fmt.Errorf("read %s: %w", d.key, d.watch.explain(err))
	if errors.Is(d.asker.Err(), context.Canceled) {
		return n, err
	}
	return n, unavailable(err)
}

// Close ends the download, whether or not all of it was read.
func (d *download) Close() error {
	defer d.watch.stop()
	if err := d.body.Close(); err != nil {
		return fmt.Errorf("close %s: %w", d.key, err)
	}
	return nil
}
