package mail

import (
	"bytes"
	"errors"
	netmail "net/mail"
	"slices"
	"strings"
	"testing"
	"time"
)

var written = time.Date(2026, 11, 23, 10, 30, 0, 0, time.UTC)

func answer() Outgoing {
	return Outgoing{
		From: Address{"Clinica Sănătatea", "clinic@example.test"}, To: []Address{{"Ana Țepeș", "ana@example.test"}},
		Subject: "Re: Programare – mâine", Date: written, MessageID: "0190@example.test",
		InReplyTo: "first@example.test", References: []string{"zero@example.test", "first@example.test"}, Text: "Bună,\nvă așteptăm.\n",
	}
}

func compose(t *testing.T, outgoing Outgoing) ([]byte, netmail.Header) {
	t.Helper()
	raw, err := Compose(outgoing)
	if err != nil {
		t.Fatal(err)
	}
	message, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatalf("%v\n%s", err, raw)
	}
	return raw, message.Header
}

func TestAComposedMessageReadsBackAsItWasWritten(t *testing.T) {
	t.Parallel()
	outgoing := answer()
	outgoing.HTML = "<p>Bună</p>"
	outgoing.Attachments = []Attachment{{Name: "rețetă.pdf", Type: "application/pdf", Bytes: []byte("%PDF-1.4")}}
	raw, _ := compose(t, outgoing)
	got := Parse(raw)
	if got.Subject != outgoing.Subject || got.From != outgoing.From || !slices.Equal(got.To, outgoing.To) || !got.Date.Equal(written) ||
		got.MessageID != outgoing.MessageID || got.InReplyTo != outgoing.InReplyTo || !slices.Equal(got.References, outgoing.References) {
		t.Fatalf("%+v", got)
	}
	if strings.ReplaceAll(got.Text, "\r\n", "\n") != outgoing.Text || !strings.Contains(got.HTML, outgoing.HTML) || len(got.Broken) > 0 || got.Automatic {
		t.Fatalf("%+v", got)
	}
	if len(got.Attachments) != 1 || got.Attachments[0].Name != "rețetă.pdf" || string(got.Attachments[0].Bytes) != "%PDF-1.4" || got.Attachments[0].Inline {
		t.Fatalf("%+v", got.Attachments)
	}
	for line := range bytes.Lines(raw) {
		if len(line) > 1000 || !bytes.HasSuffix(line, []byte("\r\n")) || bytes.ContainsFunc(line, func(r rune) bool { return r > '~' }) {
			t.Fatalf("the line %q is not fit for every server", line)
		}
	}
}

func TestHazard065LineBreaksAddNoHeaderAndNoRecipient(t *testing.T) {
	t.Parallel()
	for _, ending := range []string{"\r\n", "\n", "\r", "\x00", "\r\n ", "\v", "\u2028"} {
		injection := ending + "Bcc: evil@evil.example" + ending + "X-Evil: 1" + ending + ending + "body"
		outgoing := answer()
		outgoing.Subject += injection
		outgoing.From.Name += injection
		outgoing.To[0].Name += injection
		outgoing.InReplyTo += injection
		outgoing.References = append(outgoing.References, "x@y"+injection, "two words@x", "a>b@x")
		outgoing.Attachments = []Attachment{{Name: "a.pdf" + injection, Type: "text/plain" + injection, Bytes: []byte("x")}}
		raw, header := compose(t, outgoing)
		for _, name := range []string{"Bcc", "X-Evil"} {
			if header.Get(name) != "" {
				t.Errorf("%q adds the header %s:\n%s", ending, name, raw)
			}
		}
		for line := range bytes.Lines(raw) {
			if bytes.HasPrefix(line, []byte("Bcc")) || bytes.HasPrefix(line, []byte("X-Evil")) {
				t.Errorf("%q adds the line %q", ending, line)
			}
		}
		if got := Parse(raw); len(got.To) != 1 || got.To[0].Address != "ana@example.test" || len(got.Cc) > 0 || len(got.References) != 2 || got.InReplyTo != "" {
			t.Errorf("%q: %+v", ending, got)
		}
	}
}

