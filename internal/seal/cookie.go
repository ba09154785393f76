package seal

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"time"
)

// ErrExpired means that a sealed cookie was genuine, but its time is over.
var ErrExpired = errors.New("the sealed value has expired")

// expirySize is the length of the Unix time in seconds before a cookie's payload.
const expirySize = 8

// SealCookie returns a cookie value that carries the payload so that the
// browser can neither read nor change it, good before expires and for one
// purpose. Browsers drop cookies over 4,096 bytes: keep payloads under 2,900.
func (r *Ring) SealCookie(purpose string, payload []byte, expires time.Time) string {
	plain := binary.BigEndian.AppendUint64(nil, uint64(expires.Unix()))
	plain = append(plain, payload...)
	return base64.RawURLEncoding.EncodeToString(r.Seal(plain, cookieAAD(purpose)))
}

// OpenCookie returns the payload of a value that SealCookie made for the same
// purpose. It returns ErrExpired, ErrUnknownKey or ErrNotGenuine; a cookie is
// anyone's to send, so callers treat each as if there were no cookie.
func (r *Ring) OpenCookie(purpose, value string, now time.Time) ([]byte, error) {
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(value)
	if err != nil {
		return nil, ErrNotGenuine
	}
	plain, err := r.Open(sealed, cookieAAD(purpose))
	if err != nil {
		return nil, err
	}
	if len(plain) < expirySize {
		return nil, ErrNotGenuine
	}
	expires := time.Unix(int64(binary.BigEndian.Uint64(plain)), 0)
	if !now.Before(expires) {
		return nil, ErrExpired
	}
	return plain[expirySize:], nil
}

func cookieAAD(purpose string) AssociatedData {
	return AssociatedData{parts: []string{"cookie", purpose}}
}
