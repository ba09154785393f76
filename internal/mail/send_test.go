package mail_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"frontdesk/internal/mail"
	"frontdesk/internal/outbound"
	"frontdesk/internal/testkit"
)

// sending returns a sender that trusts the server, and the server's TLS address.
func sending(t *testing.T, server *testkit.SMTPServer) (*mail.Sender, mail.SMTPServer) {
	t.Helper()
	dialer, err := outbound.New(true, server.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	return &mail.Sender{Dialer: dialer}, mail.SMTPServer{
		Host: server.Host, Port: server.TLSPort, Security: mail.TLS, Username: server.Username, Password: server.Password,
	}
}

func message(t *testing.T) []byte {
	t.Helper()
	raw, err := mail.Compose(mail.Outgoing{
		From: mail.Address{Name: "Clinic", Address: "clinic@example.test"}, To: []mail.Address{{Name: "Ana", Address: "ana@example.test"}},
		Subject: "Re: x", Date: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), MessageID: "once@example.test", Text: ".\n..dots\n.\nend",
	})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func send(t *testing.T, sender *mail.Sender, server mail.SMTPServer) error {
	t.Helper()
	return sender.Send(context.Background(), server, "clinic@example.test", []string{"ana@example.test"}, message(t))
}

func TestAMessageArrivesByteForByteOverEachEncryption(t *testing.T) {
	t.Parallel()
	server := testkit.SMTP(t)
	sender, address := sending(t, server)
	for port, security := range map[int]mail.Security{server.TLSPort: mail.TLS, server.StartTLSPort: mail.StartTLS, server.PlainPort: mail.None} {
		address.Port, address.Security = port, security
		raw := message(t)
		if err := sender.Send(context.Background(), address, "clinic@example.test", []string{"ana@example.test", "ion@example.test"}, raw); err != nil {
			t.Fatalf("%s: %v", security, err)
		}
		got := server.Next(t)
		if got.From != "clinic@example.test" || strings.Join(got.To, " ") != "ana@example.test ion@example.test" || string(got.Raw) != string(raw) || !got.Taken {
			t.Fatalf("%s: %+v\n%s", security, got, got.Raw)
		}
	}
}

func TestHazard066EachAnswerHasItsOutcome(t *testing.T) {
	t.Parallel()
	for name, situation := range map[string]struct {
		answer  testkit.SMTPAnswer
		outcome mail.Outcome
		reason  error
		reached int
	}{
		"4xx after DATA":       {testkit.SMTPTemporary, mail.Temporary, mail.ErrRefused, 1},
		"5xx after DATA":       {testkit.SMTPPermanent, mail.Permanent, mail.ErrRefused, 1},
		"unknown recipient":    {testkit.SMTPRecipientRefused, mail.Permanent, mail.ErrRecipient, 0},
		"greylisted recipient": {testkit.SMTPRecipientLater, mail.Temporary, mail.ErrRecipient, 0},
		"silence after DATA":   {testkit.SMTPSilent, mail.Unknown, mail.ErrTimeout, 1},
		"closed after DATA":    {testkit.SMTPClosed, mail.Unknown, mail.ErrUnreachable, 1},
		"wrong credentials":    {testkit.SMTPCredentialsRefused, mail.Permanent, mail.ErrCredentials, 0},
		"sign-in in trouble":   {testkit.SMTPCredentialsTrouble, mail.Temporary, mail.ErrUnreachable, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := testkit.SMTP(t)
			server.Answer(situation.answer)
			sender, address := sending(t, server)
			if situation.answer == testkit.SMTPSilent { // nobody else is hurried: a busy machine answers late as well
				sender.AnswerTime = time.Second
			}
			err := send(t, sender, address)
			failed, ok := errors.AsType[*mail.SendError](err)
			if !ok || failed.Outcome != situation.outcome || !errors.Is(err, situation.reason) {
				t.Fatalf("got %v, want %s: %v", err, situation.outcome, situation.reason)
			}
			if messages := server.Messages(); len(messages) != situation.reached || situation.reached > 0 && messages[0].Taken {
				t.Fatalf("the server read %+v", messages)
			}
			server.Answer(testkit.SMTPTaken)
			sender.AnswerTime = 0
			if err := send(t, sender, address); err != nil {
				t.Fatalf("the second try: %v", err)
			}
			for _, sent := range server.Messages() {
				if id := mail.Parse(sent.Raw).MessageID; id != "once@example.test" {
					t.Errorf("a try had the Message-ID %q", id)
				}
			}
		})
	}
}