func TestHazard065AnAddressThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"", "ana", "ana@", "a@b\r\nRCPT TO:<evil@evil.example>", "a@b\nBcc: x@y", "a@b, c@d", "Ana <a@b>", "<a@b>\x00", "a@b> <c@d",
	} {
		outgoing := answer()
		outgoing.To = []Address{{"", address}}
		if _, err := Compose(outgoing); !errors.Is(err, ErrAddress) {
			t.Errorf("%q as recipient: %v", address, err)
		}
		outgoing = answer()
		outgoing.From.Address = address
		if _, err := Compose(outgoing); !errors.Is(err, ErrAddress) {
			t.Errorf("%q as sender: %v", address, err)
		}
	}
	outgoing := answer()
	outgoing.To = nil
	if _, err := Compose(outgoing); !errors.Is(err, ErrNoRecipient) {
		t.Error(err)
	}
	outgoing = answer()
	outgoing.MessageID = ""
	if _, err := Compose(outgoing); err == nil {
		t.Error("a message without the caller's Message-ID was composed")
	}
}

func TestHazard066AutomaticMessagesSaySo(t *testing.T) {
	t.Parallel()
	outgoing := answer()
	outgoing.Automatic = true
	raw, header := compose(t, outgoing)
	if header.Get("Auto-Submitted") != "auto-generated" || !Parse(raw).Automatic {
		t.Fatalf("%s", raw)
	}
}

func TestHazard066MessagesOfProgramsAreRecognised(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]bool{
		"Auto-Submitted: auto-replied": true, "auto-submitted: Auto-Generated; x=y": true, "Auto-Submitted: no": false, "Auto-Submitted: no (a person)": true,
		"Precedence: bulk": true, "Precedence: List": true, "Precedence: normal": false, "List-Id: <x.example>": true, "List-Unsubscribe: <mailto:x@y>": true,
		"X-Auto-Response-Suppress: All": true, "Return-Path: <>": true, "Return-Path: <a@b>": false, "Content-Type: multipart/report; report-type=delivery-status; boundary=x": true,
		"X-Nothing: 1": false,
	} {
		if got := Parse([]byte("From: a@b\r\n" + header + "\r\n\r\ntext")).Automatic; got != want {
			t.Errorf("%s: %t", header, got)
		}
	}
}

func TestSubjectsOfOneThreadAreEqual(t *testing.T) {
	t.Parallel()
	for _, subject := range []string{
		"Programare mâine", "Re: Programare mâine", "RE: RE: Programare  mâine", "Fwd: Programare mâine", "FW: re: Programare mâine", "AW: WG: Programare mâine",
		"Rif: Programare mâine", "Răsp: Programare mâine", "RĂSP : PROGRAMARE MÂINE", "Re[2]: Programare mâine", "Re (3): Programare mâine", "SV: Programare mâine ", "Re：Programare mâine",
		"[EXTERNAL] Re: Programare mâine", "Re: [EXT] Programare mâine", "***SPAM*** RE: Programare mâine", "[External Sender] - Fw: Programare mâine", "EXTERN: AW: Programare mâine",
		"YNT: Programare mâine", "İLT: Programare mâine", "回复：Programare mâine", "转发: Programare mâine", "Отг: Programare mâine", "ОТВ: Programare mâine", "ΑΠ: Programare mâine",
		"Re^2: Programare mâine", "ＲＥ: Programare mâine", "\u200eRe\u00a0: Programare mâine", "رد: Programare mâine", "Re: 回覆: [Suspected Spam] Re: Programare mâine",
	} {
		if got := NormaliseSubject(subject); got != "programare mâine" {
			t.Errorf("%q: %q", subject, got)
		}
		if got := IsReply(subject); got != (subject != "Programare mâine") {
			t.Errorf("%q: answer %t", subject, got)
		}
	}
	for subject, want := range map[string]string{"": "", "Re:": "", "Regarding: x": "regarding: x", "Rest: x": "rest: x", "[Invoice 7] x": "[invoice 7] x", "External wall: x": "external wall: x", "[EXTERNAL] x": "x", "[Extern]x": "x"} {
		if got := NormaliseSubject(subject); got != want {
			t.Errorf("%q: %q", subject, got)
		}
	}
}

