package storage_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"frontdesk/internal/fault"
	"frontdesk/internal/storage"
)

// everyCall makes each call of a store once and returns its error.
func everyCall(ctx context.Context, store storage.Store) map[string]error {
	key := newKey("a")
	_, _, getError := store.Get(ctx, key)
	_, statError := store.Stat(ctx, key)
	var listError error
	for _, err := range store.List(ctx, "tenants/") {
		listError = err
	}
	return map[string]error{
		"get":    getError,
		"stat":   statError,
		"list":   listError,
		"delete": store.Delete(ctx, key),
		"put":    store.Put(ctx, key, strings.NewReader("x")),
	}
}

func expectUnavailable(t *testing.T, errs map[string]error) {
	t.Helper()
	for verb, err := range errs {
		if !errors.Is(err, storage.ErrUnavailable) || errors.Is(err, storage.ErrNotFound) || errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want ErrUnavailable", verb, err)
		}
		if found, ok := errors.AsType[*fault.Error](err); !ok || found.Kind != fault.Unavailable || found.RetryAfter <= 0 {
			t.Errorf("%s: %v does not answer 503 with Retry-After", verb, err)
		}
	}
}

func TestAWrongSecretIsRefused(t *testing.T) {
	t.Parallel()
	settings := bucket(t)
	settings.SecretAccessKey += "x"
	store := storage.OpenS3(settings)
	_, err := store.Stat(t.Context(), newKey("a"))
	if !strings.Contains(fmt.Sprint(err), "403") {
		t.Errorf("the server did not refuse: %v", err)
	}
	expectUnavailable(t, everyCall(t.Context(), store))
}

func TestAnObjectIsNotReadWithoutASignature(t *testing.T) {
	t.Parallel()
	settings := bucket(t)
	key := newKey("a")
	put(t, storage.OpenS3(settings), key, "secret")
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, settings.EndpointURL+"/"+settings.Bucket+"/"+key, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusForbidden {
		t.Errorf("answered %s", answer.Status)
	}
}

func TestAMissingBucketDoesNotLookLikeLostFiles(t *testing.T) {
	t.Parallel()
	settings := bucket(t)
	settings.Bucket = "no-such-bucket-" + uuid.NewString()
	// A store for each call: the third failure would open the breaker.
	for _, verb := range []string{"get", "stat", "list", "put"} {
		err := everyCall(t.Context(), storage.OpenS3(settings))[verb]
		expectUnavailable(t, map[string]error{verb: err})
	}
}

func TestAListGoesOverManyPages(t *testing.T) {
	t.Parallel()
	store := storage.OpenS3(bucket(t))
	tenant := uuid.New()
	const count = 1005
	numbers := make(chan int)
	var putting sync.WaitGroup
	for range 8 {
		putting.Go(func() {
			for n := range numbers {
				if err := store.Put(t.Context(), storage.Key(tenant, fmt.Sprintf("%04d", n)), strings.NewReader("x")); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for n := range count {
		numbers <- n
	}
	close(numbers)
	putting.Wait()
	if got := len(list(t, store, storage.Prefix(tenant))); got != count {
		t.Errorf("%d of %d objects are listed", got, count)
	}
}

// inTrouble returns the store of a server in trouble, with little patience.
func inTrouble(endpointURL string) *storage.S3 {
	return storage.OpenS3(storage.S3Settings{
		EndpointURL: endpointURL, Region: "us-east-1", Bucket: "b", AccessKeyID: "a", SecretAccessKey: "s",
		Timeout: 300 * time.Millisecond,
	}.RestingFor(500 * time.Millisecond))
}

// expectBreaker makes calls until the breaker must be open, and checks that from
// then on nobody waits.
func expectBreaker(t *testing.T, store *storage.S3) {
	t.Helper()
	started := time.Now()
	expectUnavailable(t, everyCall(t.Context(), store))
	if took := time.Since(started); took > 5*time.Second {
		t.Errorf("five calls took %s", took)
	}
	started = time.Now()
	errs := everyCall(t.Context(), store)
	if took := time.Since(started); took > 200*time.Millisecond {
		t.Errorf("with the breaker open five calls took %s", took)
	}
	expectUnavailable(t, errs)
}

func TestHazard092S3IsDown(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	expectBreaker(t, inTrouble("http://"+address))
}

func TestHazard092S3Hangs(t *testing.T) {
	t.Parallel()
	// The kernel accepts connections; nobody ever answers them.
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	expectBreaker(t, inTrouble("http://"+listener.Addr().String()))
}

func TestHazard092S3AnswersWithErrorsAndComesBack(t *testing.T) {
	t.Parallel()
	var broken atomic.Bool
	broken.Store(true)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if broken.Load() {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Length", "1")
		if _, err := io.WriteString(w, "x"); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	store := inTrouble(server.URL)
	expectBreaker(t, store)

	broken.Store(false)
	deadline := time.After(10 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		reader, _, err := store.Get(t.Context(), newKey("a"))
		if err == nil {
			if err := reader.Close(); err != nil {
				t.Error(err)
			}
			return
		}
		select {
		case <-deadline:
			t.Fatalf("S3 is back, but still: %v", err)
		case <-tick.C:
		}
	}
}

func TestHazard092AnObjectThatBreaksOffOrStallsIsNotTakenForWhole(t *testing.T) {
	t.Parallel()
	for name, hang := range map[string]bool{"breaks off": false, "stalls": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Length", "1000")
				if _, err := io.WriteString(w, "half"); err != nil {
					t.Error(err)
				}
				if err := http.NewResponseController(w).Flush(); err != nil {
					t.Error(err)
				}
				if hang {
					<-r.Context().Done()
				}
			}))
			t.Cleanup(server.Close)
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			reader, _, err := inTrouble(server.URL).Get(ctx, newKey("a"))
			if err != nil {
				t.Fatal(err)
			}
			defer reader.Close()
			started := time.Now()
			content, err := io.ReadAll(reader)
			if string(content) != "half" {
				t.Errorf("read %q", content)
			}
			expectUnavailable(t, map[string]error{"read": err})
			if took := time.Since(started); took > 3*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}

func TestOneWhoLeavesDoesNotOpenTheBreaker(t *testing.T) {
	t.Parallel()
	settings := bucket(t)
	store := storage.OpenS3(settings)
	for range 10 {
		ctx, cancel := context.WithCancel(t.Context())
		body := cancellingBody{strings.NewReader("x"), cancel}
		if err := store.Put(ctx, newKey("a"), body); !errors.Is(err, context.Canceled) {
			t.Fatalf("got %v, want the context's error", err)
		}
	}
	put(t, store, newKey("a"), "x")
}

// cancellingBody is a body whose sender leaves when it is asked for bytes.
type cancellingBody struct {
	io.ReadSeeker
	cancel context.CancelFunc
}

func (b cancellingBody) Read(p []byte) (int, error) {
	b.cancel()
	return b.ReadSeeker.Read(p)
}
