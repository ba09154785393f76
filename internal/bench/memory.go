package bench

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"time"
)

// memory is what the measured server holds.
type memory struct {
	pid             int
	atRest, atMost  resident
	stopped, ending chan struct{}
	failure         error
}

// sampleEvery is how often the server's memory is read under load.
const sampleEvery = 100 * time.Millisecond

// resident is what of a process stands in the machine's memory, in KiB: what is its own,
// and the pages of the program's file that it has touched, which are shared by all who
// run it and can be dropped at any time.
type resident struct{ own, file int }

func (r resident) all() int { return r.own + r.file }

func (r resident) String() string {
	return fmt.Sprintf("%d MiB (%d its own, %d of the program's file)", r.all()/1024, r.own/1024, r.file/1024)
}

// A program that stands in a folder of memory counts as shared memory.
var residentParts = regexp.MustCompile(`(?s)RssAnon:\s+(\d+) kB.*RssFile:\s+(\d+) kB.*RssShmem:\s+(\d+) kB`)

func (m *memory) read() (resident, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", m.pid))
	if err != nil {
		return resident{}, err
	}
	found := residentParts.FindSubmatch(status)
	if found == nil {
		return resident{}, fmt.Errorf("process %d does not say what is resident of it", m.pid)
	}
	var parts [3]int
	for i := range parts {
		if parts[i], err = strconv.Atoi(string(found[i+1])); err != nil {
			return resident{}, err
		}
	}
	return resident{own: parts[0], file: parts[1] + parts[2]}, nil
}

// watch notes what the server holds before the load, and from then on the most.
func (m *memory) watch() (err error) {
	if m.atRest, err = m.read(); err != nil {
		return err
	}
	m.stopped, m.ending = make(chan struct{}), make(chan struct{})
	go func() {
		defer close(m.stopped)
		for tick := time.NewTicker(sampleEvery); ; {
			select {
			case <-m.ending:
				tick.Stop()
				return
			case <-tick.C:
				now, err := m.read()
				if err != nil {
					m.failure = err
					return
				}
				if now.all() > m.atMost.all() {
					m.atMost = now
				}
			}
		}
	}()
	return nil
}

func (m *memory) unwatch() error {
	close(m.ending)
	<-m.stopped
	return m.failure
}

func (m *memory) print(output io.Writer) error {
	_, err := fmt.Fprintf(output, "\nmemory of the program at rest: %s\nat most under the load: %s\n", m.atRest, m.atMost)
	return err
}