func TestIdsAreReadHoweverProgramsWriteThem(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 600) + "@x"
	for name, tried := range map[string]struct{ written, answered string }{
		"without brackets on one side":  {"a@x", "<a@x>"},
		"without brackets on the other": {"<a@x>", "a@x"},
		"folded":                        {"<a\r\n b@x>", "<ab@x>"},
		"with a blank":                  {"<a b@x>", "<a b@x>"},
		"beyond measure":                {"<" + long + ">", "<" + long + ">"},
		"within a phrase":               {"<a@x>", "Your message of Monday <a@x> to b@x"},
		"the second of two":             {"<a@x>", "<b@x> <a@x>"},
		"several without brackets":      {"<a@x>", "b@x, a@x"},
		"no address":                    {"12345", "<12345>"},
	} {
		first := Parse([]byte("Message-ID: " + tried.written + "\r\n\r\n"))
		answer := Parse([]byte("In-Reply-To: " + tried.answered + "\r\n\r\n"))
		if first.MessageID == "" || !slices.Contains(answer.ThreadIDs(), first.MessageID) {
			t.Errorf("%s: %q is answered by %q", name, first.MessageID, answer.ThreadIDs())
		}
	}
	one, another := Parse([]byte("Message-ID: <"+long+"1>\r\n\r\n")), Parse([]byte("Message-ID: <"+long+"2>\r\n\r\n"))
	if one.MessageID == another.MessageID {
		t.Error("two long ids are one")
	}
}

func TestHazard065WhatIsTypedAsAnEncodedWordComesOutAsNone(t *testing.T) {
	t.Parallel()
	const typed = "=?utf-8?Q?a=0D=0ABcc:_eve@x?="
	raw, err := Compose(Outgoing{
		From: Address{typed, "desk@clinic.example"}, To: []Address{{typed, "mara@patient.example"}}, ReplyTo: Address{typed, "desk@clinic.example"},
		Subject: typed, MessageID: "a@clinic.example", Text: "x", Attachments: []Attachment{{Name: typed, Type: "text/plain"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(raw), "=?utf-8?Q?a") || strings.Contains(string(raw), "=?UTF-8?Q?a") {
		t.Errorf("it came out as one:\n%s", raw)
	}
}

func TestAQuotedLocalPartStaysAsItIs(t *testing.T) {
	t.Parallel()
	for written, want := range map[string]string{
		`Mara <"mara b"@patient.example>`: `"mara b"@patient.example`, `"mara.b"@patient.example`: "mara.b@patient.example",
		`"a@b"@patient.example`: `"a@b"@patient.example`, `"a\"b"@patient.example`: `"a\"b"@patient.example`, "o'neil+x@patient.example": "o'neil+x@patient.example",
	} {
		from := Parse([]byte("From: " + written + "\r\n\r\n")).From
		if from.Address != want {
			t.Errorf("%s is answered at %s, not %s", written, from.Address, want)
		}
		if cleaned, err := CleanAddress(from); err != nil || !strings.Contains(cleaned.String(), "<"+want+">") {
			t.Errorf("%s cannot be answered: %v, %v", want, cleaned, err)
		}
	}
}

func TestTheReportOfAMailServerIsNotDamaged(t *testing.T) {
	t.Parallel()
	report := Parse([]byte("From: <MAILER-DAEMON>\r\nReturn-Path: <>\r\nDate: Tue, 3 Nov 2026 09:15:00 +0200\r\n\r\nx"))
	if len(report.Broken) > 0 || report.Origin != OriginProgram || report.From.Name == "" {
		t.Errorf("%+v", report)
	}
	if person := Parse([]byte("From: nobody\r\nDate: Tue, 3 Nov 2026 09:15:00 +0200\r\n\r\nx")); !slices.Contains(person.Broken, BrokenSender) {
		t.Error("a person without an address is not flagged")
	}
}

func TestAnAnswerNamesTheMessagesBeforeItNearestFirst(t *testing.T) {
	t.Parallel()
	parsed := Parse([]byte("Message-ID: <d@x>\r\nIn-Reply-To: <c@x>\r\nReferences: <a@x> <b@x>\r\n <c@x>\r\n <a@x>\r\n\r\n"))
	if got := strings.Join(parsed.ThreadIDs(), " "); got != "c@x b@x a@x" {
		t.Error(got)
	}
	if got := strings.Join(parsed.ReplyReferences(), " "); got != "a@x b@x c@x d@x" {
		t.Error(got)
	}
	for range 100 {
		parsed.References = append(parsed.References, "x@x")
	}
	if references := parsed.ReplyReferences(); len(references) != maxReferences || references[0] != "a@x" || references[maxReferences-1] != "d@x" {
		t.Errorf("%d references", len(references))
	}
}
