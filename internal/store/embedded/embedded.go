// Package embedded makes, runs and supervises the program's own Postgres: one
// cluster in DATA_DIR/postgres, reached through a Unix socket and never through
// TCP, from binaries that the machine has. It works for root, whom Postgres
// refuses, by running the children under another account.
//
// DATA_DIR/postgres holds cluster (the data folder), url, owner_url, tenant_url
// and platform_url (mode 0600), postgres.log, lock and the socket.
//
// Rejected: fergusstrange/embedded-postgres, which cannot run as root, listens
// on TCP, and wipes the data folder when versions differ.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

// ErrRunning says that another program supervises the cluster of this DATA_DIR.
var ErrRunning = errors.New("another program runs the database in this DATA_DIR")

const (
	firstPause   = 50 * time.Millisecond // before postgres is started again
	longestPause = 2 * time.Second       // well below the 5 s of hazard 87
	steadyAfter  = 10 * time.Second      // a run this long starts the pauses anew
	startTries   = 20
	rotatePause  = time.Minute
	attachLimit  = 15 * time.Second // for the first start of another program
	attachPause  = 20 * time.Millisecond
)

// Option changes how Start runs the cluster.
type Option func(*server)

// WithSettings adds settings of postgresql.conf; they win over ours. For tests:
// fsync=off, max_connections=200.
func WithSettings(settings map[string]string) Option {
	return func(s *server) { s.settings = settings }
}

// Cluster is a running Postgres that this program supervises.
type Cluster struct {
	server server
	urls   URLs
	fresh  []string // roles whose password is still to be set
	log    *slog.Logger
	lock   *os.File

	stopping context.Context // ends when Stop is called
	stop     context.CancelFunc
	ended    chan struct{} // closed when supervision is over

	mutex   sync.Mutex
	running *postmaster // the latest that was started
}

// Start makes the cluster below dataDir when it is missing, picks up one that a
// crash left, starts it, and makes sure of the database frontdesk and its
// logins. It returns when the database answers; ctx bounds that wait alone
// (recovery after a crash can take minutes). Call Stop in the end.
//
// The error is ErrRunning when another program supervises this cluster: Attach
// to it then. Errors are one sentence that an administrator can act on.
func Start(ctx context.Context, dataDir string, log *slog.Logger, options ...Option) (*Cluster, error) {
	folder, err := prepare(dataDir)
	if err != nil {
		return nil, err
	}
	lock, err := folder.lock(ctx)
	if err != nil {
		return nil, err
	}
	c := &Cluster{server: server{folder: folder}, log: log, lock: lock, ended: make(chan struct{})}
	c.stopping, c.stop = context.WithCancel(context.WithoutCancel(ctx))
	for _, option := range options {
		option(&c.server)
	}
	if err := c.bringUp(ctx); err != nil {
		return nil, errors.Join(err, c.release())
	}
	return c, nil
}

// bringUp is Start once the folder is ours.
func (c *Cluster) bringUp(ctx context.Context) error {
	if err := c.settle(ctx); err != nil {
		return err
	}
	if err := c.server.rotate(); err != nil {
		return err
	}
	started := make(chan error, 1)
	go c.supervise(ctx, started)
	if err := <-started; err != nil {
		return err
	}
	err := ensure(ctx, c.urls, c.fresh)
	if err == nil {
		err = c.server.folder.writeURLs(c.urls)
	}
	if err == nil {
		_, err = c.lock.WriteAt([]byte(lockReady), 0)
	}
	if err != nil {
		return errors.Join(err, c.end(context.WithoutCancel(ctx)))
	}
	go c.rotateLog()
	return nil
}

// settle brings the folder to where postgres can be started: binaries found,
// nothing else running, a cluster there whose superuser we are.
func (c *Cluster) settle(ctx context.Context) error {
	folder := c.server.folder
	major, err := folder.major()
	if err != nil {
		return err
	}
	if c.server.binaries, err = c.server.find(major); err != nil {
		return err
	}
	_, previousSocket := folder.readURL("url")
	if c.server.socket, err = folder.socketFolder(previousSocket, c.log); err != nil {
		return err
	}
	if err := c.server.endLeftover(ctx, c.log); err != nil {
		return err
	}
	c.urls, c.fresh = folder.chooseURLs(c.server.socket)
	password := passwordIn(c.urls.Superuser)
	switch {
	case major == 0:
		return c.server.initialise(ctx, password)
	case slices.Contains(c.fresh, SuperuserRole):
		return c.server.resetPassword(ctx, password)
	}
	return nil
}

// supervise runs postgres until Stop. The first start is reported, later ones
// are logged. Its thread stays locked and ends with it: Linux would send the
// children's parent-death signal when the thread that started them ends.
func (c *Cluster) supervise(ctx context.Context, started chan<- error) {
	runtime.LockOSThread()
	defer close(c.ended)
	err := c.startFirst(ctx)
	started <- err
	if err != nil {
		return
	}
	pause, since := firstPause, time.Now()
	for {
		replaced := c.watch(c.current())
		if c.stopping.Err() != nil {
			return
		}
		if replaced || time.Since(since) > steadyAfter {
			pause = firstPause
		}
		if !replaced {
			c.log.Error("postgres ended unexpectedly and is started again", "how", c.current().state, "pause", pause)
		}
		for since = time.Now(); ; {
			if !c.wait(pause) {
				return
			}
			pause = min(2*pause, longestPause)
			if !c.clusterExists() {
				c.log.Error("the database's data folder is gone, so postgres is not started again", "folder", c.server.folder.cluster())
				return
			}
			if err = c.startAgain(); err == nil || c.stopping.Err() != nil {
				break
			}
			c.log.Error("cannot start postgres again", "error", err)
		}
	}
}

