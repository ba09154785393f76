// Package seal keeps secrets: it encrypts what is stored or handed to a browser
// and must not be read there (a mailbox's password, an invite link in a cookie),
// and it makes keyed hashes.
//
// The keys come from SECRET_KEYS, newest first. New values use the first key;
// old values name the key that they were sealed with, so keys rotate by putting
// a new one in front and dropping the last when nothing uses it any more.
package seal

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"
)

// KeySize is the length of a key in bytes, before base64.
const KeySize = 32

// The beginning of a sealed value: the format's version, and which key sealed it.
const (
	formatVersion = 1
	keyIDSize     = 8
	headerSize    = 1 + keyIDSize
)

// ErrUnknownKey means that a value was sealed with a key that is no longer in
// the ring.
var ErrUnknownKey = errors.New("sealed with a key that SECRET_KEYS does not hold")

// ErrNotGenuine means that a value was changed, cut, forged, or belongs to
// other associated data than the one that asks names.
var ErrNotGenuine = errors.New("the sealed value is not genuine")

// Ring holds the keys, newest first. It is safe for concurrent use.
type Ring struct {
	keys []key
}

type key struct {
	id   [keyIDSize]byte
	root []byte
	aead cipher.AEAD
	// secrets are the keys of the purposes so far, string -> []byte: purposes are few and
	// written in the source, and deriving takes longer than the hash of what is short.
	secrets *sync.Map
}

// Parse reads the value of SECRET_KEYS: keys of 32 bytes in base64, newest
// first, separated by commas. Its errors name the variable and the key's position,
// never the key.
func Parse(secretKeys string) (*Ring, error) {
	ring, err := parse(strings.Split(secretKeys, ","))
	if err != nil {
		return nil, fmt.Errorf("SECRET_KEYS: %w", err)
	}
	return ring, nil
}

func parse(encoded []string) (*Ring, error) {
	if len(encoded) == 0 {
		return nil, errors.New("no keys")
	}
	ring := &Ring{}
	for i, text := range encoded {
		// The decoder's own error quotes a byte of the key: it is not passed on.
		root, err := base64.StdEncoding.Strict().DecodeString(strings.TrimSpace(text))
		if err != nil {
			return nil, fmt.Errorf("key %d is not base64 (make one with `openssl rand -base64 %d`)", i+1, KeySize)
		}
		if len(root) != KeySize {
			return nil, fmt.Errorf("key %d has %d bytes, not %d (make one with `openssl rand -base64 %d`)", i+1, len(root), KeySize, KeySize)
		}
		k, err := newKey(root)
		if err != nil {
			return nil, fmt.Errorf("key %d: %w", i+1, err)
		}
		if ring.find(k.id[:]) != nil {
			return nil, fmt.Errorf("key %d is in the list twice", i+1)
		}
		ring.keys = append(ring.keys, k)
	}
	return ring, nil
}

func newKey(root []byte) (key, error) {
	k := key{root: root, secrets: new(sync.Map)}
	id, err := derive(root, "frontdesk key id", keyIDSize)
	if err != nil {
		return key{}, err
	}
	copy(k.id[:], id)
	secret, err := derive(root, "frontdesk seal", 32)
	if err != nil {
		return key{}, err
	}
	block, err := aes.NewCipher(secret)
	if err != nil {
		return key{}, fmt.Errorf("prepare AES: %w", err)
	}
	k.aead, err = cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return key{}, fmt.Errorf("prepare GCM: %w", err)
	}
	return k, nil
}

// derive makes a key for one use out of a root key (HKDF, RFC 5869), so that
// what one use gives away says nothing about another.
func derive(root []byte, use string, size int) ([]byte, error) {
	derived, err := hkdf.Key(sha256.New, root, nil, use, size)
	if err != nil {
		return nil, fmt.Errorf("derive the key of %q: %w", use, err)
	}
	return derived, nil
}

func (r *Ring) find(id []byte) *key {
	for i := range r.keys {
		if bytes.Equal(r.keys[i].id[:], id) {
			return &r.keys[i]
		}
	}
	return nil
}

// Seal encrypts plain with the newest key (AES-256-GCM). The associated data is not
// stored in the result: Open must name the same.
func (r *Ring) Seal(plain []byte, associated AssociatedData) []byte {
	newest := &r.keys[0]
	sealed := append([]byte{formatVersion}, newest.id[:]...)
	return newest.aead.Seal(sealed, nil, plain, associated.bind(sealed)) //nolint:gosec // this GCM makes its own random nonce and takes none
}

// Open decrypts what Seal made for the same associated data. It returns ErrUnknownKey or
// ErrNotGenuine.
func (r *Ring) Open(sealed []byte, associated AssociatedData) ([]byte, error) {
	if len(sealed) < headerSize || sealed[0] != formatVersion {
		return nil, ErrNotGenuine
	}
	header, encrypted := sealed[:headerSize], sealed[headerSize:]
	k := r.find(header[1:])
	if k == nil {
		return nil, ErrUnknownKey
	}
	plain, err := k.aead.Open(nil, nil, encrypted, associated.bind(header))
	if err != nil {
		return nil, ErrNotGenuine
	}
	return plain, nil
}

// MAC returns a keyed hash of data (HMAC-SHA256, 32 bytes) under the newest
// key. Each purpose has its own key, so that a hash made for one is worth
// nothing for another.
func (r *Ring) MAC(purpose string, data []byte) []byte {
	return r.keys[0].mac(purpose, data)
}

// VerifyMAC reports, in constant time, whether mac was made by MAC for the same
// purpose and data, under any key of the ring.
func (r *Ring) VerifyMAC(purpose string, data, mac []byte) bool {
	genuine := false
	for i := range r.keys {
		if hmac.Equal(r.keys[i].mac(purpose, data), mac) {
			genuine = true
		}
	}
	return genuine
}

func (k *key) mac(purpose string, data []byte) []byte {
	hash := hmac.New(sha256.New, k.secret(purpose))
	hash.Write(data)
	return hash.Sum(nil)
}

func (k *key) secret(purpose string) []byte {
	if known, ok := k.secrets.Load(purpose); ok {
		return known.([]byte)
	}
	secret, err := derive(k.root, "frontdesk mac "+purpose, sha256.Size)
	if err != nil {
		// HKDF refuses only lengths over 255 hashes; this one is one hash.
		panic(err)
	}
	k.secrets.Store(purpose, secret)
	return secret
}
