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
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"frontdesk/internal/fault"
)

// The length of a password, in characters. None is ever cut short.
const (
	MinLength = 12
	MaxLength = 128
)

// The cost of a hash: OWASP's second recommendation for Argon2id, 2024. It is
// kept with each hash, so that it can rise without locking anyone out.
const (
	memoryKiB  = 19 * 1024
	iterations = 2
	threads    = 1
	saltSize   = 16
	keySize    = 32
)

// waitForSlot is how long a sign-in queues for its turn before it is told to
// come back.
const waitForSlot = 10 * time.Second

// slots bounds how many hashes are made at once.
var slots = make(chan struct{}, max(2, runtime.NumCPU()))

// Check returns the catalog key of what is wrong with a new password, or "".
func Check(password string) string {
	length := utf8.RuneCountInString(password)
	switch {
	case !utf8.ValidString(password) || strings.ContainsRune(password, 0):
		return "field.characters"
	case length < MinLength:
		return "field.password_short"
	case length > MaxLength:
		return "field.password_long"
	}
	return ""
}

// Hash returns the password's hash in PHC string format. It waits for its turn,
// and is fault.Unavailable when that takes too long.
func Hash(ctx context.Context, password string) (string, error) {
	if err := takeSlot(ctx); err != nil {
		return "", err
	}
	defer func() { <-slots }()
	salt := make([]byte, saltSize)
	rand.Read(salt)
	key := argon2.IDKey([]byte(password), salt, iterations, memoryKiB, threads, keySize)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memoryKiB, iterations, threads,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key)), nil
}

// Matches reports whether the password is the one that was hashed. An empty hash
// takes the same time and never matches, so that an unknown address and a wrong
// password cannot be told apart (hazard 5).
func Matches(ctx context.Context, password, hash string) (bool, error) {
	known := hash != ""
	if !known {
		hash = decoy
	}
	cost, err := parse(hash)
	if err != nil {
		return false, err
	}
	if err := takeSlot(ctx); err != nil {
		return false, err
	}
	defer func() { <-slots }()
	key := argon2.IDKey([]byte(password), cost.salt, cost.iterations, cost.memory, cost.threads, uint32(len(cost.key)))
	return subtle.ConstantTimeCompare(key, cost.key) == 1 && known, nil
}

// decoy is a hash that nothing is compared with for its result.
var decoy = fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memoryKiB, iterations, threads,
	base64.RawStdEncoding.EncodeToString(make([]byte, saltSize)), base64.RawStdEncoding.EncodeToString(make([]byte, keySize)))

func takeSlot(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, waitForSlot)
	defer cancel()
	select {
	case slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		busy := fault.Wrap(fault.Unavailable, "", ctx.Err())
		busy.RetryAfter = 5 * time.Second
		return busy
	}
}

type cost struct {
	memory, iterations uint32
	threads            uint8
	salt, key          []byte
}

var errHash = errors.New("password: a stored hash is not Argon2id in PHC format")

func parse(hash string) (cost, error) {
	var parsed cost
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return parsed, errHash
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &parsed.memory, &parsed.iterations, &parsed.threads); err != nil {
		return parsed, errHash
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