func TestHazard058MailIsNotSentInTheClearOrToAStranger(t *testing.T) {
	t.Parallel()
	server := testkit.SMTP(t)
	trusting, address := sending(t, server)
	strict := &mail.Sender{Dialer: &outbound.Dialer{AllowPrivate: true}}
	for name, situation := range map[string]struct {
		sender   *mail.Sender
		port     int
		security mail.Security
		reason   error
	}{
		"STARTTLS stripped":                {trusting, server.PlainPort, mail.StartTLS, mail.ErrNoEncryption},
		"unknown authority":                {strict, server.TLSPort, mail.TLS, mail.ErrCertificate},
		"unknown authority after STARTTLS": {strict, server.StartTLSPort, mail.StartTLS, mail.ErrCertificate},
		"plain text where TLS was asked":   {trusting, server.PlainPort, mail.TLS, mail.ErrNoEncryption},
		"no encryption named":              {trusting, server.PlainPort, "", mail.ErrNoEncryption},
	} {
		address.Port, address.Security = situation.port, situation.security
		if err := send(t, situation.sender, address); !errors.Is(err, situation.reason) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if messages := server.Messages(); len(messages) > 0 {
		t.Fatalf("messages were sent: %+v", messages)
	}
}

func TestHazard056SMTPToPrivateHostsIsRefused(t *testing.T) {
	t.Parallel()
	server := testkit.SMTP(t)
	_, address := sending(t, server)
	err := send(t, &mail.Sender{Dialer: &outbound.Dialer{}}, address)
	if failed, ok := errors.AsType[*mail.SendError](err); !ok || failed.Outcome != mail.Temporary || !errors.Is(err, mail.ErrUnreachable) {
		t.Fatal(err)
	}
}

func TestHazard065AddressesInjectNoSMTPCommand(t *testing.T) {
	t.Parallel()
	server := testkit.SMTP(t)
	sender, address := sending(t, server)
	for _, evil := range []string{"a@b>\r\nRCPT TO:<evil@evil.example", "a@b\nDATA"} {
		for from, to := range map[string]string{evil: "ana@example.test", "clinic@example.test": evil} {
			err := sender.Send(context.Background(), address, from, []string{to}, message(t))
			if failed, ok := errors.AsType[*mail.SendError](err); !ok || failed.Outcome != mail.Permanent {
				t.Errorf("%q to %q: %v", from, to, err)
			}
		}
	}
	if messages := server.Messages(); len(messages) > 0 {
		t.Fatalf("messages were sent: %+v", messages)
	}
}

func TestASilentServerDoesNotHoldTheSender(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	sender := &mail.Sender{Dialer: &outbound.Dialer{AllowPrivate: true}, CommandTime: 200 * time.Millisecond}
	for _, security := range []mail.Security{mail.TLS, mail.StartTLS, mail.None} {
		address := mail.SMTPServer{Host: "localhost", Port: listener.Addr().(*net.TCPAddr).Port, Security: security}
		started := time.Now()
		if err := send(t, sender, address); !errors.Is(err, mail.ErrTimeout) {
			t.Errorf("%s: %v", security, err)
		}
		if took := time.Since(started); took > 20*time.Second { // left to itself it waits for 30
			t.Errorf("%s took %s", security, took)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(100*time.Millisecond, cancel)
	slow := &mail.Sender{Dialer: &outbound.Dialer{AllowPrivate: true}}
	err = slow.Send(ctx, mail.SMTPServer{Host: "localhost", Port: listener.Addr().(*net.TCPAddr).Port, Security: mail.TLS}, "a@b", []string{"c@d"}, nil)
	if err == nil {
		t.Error("a cancelled sending succeeded")
	}
}

func TestAServerThatHangsUpIsUnreachableAndTheMessageIsTriedAgain(t *testing.T) {
	t.Parallel()
	for name, situation := range map[string]struct {
		security mail.Security
		script   func(net.Conn)
		outcome  mail.Outcome
		reason   error
	}{
		"at the handshake": {mail.TLS, heard, mail.Temporary, mail.ErrUnreachable},
		"in the middle of the handshake": {mail.TLS, func(c net.Conn) {
			heard(c)
			c.Write([]byte{22, 3, 3, 0, 100, 2, 0, 0, 96, 3})
		}, mail.Temporary, mail.ErrUnreachable},
		"by a reset": {mail.TLS, func(c net.Conn) {
			heard(c)
			c.(*net.TCPConn).SetLinger(0)
		}, mail.Temporary, mail.ErrUnreachable},
		"in the handshake after STARTTLS": {mail.StartTLS, func(c net.Conn) {
			for _, line := range []string{"220 hello\r\n", "250-hello\r\n250 STARTTLS\r\n", "220 begin\r\n"} {
				c.Write([]byte(line))
				heard(c)
			}
		}, mail.Temporary, mail.ErrUnreachable},
		"too busy to encrypt":   {mail.StartTLS, func(c net.Conn) { c.Write([]byte("421 too busy\r\n")) }, mail.Temporary, mail.ErrUnreachable},
		"too busy to greet":     {mail.None, func(c net.Conn) { c.Write([]byte("421 too busy\r\n")) }, mail.Temporary, mail.ErrUnreachable},
		"by something else":     {mail.None, func(c net.Conn) { c.Write([]byte("hello there\r\n")) }, mail.Temporary, mail.ErrProtocol},
		"by an alert":           {mail.TLS, func(c net.Conn) { heard(c); c.Write([]byte{21, 3, 3, 0, 2, 2, 40}) }, mail.Permanent, mail.ErrEncryption},
		"in the clear, not TLS": {mail.TLS, func(c net.Conn) { heard(c); c.Write([]byte("220 hello\r\n")) }, mail.Permanent, mail.ErrNoEncryption},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := mail.SMTPServer{Host: "localhost", Port: hangsUp(t, situation.script), Security: situation.security}
			err := send(t, &mail.Sender{Dialer: &outbound.Dialer{AllowPrivate: true}}, address)
			failed, ok := errors.AsType[*mail.SendError](err)
			if !ok || failed.Outcome != situation.outcome || !errors.Is(failed.Reason, situation.reason) {
				t.Fatalf("got %v, want %s: %v", err, situation.outcome, situation.reason)
			}
		})
	}
}

func TestASendingThatIsGivenUpInTheHandshakeIsTriedAgain(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	port := hangsUp(t, func(c net.Conn) {
		heard(c)
		cancel()
		heard(c)
	})
	address := mail.SMTPServer{Host: "localhost", Port: port, Security: mail.TLS}
	err := (&mail.Sender{Dialer: &outbound.Dialer{AllowPrivate: true}}).Send(ctx, address, "a@b", []string{"c@d"}, message(t))
	if failed, ok := errors.AsType[*mail.SendError](err); !ok || failed.Outcome != mail.Temporary || !errors.Is(err, mail.ErrUnreachable) {
		t.Fatal(err)
	}
}

// heard waits for what the client says next, or for its end.
func heard(c net.Conn) { c.Read(make([]byte, 4<<10)) }

// hangsUp returns the port of a server that does what script says with each
// connection, and ends it.
func hangsUp(t *testing.T, script func(net.Conn)) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			script(connection)
			connection.Close()
		}
	}()
	return listener.Addr().(*net.TCPAddr).Port
}