// startFirst starts postgres and waits until it answers. Orphans of a killed
// postgres hold its shared memory for a moment: only they are waited for.
func (c *Cluster) startFirst(ctx context.Context) error {
	for try := 1; ; try++ {
		running, err := c.launch()
		if err != nil {
			return err
		}
		err = c.server.awaitReady(ctx, running)
		if err == nil {
			return nil
		}
		if err = errors.Join(err, running.stop(ctx)); try == startTries || !strings.Contains(err.Error(), staleMessage) {
			return err
		}
		if !c.wait(firstPause * 2) {
			return err
		}
	}
}

// startAgain starts postgres after it has died under us. Somebody may have
// started another one in our folder meanwhile, with pg_ctl, or have moved its programs.
func (c *Cluster) startAgain() error {
	if onDiskAt(c.server.binaries.Postgres) == (onDisk{}) {
		found, err := c.server.find(c.server.binaries.Major)
		if err != nil {
			return err
		}
		c.use(found)
	}
	if err := c.server.endLeftover(c.stopping, c.log); err != nil {
		return err
	}
	_, err := c.launch()
	return err
}

// launch starts postgres unless Stop has been called. Runs on supervise's thread.
func (c *Cluster) launch() (*postmaster, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if err := c.stopping.Err(); err != nil {
		return nil, err
	}
	running, err := c.server.start()
	if err != nil {
		return nil, err
	}
	c.running = running
	return running, nil
}

func (c *Cluster) current() *postmaster {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.running
}

// wait pauses, and reports false when Stop was called meanwhile.
func (c *Cluster) wait(pause time.Duration) bool {
	select {
	case <-c.stopping.Done():
		return false
	case <-time.After(pause):
		return true
	}
}

func (c *Cluster) clusterExists() bool {
	_, err := os.Stat(filepath.Join(c.server.folder.cluster(), "PG_VERSION"))
	return !errors.Is(err, fs.ErrNotExist)
}

func (c *Cluster) rotateLog() {
	c.mutex.Lock()
	server := c.server
	c.mutex.Unlock()
	ticker := time.NewTicker(rotatePause)
	defer ticker.Stop()
	for {
		select {
		case <-c.ended:
			return
		case <-ticker.C:
			if err := server.rotate(); err != nil {
				c.log.Error("cannot rotate the database's log", "error", err)
			}
		}
	}
}

// URLs returns the ways into the database frontdesk. They outlive restarts.
func (c *Cluster) URLs() URLs { return c.urls }

// Binaries returns the programs that the cluster runs on, for instance for
// pg_dump beside them.
func (c *Cluster) Binaries() Binaries {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.server.binaries
}

// Done is closed when postgres is down for good: after Stop, or when its data
// folder has been removed. A postgres that dies is started again and not
// reported here.
func (c *Cluster) Done() <-chan struct{} { return c.ended }

// Stop shuts the cluster down cleanly, waits until it is gone, and lets other
// programs start it. When ctx ends first, connections' work is cut off and the
// next start recovers; by force after some 30 s. A second call does nothing.
func (c *Cluster) Stop(ctx context.Context) error {
	if stopped(c.stopping) {
		<-c.ended
		return nil
	}
	if err := c.end(ctx); err != nil {
		return err
	}
	return c.release()
}

func stopped(ctx context.Context) bool { return ctx.Err() != nil }

// end stops postgres and its supervision.
func (c *Cluster) end(ctx context.Context) error {
	c.mutex.Lock()
	c.stop()
	running := c.running
	c.mutex.Unlock()
	if err := running.stop(ctx); err != nil {
		return err
	}
	<-c.ended
	return nil
}

// release gives the folder back.
func (c *Cluster) release() error {
	c.stop()
	var err error
	if isShort(c.server.socket) {
		err = os.RemoveAll(c.server.socket)
	}
	return errors.Join(err, c.lock.Close())
}

// Attach returns the URLs of the cluster that another program supervises below
// dataDir, and false when none does. It waits while that program is starting it.
func Attach(dataDir string) (URLs, bool) {
	resolved, err := resolve(dataDir)
	if err != nil {
		return URLs{}, false
	}
	f := folder{path: filepath.Join(resolved, folderName)}
	for limit := time.After(attachLimit); ; {
		held, ready := f.supervised()
		if ready {
			urls, err := f.readURLs()
			return urls, err == nil
		}
		if !held {
			return URLs{}, false
		}
		select {
		case <-limit:
			return URLs{}, false
		case <-time.After(attachPause):
		}
	}
}

// Open gives a command the database: the cluster that another program runs, or
// one that this command runs for its own time. The function it returns stops
// what Open started, and nothing else.
func Open(ctx context.Context, dataDir string, log *slog.Logger, options ...Option) (URLs, func(context.Context) error, error) {
	for {
		if urls, ok := Attach(dataDir); ok {
			return urls, func(context.Context) error { return nil }, nil
		}
		cluster, err := Start(ctx, dataDir, log, options...)
		if err == nil {
			return cluster.URLs(), cluster.Stop, nil
		}
		if !errors.Is(err, ErrRunning) {
			return URLs{}, nil, err
		}
		if ctx.Err() != nil {
			return URLs{}, nil, fmt.Errorf("wait for the database of another program: %w", ctx.Err())
		}
	}
}
