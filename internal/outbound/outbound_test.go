package outbound

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestHazard056OnlyPublicAddressesAreDialled(t *testing.T) {
	t.Parallel()
	dialer := &Dialer{}
	for _, address := range []string{
		"127.0.0.1:993", "127.9.9.9:993", "0.0.0.0:993", "10.1.2.3:993", "172.16.0.1:143", "172.31.255.255:143",
		"192.168.1.1:993", "169.254.169.254:993", "100.64.0.1:993", "100.127.255.255:993", "224.0.0.1:993",
		"255.255.255.255:993", "198.18.0.1:993", "[::1]:993", "[::]:993", "[fe80::1%eth0]:993", "[fc00::1]:993",
		"[fd12::1]:993", "[fec0::1]:993", "[ff02::1]:993", "[::ffff:127.0.0.1]:993", "[::ffff:10.0.0.1]:993",
		"[::127.0.0.1]:993", "[64:ff9b::7f00:1]:993", "[64:ff9b:1::7f00:1]:993", "[2002:7f00:1::]:993",
		"[2001:0:7f00:1::]:993", "[2001:db8::1]:993", "not an address",
	} {
		if err := dialer.control("tcp", address, nil); !errors.Is(err, errForbidden) {
			t.Errorf("%s would be dialled", address)
		}
	}
	for _, address := range []string{"8.8.8.8:993", "100.63.255.255:993", "100.128.0.0:993", "172.32.0.1:993", "[2a00:1450:4001::1]:993", "[::ffff:8.8.8.8]:993"} {
		if err := dialer.control("tcp", address, nil); err != nil {
			t.Errorf("%s is refused: %v", address, err)
		}
	}
}

func TestHazard056OnlyMailPortsAreDialled(t *testing.T) {
	t.Parallel()
	dialer := &Dialer{}
	for port, allowed := range map[uint16]bool{
		143: true, 993: true, 465: true, 587: true, 2525: true,
		0: false, 22: false, 25: false, 80: false, 443: false, 5432: false, 6379: false, 65535: false,
	} {
		address := netip.AddrPortFrom(netip.MustParseAddr("8.8.8.8"), port).String()
		if err := dialer.control("tcp", address, nil); (err == nil) != allowed {
			t.Errorf("port %d: %v", port, err)
		}
	}
}

// A name is resolved by the dialer itself, so that the address which the rule
// sees is the one which is dialled, whatever an earlier look-up said.
func TestHazard056NamesAreJudgedByTheAddressThatTheyResolveTo(t *testing.T) {
	t.Parallel()
	dialer := &Dialer{}
	for _, host := range []string{"localhost", "127.1", "2130706433", "0x7f.1", "[::1]", "", "no-such-host.invalid"} {
		connection, err := dialer.Dial(context.Background(), host, 993)
		if err == nil {
			connection.Close()
			t.Errorf("%q was dialled", host)
		}
	}
}

func TestHazard056EveryFailureReadsTheSame(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	open := listener.Addr().(*net.TCPAddr).Port
	closing, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := closing.Addr().(*net.TCPAddr).Port
	closing.Close()
	defer listener.Close()

	texts := map[string]bool{}
	for _, attempt := range []struct {
		dialer *Dialer
		host   string
		port   int
	}{
		{&Dialer{}, "127.0.0.1", open},
		{&Dialer{}, "127.0.0.1", closed},
		{&Dialer{}, "127.0.0.1", 22},
		{&Dialer{}, "localhost", 993},
		{&Dialer{}, "no-such-host.invalid", 993},
		{&Dialer{AllowPrivate: true}, "127.0.0.1", closed},
		{&Dialer{AllowPrivate: true}, "127.0.0.1", 99999},
	} {
		_, err := attempt.dialer.Dial(context.Background(), attempt.host, attempt.port)
		if _, ok := errors.AsType[*Error](err); !ok {
			t.Fatalf("%s:%d: %v", attempt.host, attempt.port, err)
		}
		texts[err.Error()] = true
	}
	if len(texts) != 1 {
		t.Fatalf("the texts differ: %v", texts)
	}
}

func TestClosedNetworksMayUsePrivateAddressesAndAnyPort(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	dialer := &Dialer{AllowPrivate: true}
	connection, err := dialer.Dial(context.Background(), "localhost", listener.Addr().(*net.TCPAddr).Port)
	if err != nil {
		t.Fatal(err)
	}
	connection.Close()
}

func TestACertificateFileThatHoldsNoneIsNamed(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "authorities.pem")
	if err := os.WriteFile(path, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{path, path + ".missing"} {
		if _, err := New(false, file); err == nil || !strings.Contains(err.Error(), "MAIL_CA_FILE") {
			t.Errorf("%s: %v", file, err)
		}
	}
	dialer, err := New(true, "")
	if err != nil || !dialer.AllowPrivate {
		t.Fatalf("without a file: %v", err)
	}
	if config := dialer.TLS("mail.example"); config.MinVersion < tls.VersionTLS12 || config.ServerName != "mail.example" || config.InsecureSkipVerify {
		t.Fatalf("the TLS settings are weak: %+v", config)
	}
}