func TestTheSystemServersAddressIsReadOrRefused(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]mail.SMTPServer{
		"smtps://u%40x:p%3Aw@mail.example": {Host: "mail.example", Port: 465, Security: mail.TLS, Username: "u@x", Password: "p:w"},
		"smtps://u:p@mail.example:2465":    {Host: "mail.example", Port: 2465, Security: mail.TLS, Username: "u", Password: "p"},
		"smtp://u:p@mail.example/":         {Host: "mail.example", Port: 587, Security: mail.StartTLS, Username: "u", Password: "p"},
		"smtp://[2a00::1]:2525":            {Host: "2a00::1", Port: 2525, Security: mail.StartTLS},
		"smtp://localhost:25?tls=none":     {Host: "localhost", Port: 25, Security: mail.None},
	} {
		if got, err := mail.ParseSMTPURL(address); err != nil || got != want {
			t.Errorf("%s: %+v, %v", address, got, err)
		}
	}
	for _, address := range []string{
		"", "mail.example", "http://mail.example", "smtp://", "smtp://u:secret@mail.example:99999", "smtp://u:secret@mail.example:x",
		"smtp://mail.example/path", "smtp://u:secret@mail.example?tls=none", "smtps://mail.example?tls=none", "smtp://u:secret@mail.example?x=1", "smtp://%zz:secret@x",
	} {
		if _, err := mail.ParseSMTPURL(address); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", address, err)
		}
	}
}
