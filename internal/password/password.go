// Package password hashes and checks people's passwords with Argon2id
// (RFC 9106), a few at a time: each hash takes memory that must not run out when
// a hundred people sign in at once (hazard 7).
package password

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"

	"frontdesk/internal/fault"
)

// Cost is what it takes to make a hash. It is kept with each one, so that it can
// rise without locking anyone out.
type Cost struct {
	MemoryKiB, Iterations uint32
	Threads               uint8
}

// DefaultCost is OWASP's second recommendation for Argon2id, 2024.
var DefaultCost = Cost{MemoryKiB: 19 * 1024, Iterations: 2, Threads: 1}

const (
	saltSize = 16
	keySize  = 32
)

// waitForSlot is how long a sign-in queues for its turn before it is told to
// come back.
const waitForSlot = 10 * time.Second

// Hasher makes and compares hashes. A process has one, since it bounds how many
// are made at once.
type Hasher struct {
	cost  Cost
	slots chan struct{}
	// decoy stands in for a hash that does not exist, so that comparing costs the same.
	decoy stored
}

// NewHasher returns a hasher whose new hashes cost so much.
func NewHasher(cost Cost) *Hasher {
	return &Hasher{
		cost: cost, slots: make(chan struct{}, max(2, runtime.NumCPU())),
		decoy: stored{cost: cost, salt: make([]byte, saltSize), key: make([]byte, keySize)},
	}
}

// Hash returns the password's hash in PHC string format. It waits for its turn,
// and is fault.Unavailable when that takes too long.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	if err := h.takeSlot(ctx); err != nil {
		return "", err
	}
	defer h.leaveSlot()
	salt := make([]byte, saltSize)
	rand.Read(salt)
	made := stored{cost: h.cost, salt: salt}
	made.key = made.derive(Normal(password), keySize)
	return made.String(), nil
}

// Matches reports whether the password is the one that was hashed. An empty hash
// never matches and takes the same time, and so does one that was made when
// hashes were cheaper: an unknown address, a wrong password and an old account
// cannot be told apart (hazard 5).
func (h *Hasher) Matches(ctx context.Context, password, hash string) (bool, error) {
	found, err := h.Compare(ctx, password, hash)
	return found.Matches, err
}

// Comparison is what came of a password that was compared.
type Comparison struct {
	Matches bool
	// Outdated is true for a hash that should be made anew, now that its password is at
	// hand: at a lower cost than today's, or of a text that was typed in another form.
	Outdated bool
}

// Compare is Matches that also says whether the hash is as one would be made today.
func (h *Hasher) Compare(ctx context.Context, password, hash string) (found Comparison, err error) {
	against := h.decoy
	if hash != "" {
		if against, err = parse(hash); err != nil {
			return found, err
		}
	}
	if err := h.takeSlot(ctx); err != nil {
		return found, err
	}
	defer h.leaveSlot()
	normal := Normal(password)
	// Each form of what was typed is tried, and all of them also when one is right, or
	// there is no hash: how long it takes says nothing but what was typed.
	for _, form := range forms(password) {
		key := against.derive(form, uint32(len(against.key)))
		// Also for a right password: who has it may be refused all the same, and must not
		// be told by the clock that it is right.
		h.makeUp(against.cost, form)
		if subtle.ConstantTimeCompare(key, against.key) == 1 && hash != "" && !found.Matches {
			found = Comparison{Matches: true, Outdated: form != normal || h.Outdated(hash)}
		}
	}
	return found, nil
}

// Outdated reports whether a hash was made at a lower cost than today's, so that
// it should be made anew when its password is at hand. One of a higher cost
// stays: it is no worse because the setting was lowered.
func (h *Hasher) Outdated(hash string) bool {
	made, err := parse(hash)
	if err != nil {
		return false
	}
	spent, today := made.cost.work(), h.cost.work()
	return spent < today || spent == today && made.cost.Threads < h.cost.Threads
}

// work is what a hash takes in time: Argon2 goes over its memory once in each
// iteration.
func (c Cost) work() uint64 { return uint64(c.MemoryKiB) * uint64(c.Iterations) }

// makeUp spends what a cheaper hash saved.
func (h *Hasher) makeUp(spent Cost, password string) {
	if spent.work() >= h.cost.work() {
		return
	}
	memory := (h.cost.work() - spent.work()) / uint64(h.cost.Iterations)
	rest := h.decoy
	rest.cost.MemoryKiB = uint32(memory)
	rest.derive(password, keySize)
}

func (h *Hasher) takeSlot(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, waitForSlot)
	defer cancel()
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		busy := fault.Wrap(fault.Unavailable, "", ctx.Err())
		busy.RetryAfter = 5 * time.Second
		return busy
	}
}

func (h *Hasher) leaveSlot() { <-h.slots }

// stored is a hash taken apart.
type stored struct {
	cost      Cost
	salt, key []byte
}

func (s stored) derive(password string, size uint32) []byte {
	return argon2.IDKey([]byte(password), s.salt, s.cost.Iterations, s.cost.MemoryKiB, s.cost.Threads, size)
}

// String is the hash in PHC string format.
func (s stored) String() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, s.cost.MemoryKiB, s.cost.Iterations, s.cost.Threads,
		base64.RawStdEncoding.EncodeToString(s.salt), base64.RawStdEncoding.EncodeToString(s.key))
}

var errHash = errors.New("password: a stored hash is not Argon2id in PHC format")

func parse(hash string) (stored, error) {
	var parsed stored
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return parsed, errHash
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &parsed.cost.MemoryKiB, &parsed.cost.Iterations, &parsed.cost.Threads); err != nil {
		return parsed, errHash
	}
	if parsed.cost.Iterations == 0 || parsed.cost.Threads == 0 {
		return parsed, errHash // the library panics at these
	}
	var err error
	if parsed.salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil {
		return parsed, errHash
	}
	if parsed.key, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil || len(parsed.key) == 0 {
		return parsed, errHash
	}
	return parsed, nil
}
