package bench

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
)

// memory is what the measured server holds, in KiB of resident set.
type memory struct {
	pid            int
	atRest, atLoad int
}

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

func (m *memory) rest() (err error) { m.atRest, err = m.read(); return err }
func (m *memory) load() (err error) { m.atLoad, err = m.read(); return err }

func (s *stage) printMemory(output io.Writer) error {
	_, err := fmt.Fprintf(output, "\nmemory of the program: %d MiB at rest, %d MiB after the load (%.1f times)\n",
		s.memory.atRest/1024, s.memory.atLoad/1024, float64(s.memory.atLoad)/float64(s.memory.atRest))
	return err
}
