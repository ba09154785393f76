package mail

import "testing"

func TestATextWithoutMIMEThatIsUTF8IsReadAsUTF8(t *testing.T) {
	t.Parallel()
	parsed := Parse([]byte("From: ana@x.example\r\nDate: Mon, 02 Nov 2026 10:00:00 +0200\r\n\r\nBună ziua, aveți loc?\r\n"))
	if parsed.Text != "Bună ziua, aveți loc?\r\n" {
		t.Errorf("the text is %q", parsed.Text)
	}
	if latin := Parse([]byte("From: ana@x.example\r\n\r\ncaf\xe9\r\n")); latin.Text != "café\r\n" {
		t.Errorf("what is no UTF-8 is %q", latin.Text)
	}
}

func TestHazard065AnAddressInANameIsNotTheSenders(t *testing.T) {
	t.Parallel()
	for _, from := range []string{
		"=?utf-8?q?Ana=0D=0ABcc:_evil@x.example?= <ana@x.example>", "evil@x.example <ana@x.example>",
	} {
		if parsed := Parse([]byte("From: " + from + "\r\n\r\nHello\r\n")); parsed.From.Address != "ana@x.example" {
			t.Errorf("%s is from %q", from, parsed.From.Address)
		}
	}
}
