package storage_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"frontdesk/internal/fault"
	"frontdesk/internal/storage"
	"frontdesk/internal/testkit"
)

// What every store must do is one suite, run against each.
func TestAFolderKeepsTheContract(t *testing.T) {
	t.Parallel()
	contract(t, func(t *testing.T) storage.Store {
		t.Helper()
		return folder(t, filepath.Join(t.TempDir(), "files"))
	})
}

func TestS3KeepsTheContract(t *testing.T) {
	t.Parallel()
	contract(t, func(t *testing.T) storage.Store {
		t.Helper()
		return storage.OpenS3(bucket(t))
	})
}

func folder(t *testing.T, dir string) *storage.Folder {
	t.Helper()
	store, err := storage.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

// bucket returns the settings of an empty bucket, with time enough for a busy
// machine.
func bucket(t *testing.T) storage.S3Settings {
	t.Helper()
	made := testkit.S3(t)
	return storage.S3Settings{
		EndpointURL: made.EndpointURL, Region: made.Region, Bucket: made.Name,
		AccessKeyID: made.AccessKeyID, SecretAccessKey: made.SecretAccessKey,
		Timeout: time.Minute,
	}
}

func contract(t *testing.T, open func(t *testing.T) storage.Store) {
	t.Helper()
	for name, run := range map[string]func(t *testing.T, store storage.Store){
		"what is put comes back":                        comesBack,
		"the body is read from its start":               fromItsStart,
		"a second put replaces the first":               replaces,
		"what is not there is not found":                notFound,
		"deleting twice is no error, others stay":       deletesTwice,
		"a list holds what is below its prefix":         lists,
		"a list can be left early":                      leavesEarly,
		"hazard 55: a forged key is refused":            refusesForgedKeys,
		"hazard 55: a deletion leaves a download whole": deletesDuringDownload,
		"puts at once leave one of them, whole":         putsAtOnce,
		"an asker who left gets the context's error":    askerLeft,
		"a body that fails stores nothing":              failingBody,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, open(t))
		})
	}
}

func put(t *testing.T, store storage.Store, key, content string) {
	t.Helper()
	if err := store.Put(t.Context(), key, strings.NewReader(content)); err != nil {
		t.Fatalf("put %s: %v", key, err)
	}
}

func get(t *testing.T, store storage.Store, key string) string {
	t.Helper()
	reader, object, err := store.Get(t.Context(), key)
	if err != nil {
		t.Fatalf("get %s: %v", key, err)
	}
	content, err := io.ReadAll(reader)
	if err != nil {
		t.Fatalf("read %s: %v", key, err)
	}
	if err := reader.Close(); err != nil {
		t.Errorf("close %s: %v", key, err)
	}
	if object.Key != key || object.Size != int64(len(content)) {
		t.Errorf("%s is described as %+v, and has %d bytes", key, object, len(content))
	}
	return string(content)
}

func newKey(segments ...string) string { return storage.Key(uuid.New(), segments...) }

func comesBack(t *testing.T, store storage.Store) {
	t.Helper()
	large := make([]byte, 5<<20)
	random := rand.NewChaCha8([32]byte{1})
	if _, err := random.Read(large); err != nil {
		t.Fatal(err)
	}
	for _, content := range []string{"", "x", "Subject: ședință\r\n\r\n\x00\xff", string(large)} {
		key := newKey("messages", uuid.NewString(), "raw.eml")
		put(t, store, key, content)
		if got := get(t, store, key); got != content {
			t.Errorf("%d bytes came back as %d others", len(content), len(got))
		}
		object, err := store.Stat(t.Context(), key)
		if err != nil || object.Key != key || object.Size != int64(len(content)) {
			t.Errorf("described as %+v, %v", object, err)
		}
		if age := time.Since(object.ModifiedAt); age < -time.Minute || age > 5*time.Minute {
			t.Errorf("stored now, but described as %s old", age)
		}
	}
}

func fromItsStart(t *testing.T, store storage.Store) {
	t.Helper()
	body := strings.NewReader("whole")
	if _, err := io.CopyN(io.Discard, body, 3); err != nil {
		t.Fatal(err)
	}
	key := newKey("a")
	if err := store.Put(t.Context(), key, body); err != nil {
		t.Fatal(err)
	}
	if got := get(t, store, key); got != "whole" {
		t.Errorf("stored %q", got)
	}
}

