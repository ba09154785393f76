package testkit

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// authority is a certificate authority that lives as long as a test run, so that
// the program can be made to trust the mail servers of the tests and nothing
// else (MAIL_CA_FILE).
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	// File and KeyFile are PEM files.
	File, KeyFile string
}

// newAuthority makes an authority and writes it to dir.
func newAuthority(dir string) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(time.Now().UnixNano()),
		Subject:               pkix.Name{CommonName: "Frontdesk tests"},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(48 * time.Hour),
		KeyUsage:              x509.KeyUsageCertSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
	encoded, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	made := &authority{key: key, File: filepath.Join(dir, "authority.pem"), KeyFile: filepath.Join(dir, "authority.key")}
	if made.certificate, err = x509.ParseCertificate(encoded); err != nil {
		return nil, err
	}
	return made, writePair(made.File, made.KeyFile, encoded, key)
}

// readAuthority reads an authority that newAuthority wrote.
func readAuthority(file, keyFile string) (*authority, error) {
	pair, err := tls.LoadX509KeyPair(file, keyFile)
	if err != nil {
		return nil, fmt.Errorf("read the tests' certificate authority: %w", err)
	}
	key, ok := pair.PrivateKey.(*ecdsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%s holds no ECDSA key", keyFile)
	}
	return &authority{certificate: pair.Leaf, key: key, File: file, KeyFile: keyFile}, nil
}

// issue returns the DER certificate and the key of a server on loopback.
func (a *authority) issue() ([]byte, *ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject:      pkix.Name{CommonName: "localhost"},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(48 * time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:     []string{"localhost"},
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	encoded, err := x509.CreateCertificate(rand.Reader, template, a.certificate, &key.PublicKey, a.key)
	return encoded, key, err
}

// issueTLS returns the settings of a TLS server on loopback.
func (a *authority) issueTLS() (*tls.Config, error) {
	encoded, key, err := a.issue()
	if err != nil {
		return nil, err
	}
	return &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{encoded}, PrivateKey: key}},
		MinVersion:   tls.VersionTLS12,
	}, nil
}

// writePair writes a certificate and its key as PEM files.
func writePair(file, keyFile string, certificate []byte, key *ecdsa.PrivateKey) error {
	encodedKey, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate}), 0o644); err != nil {
		return err
	}
	return os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encodedKey}), 0o600)
}
