package main

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"frontdesk/internal/demo"
	"frontdesk/internal/testkit"
)

// readmeCommands returns the blocks of shell commands in a section of README.md,
// so that what it says is what is tested.
func readmeCommands(t *testing.T, heading string) []string {
	t.Helper()
	content, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(content), "\n## "+heading+"\n")
	if !found {
		t.Fatalf("README.md has no section %s", heading)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	var blocks []string
	for _, part := range strings.Split(section, "```sh\n")[1:] {
		block, _, _ := strings.Cut(part, "```")
		blocks = append(blocks, block)
	}
	return blocks
}

// installed returns a folder with bin/frontdesk, as `make build` leaves it.
func installed(t *testing.T) string {
	t.Helper()
	dir := folder(t)
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	program := fmt.Sprintf("#!/bin/sh\nexec env %s=1 DATA_DIR=./data %s \"$@\"\n", programVariable, binary)
	if err := os.WriteFile(filepath.Join(dir, "bin", "frontdesk"), []byte(program), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// shell runs commands as typed in a folder.
func shell(t *testing.T, dir, commands string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "sh", "-euc", commands)
	command.Dir = dir
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v: %s", commands, err, output)
	}
	t.Logf("%s", output)
}

func TestHazard095WhatTheReadmeSaysOfBackupAndRestoreHolds(t *testing.T) {
	t.Parallel()
	blocks := readmeCommands(t, "Backup")
	if len(blocks) != 3 {
		t.Fatalf("%d blocks of commands, want: back up; files and start; restore", len(blocks))
	}
	old := installed(t)
	before := serveProgram(t, settings{"DATA_DIR": filepath.Join(old, "data"), "DEMO": "true"})
	if got := reception(t, before.url).post("/clients", newClient("Kept")); got.status != http.StatusSeeOther {
		t.Fatalf("a form answers %d", got.status)
	}
	shell(t, old, blocks[0])
	sums := psql(t, superuserURL(t, filepath.Join(old, "data")), checksums)
	before.stop()

	restored := installed(t)
	for _, archive := range []string{"frontdesk.dump", "frontdesk-files.tar.gz"} {
		if err := os.Rename(filepath.Join(old, archive), filepath.Join(restored, archive)); err != nil {
			t.Fatal(err)
		}
	}
	unpack, found := strings.CutSuffix(blocks[1], "bin/frontdesk serve --no-worker\n")
	if !found {
		t.Fatalf("the second block does not end with the start: %s", blocks[1])
	}
	shell(t, restored, unpack)
	dataDir := filepath.Join(restored, "data")
	during := serveProgram(t, settings{"DATA_DIR": dataDir}, "--no-worker")
	shell(t, restored, blocks[2])
	during.stop()

	after := serveProgram(t, settings{"DATA_DIR": dataDir})
	if again := psql(t, superuserURL(t, dataDir), checksums); again != sums {
		t.Errorf("restored\n%s\nfrom\n%s", again, sums)
	}
	staff := visit(t, after.url).signIn(demo.Accounts()[0].Email, demo.Password)
	if got := staff.get("/clients?q=Kept"); got.status != http.StatusOK || !strings.Contains(got.body, "Kept") {
		t.Errorf("the client is not shown (%d)", got.status)
	}
	if got := staff.post("/clients", newClient("Afterwards")); got.status != http.StatusSeeOther {
		t.Errorf("a form answers %d", got.status)
	}
	must(t, settings{"DATA_DIR": dataDir}, "rls", "check")
	keys := func(dir string) string {
		content, err := os.ReadFile(filepath.Join(dir, "data", "secret_keys"))
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
	if keys(old) != keys(restored) {
		t.Error("the keys are others")
	}
}

func TestMigrateUpMakesTheLoginsOfAnExternalDatabase(t *testing.T) {
	t.Parallel()
	urls := privateCluster(t)
	psql(t, urls.Superuser, `drop owned by frontdesk_tenant, frontdesk_platform; drop role frontdesk_tenant, frontdesk_platform;
		create role desk_owner login password 'owner'`)
	psql(t, urls.Superuser, "create database desk owner desk_owner")
	as := func(role, password string) string {
		address := mustURL(t, urls.Superuser)
		address.Path = "/desk"
		return strings.Replace(address.String(), address.User.String()+"@", role+":"+password+"@", 1)
	}
	database := external(testkit.Database{
		OwnerURL: as("desk_owner", "owner"), TenantURL: as("frontdesk_tenant", "p%40ss%27word"), PlatformURL: as("frontdesk_platform", "another"),
	})
	assertRefused(t, runProgram(t, database, "", "migrate", "up"), "frontdesk_", "permission denied")
	psql(t, urls.Superuser, "alter role desk_owner createrole")
	assertRefused(t, runProgram(t, database.with(settings{"TENANT_DATABASE_URL": as("frontdesk_tenant", "")}), "", "migrate", "up"), "frontdesk_tenant", "password")
	for range 2 {
		if said := must(t, database, "migrate", "up"); !strings.HasPrefix(said, "schema ") {
			t.Errorf("said %s", said)
		}
	}
	serving := database.with(settings{"DATABASE_URL": ""})
	// What only a superuser can close is said as the statement that closes it.
	open := runProgram(t, serving, "", "rls", "check")
	statement := regexp.MustCompile(`in this database: (revoke execute on function .* from public)`).FindStringSubmatch(open.stdout)
	if open.code != 1 || statement == nil {
		t.Fatalf("%+v", open)
	}
	superuser := mustURL(t, urls.Superuser)
	superuser.Path = "/desk"
	psql(t, superuser.String(), statement[1])
	must(t, serving, "rls", "check")
	must(t, serving, "demo")
	program := serveProgram(t, serving)
	if got := reception(t, program.url).get("/calendar"); got.status != http.StatusOK {
		t.Errorf("the calendar answers %d", got.status)
	}
	if done := runProgram(t, serving, "", "migrate", "up"); done.code != 1 || !strings.Contains(done.stderr, "DATABASE_URL") {
		t.Errorf("%+v", done)
	}
}