func replaces(t *testing.T, store storage.Store) {
	t.Helper()
	key := newKey("a")
	put(t, store, key, "a long first version")
	put(t, store, key, "second")
	if got := get(t, store, key); got != "second" {
		t.Errorf("stored %q", got)
	}
}

func notFound(t *testing.T, store storage.Store) {
	t.Helper()
	tenant := uuid.New()
	put(t, store, storage.Key(tenant, "messages", "a"), "x")
	for _, key := range []string{
		newKey("a"),
		storage.Key(tenant, "messages", "b"),
		storage.Key(tenant, "messages"),
		storage.Key(tenant, "messages", "a", "below"),
	} {
		if _, err := store.Stat(t.Context(), key); !errors.Is(err, storage.ErrNotFound) {
			t.Errorf("stat %s: %v", key, err)
		}
		if _, _, err := store.Get(t.Context(), key); !errors.Is(err, storage.ErrNotFound) {
			t.Errorf("get %s: %v", key, err)
		}
		if err := store.Delete(t.Context(), key); err != nil {
			t.Errorf("delete %s: %v", key, err)
		}
	}
	if got := get(t, store, storage.Key(tenant, "messages", "a")); got != "x" {
		t.Errorf("its neighbour is now %q", got)
	}
}

func deletesTwice(t *testing.T, store storage.Store) {
	t.Helper()
	tenant := uuid.New()
	gone, stays := storage.Key(tenant, "a"), storage.Key(tenant, "b")
	put(t, store, gone, "x")
	put(t, store, stays, "y")
	for range 2 {
		if err := store.Delete(t.Context(), gone); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := store.Stat(t.Context(), gone); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("after its deletion: %v", err)
	}
	if got := get(t, store, stays); got != "y" {
		t.Errorf("its neighbour is now %q", got)
	}
}

func list(t *testing.T, store storage.Store, prefix string) []string {
	t.Helper()
	var keys []string
	for object, err := range store.List(t.Context(), prefix) {
		if err != nil {
			t.Fatalf("list %s: %v", prefix, err)
		}
		if object.Size == 0 || object.ModifiedAt.IsZero() {
			t.Errorf("listed as %+v", object)
		}
		keys = append(keys, object.Key)
	}
	slices.Sort(keys)
	return keys
}

func lists(t *testing.T, store storage.Store) {
	t.Helper()
	tenant, other := uuid.New(), uuid.New()
	messages := []string{storage.Key(tenant, "messages", "a"), storage.Key(tenant, "messages", "b", "c")}
	beside := storage.Key(tenant, "messages-old", "a")
	elsewhere := storage.Key(other, "messages", "a")
	all := slices.Concat(messages, []string{beside, elsewhere})
	for _, key := range all {
		put(t, store, key, "x")
	}
	slices.Sort(all)
	for prefix, want := range map[string][]string{
		storage.Prefix(tenant, "messages"): messages,
		storage.Prefix(tenant):             append(slices.Clone(messages), beside),
		storage.Prefix(other):              {elsewhere},
		storage.Prefix(uuid.New()):         nil,
		storage.Prefix(tenant, "files"):    nil,
		"tenants/":                         all,
	} {
		slices.Sort(want)
		if got := list(t, store, prefix); !slices.Equal(got, want) {
			t.Errorf("below %s: %q, want %q", prefix, got, want)
		}
	}
	for _, prefix := range []string{"", "/", "tenants", "other/", "tenants/../", "tenants/x/", storage.Key(tenant, "messages")} {
		for object, err := range store.List(t.Context(), prefix) {
			if !errors.Is(err, storage.ErrInvalidKey) {
				t.Errorf("the prefix %q lists %+v, %v", prefix, object, err)
			}
		}
	}
}

func leavesEarly(t *testing.T, store storage.Store) {
	t.Helper()
	tenant := uuid.New()
	put(t, store, storage.Key(tenant, "a"), "x")
	put(t, store, storage.Key(tenant, "b"), "x")
	seen := 0
	for _, err := range store.List(t.Context(), storage.Prefix(tenant)) {
		if err != nil {
			t.Fatal(err)
		}
		seen++
		break
	}
	if seen != 1 {
		t.Errorf("saw %d objects", seen)
	}
}

