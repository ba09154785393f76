package main

import (
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"

	"frontdesk/internal/demo"
)

var announcement = regexp.MustCompile(`^Frontdesk is at (http://127\.0\.0\.1:\d+) \(first page after \d+\.\d\d s\)\n`)

// alive reports whether a process is there.
func alive(pid int) bool { return syscall.Kill(pid, 0) == nil }

func TestServeOnAnEmptyDataDirMakesAllItNeedsAndLeavesItTidy(t *testing.T) {
	t.Parallel()
	dataDir := folder(t) + "/data"
	variables := settings{"DATA_DIR": dataDir}
	first := serveProgram(t, variables)
	said := announcement.FindStringSubmatch(first.printed())
	if said == nil || said[1] != first.url {
		t.Errorf("printed %q", first.printed())
	}
	if got := visit(t, first.url).get("/login"); got.status != http.StatusOK {
		t.Errorf("the first page answers %d", got.status)
	}
	tryCommandsBeside(t, variables, dataDir)
	administrator := visit(t, first.url).signIn("you@example.com", "a long enough password")
	if got := administrator.get("/admin"); got.status != http.StatusOK {
		t.Errorf("the console answers the new super-admin %d", got.status)
	}

	database := postmaster(t, dataDir)
	if code := first.stop(); code != 0 {
		t.Errorf("exit %d: %s", code, first.logged())
	}
	if alive(database) {
		t.Error("postgres outlives its program")
	}
	log, err := os.ReadFile(dataDir + "/postgres/postgres.log")
	if err != nil || !strings.Contains(string(log), "database system is shut down") {
		t.Errorf("not a clean stop (%v): %s", err, log)
	}
	again := serveProgram(t, variables)
	t.Logf("cold: %swarm: %s", first.printed(), again.printed())
	visit(t, again.url).signIn("you@example.com", "a long enough password")
	if code := again.stop(); code != 0 {
		t.Errorf("exit %d: %s", code, again.logged())
	}
}

// tryCommandsBeside runs the other commands against the cluster of a program
// that serves.
func tryCommandsBeside(t *testing.T, variables settings, dataDir string) {
	t.Helper()
	if answer := psql(t, superuserURL(t, dataDir), "select current_user"); answer != "postgres" {
		t.Errorf("psql is %s", answer)
	}
	if info, err := os.Stat(dataDir + "/postgres/url"); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	create := []string{"admin", "create", "--email", "you@example.com", "--name", "You", "--password-stdin"}
	for _, want := range []string{"may sign in now", "nothing was changed"} {
		done := runProgram(t, variables, "a long enough password\n", create...)
		if done.code != 0 || !strings.Contains(done.stdout, want) || done.stderr != "" || strings.Contains(done.stdout, "a long enough password") {
			t.Errorf("admin create: %+v, want %q and no secret (hazard 44)", done, want)
		}
	}
	assertRefused(t, runProgram(t, variables, "short\n", "admin", "create", "--email", "b@example.com", "--name", "B", "--password-stdin"))
	assertRefused(t, runProgram(t, variables, "", "admin", "reset-2fa", "--email", "nobody@example.com"))
	if done := runProgram(t, variables, "", "demo"); done.code != 0 || !strings.Contains(done.stdout, demo.Password) {
		t.Errorf("demo: %+v", done)
	}
	for command, want := range map[string]string{
		"demo": "nothing was changed", "rls check": "Every rule holds.", "migrate status": "00001", "migrate version": "schema ", "migrate up": "schema ",
		"admin list": "you@example.com", "audit verify": "every row as it was sealed", "admin reset-2fa --email you@example.com": "enrols a second factor",
	} {
		done := runProgram(t, variables, "", strings.Fields(command)...)
		if done.code != 0 || !strings.Contains(done.stdout, want) || done.stderr != "" {
			t.Errorf("%s: %+v, want %q", command, done, want)
		}
	}
}

func TestACommandStartsTheEmbeddedDatabaseForItsOwnTime(t *testing.T) {
	t.Parallel()
	dataDir := folder(t) + "/data"
	variables := settings{"DATA_DIR": dataDir}
	if said := must(t, variables, "demo"); !strings.Contains(said, "reception@demo.example") {
		t.Errorf("said %s", said)
	}
	if _, err := os.Stat(dataDir + "/postgres/cluster/postmaster.pid"); !os.IsNotExist(err) {
		t.Errorf("the database outlives the command: %v", err)
	}
	must(t, variables, "rls", "check")
}

// slowRequest sends a form whose body arrives only when release is called.
func slowRequest(t *testing.T, v *visitor, path, body string) (release func(), answered <-chan answer) {
	t.Helper()
	reader, writer := io.Pipe()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, v.base+path, reader)
	if err != nil {
		t.Fatal(err)
	}
	request.ContentLength = int64(len(body))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	result := make(chan answer, 1)
	go func() {
		response, err := v.client.Do(request)
		if err != nil {
			result <- answer{body: err.Error()}
			return
		}
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		if err != nil {
			text = []byte(err.Error())
		}
		result <- answer{response.StatusCode, response.Header, string(text)}
	}()
	if _, err := io.WriteString(writer, body[:1]); err != nil {
		t.Fatal(err)
	}
	return sync.OnceFunc(func() {
		if _, err := io.WriteString(writer, body[1:]); err != nil {
			t.Log(err)
		}
		if err := writer.Close(); err != nil {
			t.Log(err)
		}
	}), result
}

func TestHazard096SIGTERMUnderLoadCutsNoAnswer(t *testing.T) {
	t.Parallel()
	dataDir := folder(t) + "/data"
	program := serveProgram(t, settings{"DATA_DIR": dataDir, "DEMO": "true"})
	staff := reception(t, program.url)
	// One write is on its way when the signal comes.
	release, written := slowRequest(t, staff, "/clients", staff.signed(newClient("Drained")).Encode())
	outcomes := make(chan error, 50)
	statuses := make(chan int, 50)
	for range 50 {
		go func() {
			got, err := staff.ask(http.MethodGet, "/clients", nil)
			if err == nil && (got.status != http.StatusOK || !strings.HasSuffix(strings.TrimSpace(got.body), "</html>")) {
				t.Errorf("answered %d, %d bytes that end before the page does", got.status, len(got.body))
			}
			statuses <- got.status
			outcomes <- err
		}()
	}
	<-statuses // some are answered, the others are under way
	program.signal(syscall.SIGTERM)
	release()
	whole := 0
	for range 50 {
		switch err := <-outcomes; {
		case err == nil:
			whole++
		case strings.Contains(err.Error(), "unexpected EOF") || strings.Contains(err.Error(), "body"):
			t.Errorf("an answer was cut: %v", err)
		}
	}
	t.Logf("%d of 50 answered, the rest refused", whole)
	if got := <-written; got.status != http.StatusSeeOther && got.status != 0 {
		t.Errorf("the write answered %d: %s", got.status, got.body)
	} else if got.status == 0 {
		t.Errorf("the write that was under way was cut: %s", got.body)
	}
	if code := program.wait(); code != 0 {
		t.Errorf("exit %d: %s", code, program.logged())
	}
}
