package bench

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"time"
)

// memory is what the measured server holds, in KiB of resident set.
type memory struct {
	pid             int
	atRest, atMost  int
	stopped, ending chan struct{}
	failure         error
}

// sampleEvery is how often the server's memory is read under load.
const sampleEvery = 100 * time.Millisecond

var resident = regexp.MustCompile(`VmRSS:\s+(\d+) kB`)

func (m *memory) read() (int, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", m.pid))
	if err != nil {
		return 0, err
	}
	found := resident.FindSubmatch(status)
	if found == nil {
		return 0, fmt.Errorf("no VmRSS of process %d", m.pid)
	}
	return strconv.Atoi(string(found[1]))
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
				m.atMost = max(m.atMost, now)
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
	_, err := fmt.Fprintf(output, "\nmemory of the program: %d MiB at rest, at most %d MiB under the load (%.1f times)\n",
		m.atRest/1024, m.atMost/1024, float64(m.atMost)/float64(m.atRest))
	return err
}