func refusesForgedKeys(t *testing.T, store storage.Store) {
	t.Helper()
	tenant := uuid.NewString()
	for _, key := range []string{
		"", "/", "a", "tenants", "tenants/", "tenants/" + tenant, "tenants/" + tenant + "/",
		"/tenants/" + tenant + "/a", "tenants//" + tenant + "/a", "tenants/" + tenant + "//a", "tenants/" + tenant + "/a/",
		"tenants/" + tenant + "/../" + uuid.NewString() + "/a", "tenants/" + tenant + "/..", "tenants/" + tenant + "/./a",
		"tenants/" + strings.ToUpper(tenant) + "/a", "tenants/{" + tenant + "}/a", "tenants/" + strings.ReplaceAll(tenant, "-", "") + "/a",
		"other/" + tenant + "/a", "tenants/x/a", ".drafts/" + tenant + "/a", "tenants/" + tenant + "/.hidden",
		"tenants/" + tenant + "/A", "tenants/" + tenant + "/ă", "tenants/" + tenant + "/a b", "tenants/" + tenant + "/a\x00", "tenants/" + tenant + "/a\n",
		"tenants/" + tenant + "/a%2fb", `tenants/` + tenant + `/a\b`, "tenants/" + tenant + "/a?versionId=1", "tenants/" + tenant + "/a#b",
		"tenants/" + tenant + "/" + strings.Repeat("a", 129), "tenants/" + tenant + strings.Repeat("/abcdefg", 100),
	} {
		_, _, getError := store.Get(t.Context(), key)
		_, statError := store.Stat(t.Context(), key)
		for verb, err := range map[string]error{
			"put":    store.Put(t.Context(), key, strings.NewReader("x")),
			"get":    getError,
			"stat":   statError,
			"delete": store.Delete(t.Context(), key),
		} {
			if !errors.Is(err, storage.ErrInvalidKey) {
				t.Errorf("%s %q: %v, want ErrInvalidKey", verb, key, err)
			}
		}
	}
	if left := list(t, store, "tenants/"); left != nil {
		t.Errorf("forged keys stored %q", left)
	}
}

func deletesDuringDownload(t *testing.T, store storage.Store) {
	t.Helper()
	key := newKey("a")
	content := strings.Repeat("0123456789abcdef", 1<<16)
	put(t, store, key, content)
	reader, _, err := store.Get(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	start := make([]byte, 1000)
	if _, err := io.ReadFull(reader, start); err != nil {
		t.Fatal(err)
	}
	if err := store.Delete(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(reader)
	if err != nil || string(start)+string(rest) != content {
		t.Errorf("%d of %d bytes came (%v)", len(start)+len(rest), len(content), err)
	}
}

func putsAtOnce(t *testing.T, store storage.Store) {
	t.Helper()
	key := newKey("a")
	var putting sync.WaitGroup
	versions := make([]string, 20)
	for i := range versions {
		versions[i] = strings.Repeat(fmt.Sprintf("%02d", i), 1000*(i+1))
		putting.Go(func() {
			if err := store.Put(t.Context(), key, strings.NewReader(versions[i])); err != nil {
				t.Error(err)
			}
		})
	}
	putting.Wait()
	if got := get(t, store, key); !slices.Contains(versions, got) {
		t.Errorf("%d bytes are stored that nobody put", len(got))
	}
}

func askerLeft(t *testing.T, store storage.Store) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	key := newKey("a")
	_, _, getError := store.Get(ctx, key)
	_, statError := store.Stat(ctx, key)
	for verb, err := range map[string]error{
		"put":    store.Put(ctx, key, strings.NewReader("x")),
		"get":    getError,
		"stat":   statError,
		"delete": store.Delete(ctx, key),
	} {
		if !errors.Is(err, context.Canceled) || fault.KindOf(err) != "" {
			t.Errorf("%s: %v, want the context's error", verb, err)
		}
	}
}

// brokenBody is a body that breaks off after some bytes.
type brokenBody struct{ io.ReadSeeker }

func (b brokenBody) Read(p []byte) (int, error) {
	read, err := b.Seek(0, io.SeekCurrent)
	if err == nil && read > 100_000 {
		err = errors.New("the body broke off")
	}
	if err != nil {
		return 0, err
	}
	return b.ReadSeeker.Read(p[:min(len(p), 1000)])
}

func failingBody(t *testing.T, store storage.Store) {
	t.Helper()
	tenant := uuid.New()
	key := storage.Key(tenant, "a")
	if err := store.Put(t.Context(), key, brokenBody{bytes.NewReader(make([]byte, 200_000))}); err == nil {
		t.Error("a broken body was stored")
	}
	if _, err := store.Stat(t.Context(), key); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("a broken body left something: %v", err)
	}
}
