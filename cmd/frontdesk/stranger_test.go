package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"frontdesk/internal/testkit"
)

func TestHazard102WhatStrangersSendAndAnnounceTakesLittleMemory(t *testing.T) {
	t.Parallel()
	running := serveProgram(t, external(testkit.NewDatabase(t)))
	if answer, err := visit(t, running.url).ask(http.MethodGet, "/login", nil); err != nil || answer.status != http.StatusOK {
		t.Fatalf("%d: %v", answer.status, err)
	}
	rest := residentMost(t, running)
	bound := rest*3/2 + 60<<10
	announceBodies(t, running.url, 200)
	sendAtOnce(t, running.url, 20, strings.Repeat("a&", 500_000))
	if most := residentMost(t, running); most > bound {
		t.Errorf("the program took %d kB, %d before, and %d are allowed", most, rest, bound)
	}
	if answer, err := visit(t, running.url).ask(http.MethodGet, "/login", nil); err != nil || answer.status != http.StatusOK {
		t.Errorf("the next visitor is answered %d: %v", answer.status, err)
	}
}

// announceBodies opens sockets, each of which promises a mebibyte and sends a byte.
func announceBodies(t *testing.T, base string, sockets int) {
	t.Helper()
	for range sockets {
		connection, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { connection.Close() })
		if _, err := fmt.Fprintf(connection, "POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\na", 1<<20); err != nil {
			t.Fatal(err)
		}
	}
}

// sendAtOnce posts a form so many times at once; each is refused for its fields.
func sendAtOnce(t *testing.T, base string, times int, form string) {
	t.Helper()
	var wait sync.WaitGroup
	for range times {
		wait.Go(func() {
			response, err := http.Post(base+"/login", "application/x-www-form-urlencoded", strings.NewReader(form))
			if err != nil {
				t.Error(err)
				return
			}
			defer response.Body.Close()
			if _, err := io.Copy(io.Discard, response.Body); err != nil || response.StatusCode != http.StatusBadRequest {
				t.Errorf("it is answered %d: %v", response.StatusCode, err)
			}
		})
	}
	wait.Wait()
}

var residentHighWater = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// residentMost returns the most that a process has held since it was last asked, in kB,
// and begins anew (proc(5), clear_refs).
func residentMost(t *testing.T, running *running) int {
	t.Helper()
	of := fmt.Sprintf("/proc/%d/", running.command.Process.Pid)
	status, err := os.ReadFile(of + "status")
	if err != nil {
		t.Fatal(err)
	}
	found := residentHighWater.FindSubmatch(bytes.TrimSpace(status))
	if found == nil {
		t.Fatal("the system does not say what was resident at most")
	}
	most, err := strconv.Atoi(string(found[1]))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(of+"clear_refs", []byte("5"), 0); err != nil {
		t.Fatal(err)
	}
	return most
}
