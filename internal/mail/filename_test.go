package mail

import (
	"slices"
	"strings"
	"testing"
)

// fileNames returns the names of the files of a message with one part that has a
// header.
func fileNames(t *testing.T, header, body string) []string {
	t.Helper()
	parsed := Parse([]byte("From: a@b.example\r\nSubject: X-ray of Monday\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" +
		header + "\r\n\r\n" + body + "\r\n--b--\r\n"))
	assertStorable(t, header, parsed)
	var names []string
	for _, attachment := range parsed.Attachments {
		names = append(names, attachment.Name)
	}
	return names
}

func TestHazard122AFileHasTheNameThatItsSenderGaveIt(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		`Content-Disposition: attachment; filename="bill.pdf"`:                                                "bill.pdf",
		`Content-Disposition: attachment; filename=bill.pdf; size=12`:                                         "bill.pdf",
		`Content-Disposition: attachment; filename=my bill.pdf; size=12`:                                      "my bill.pdf",
		`Content-Disposition: attachment; filename=a;b.pdf; size=12`:                                          "a;b.pdf",
		`Content-Disposition: attachment; filename="a;b \"c\" C:\d.pdf"; size=12`:                             `a;b "c" C:\d.pdf`,
		`Content-Disposition: attachment; filename="bill.pdf; size=12`:                                        "bill.pdf",
		`Content-Disposition: attachment; filename='bill.pdf'`:                                                "bill.pdf",
		`Content-Disposition: attachment filename="bill.pdf"`:                                                 "bill.pdf",
		`Content-Disposition: attachment; FileName = "bill.pdf"`:                                              "bill.pdf",
		`Content-Disposition: filename=bill.pdf`:                                                              "bill.pdf",
		`Content-Disposition: ; filename=bill.pdf`:                                                            "bill.pdf",
		"Content-Disposition: attachment;\r\n filename=\r\n \"bill.pdf\";\r\n size=1":                         "bill.pdf",
		"Content-Disposition: attachment; filename=\"long\r\n name.pdf\"":                                     "long name.pdf",
		"Content-Disposition: attachment;\r\nfilename=\"not folded.pdf\"":                                     "not folded.pdf",
		`Content-Disposition: attachment; filename*=iso-8859-1''R%F6ntgen.pdf`:                                "Röntgen.pdf",
		`Content-Disposition: attachment; filename*=windows-1251'ru'%CF%F0%E8.pdf`:                            "При.pdf",
		`Content-Disposition: attachment; filename*=koi8-r''%F0%D2%C9.pdf`:                                    "При.pdf",
		`Content-Disposition: attachment; filename*=shift_jis'ja'%82%B1.pdf`:                                  "こ.pdf",
		`Content-Disposition: attachment; filename*="utf-8''R%C3%B6ntgen.pdf"`:                                "Röntgen.pdf",
		`Content-Disposition: attachment; filename*=R%C3%B6ntgen.pdf`:                                         "Röntgen.pdf",
		`Content-Disposition: attachment; filename*=bogus''R%C3%B6ntgen.pdf`:                                  "Röntgen.pdf",
		`Content-Disposition: attachment; filename="x.pdf"; filename*=utf-8''R%C3%B6ntgen.pdf`:                "Röntgen.pdf",
		`Content-Disposition: attachment; filename*0="one "; filename*1=two; filename*2=".pdf"`:               "one two.pdf",
		`Content-Disposition: attachment; filename*1*=ntgen.pdf; filename*0*=utf-8''R%C3%B6`:                  "Röntgen.pdf",
		`Content-Disposition: attachment; filename*0*=utf-8''R%C3; filename*1*=%B6ntgen; filename*2=".pdf"`:   "Röntgen.pdf",
		`Content-Disposition: attachment; filename*0*=iso-8859-2''%BAtefan; filename*1=.pdf`:                  "ştefan.pdf",
		`Content-Disposition: attachment; filename*0="=?utf-8?q?R=C3=B6nt"; filename*1="gen.pdf?="`:           "Röntgen.pdf",
		`Content-Disposition: attachment; filename="=?utf-8?B?UsO2bnRnZW4ucGRm?="`:                            "Röntgen.pdf",
		`Content-Disposition: attachment; filename==?utf-8?B?UsO2bnRnZW4ucGRm?=`:                              "Röntgen.pdf",
		"Content-Disposition: attachment; filename=\"=?utf-8?q?R=C3=B6nt?=\"\r\n \"=?utf-8?q?gen.pdf?=\"":     "Röntgen.pdf",
		"Content-Disposition: attachment; filename=\"R\xf6ntgen.pdf\"":                                        "Röntgen.pdf",
		"Content-Disposition: attachment; filename=\"R\xc3\xb6ntgen.pdf\"":                                    "Röntgen.pdf",
		"Content-Type: application/pdf; name=\"bill.pdf\"":                                                    "bill.pdf",
		"Content-Type: application/pdf;\r\n name*=utf-8''R%C3%B6ntgen.pdf":                                    "Röntgen.pdf",
		"Content-Type: application/pdf; name=\"bill.pdf\"\r\nContent-Disposition: attachment":                 "bill.pdf",
		"Content-Type: application/pdf; name=\"x\"\r\nContent-Disposition: attachment; filename=\"\"":         "x",
		"Content-Disposition: attachment; filename=\"" + strings.Repeat("ă", 400) + ".pdf\"":                  strings.Repeat("ă", 196) + ".pdf",
		"Content-Disposition: attachment; filename=\"a\u202egpj.exe\"":                                        "agpj.exe",
		"Content-Disposition: attachment; creation-date=\"Tue, 03 Nov 2026 08:00:00 GMT\"; filename=bill.pdf": "bill.pdf",
	} {
		if got := fileNames(t, header, "%PDF-1.4"); !slices.Equal(got, []string{want}) {
			t.Errorf("%s\nis named %q, not %q", header, got, want)
		}
	}
}

func TestHazard122AFileWithoutANameIsNamedAfterItsTypeAndWhatItIsOf(t *testing.T) {
	t.Parallel()
	for _, one := range []struct{ header, body, want string }{
		{"Content-Type: application/pdf", "%PDF-1.4", "X-ray of Monday.pdf"},
		{"Content-Type: image/jpeg\r\nContent-Disposition: attachment", "x", "X-ray of Monday.jpg"},
		{"Content-Type: application/octet-stream", "%PDF-1.4", "X-ray of Monday.pdf"},
		{"Content-Type: application/octet-stream", "x\x00\x01", "X-ray of Monday.bin"},
		{"Content-Type: x/y\r\nContent-Description: Referral.docx", "x", "Referral.docx"},
		{"Content-Type: image/gif\r\nContent-Location: http://x.example/a/logo.gif", "x", "logo.gif"},
		{"Content-Type: text/calendar", "BEGIN:VCALENDAR", "X-ray of Monday.ics"},
		{"Content-Type: message/delivery-status", "Action: failed", "X-ray of Monday.txt"},
		{"Content-Type: message/rfc822", "Subject: =?utf-8?q?R=C3=B6ntgen?=\r\n\r\nx", "Röntgen.eml"},
		{"Content-Type: message/rfc822", "Subject: a/b: c\r\n\r\nx", "a_b_ c.eml"},
		{"Content-Type: message/rfc822", "From: a@b.example\r\n\r\nx", "X-ray of Monday.eml"},
		{"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64", "U3ViamVjdDogSGkNCg0KeA==", "Hi.eml"},
		{"Content-Disposition: attachment", "text", "X-ray of Monday.txt"},
		{"Content-Disposition: attachment; filename=\"...\"", "text", "X-ray of Monday.txt"},
		{"Content-Type: text/plain", "%PDF-1.4", "X-ray of Monday.pdf"},
	} {
		if got := fileNames(t, one.header, one.body); !slices.Equal(got, []string{one.want}) {
			t.Errorf("%s is named %q, not %q", one.header, got, one.want)
		}
	}
	two := Parse([]byte("Subject: Two\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: application/pdf\r\n\r\nx\r\n--b\r\nContent-Type: application/pdf\r\n\r\ny\r\n--b--"))
	if len(two.Attachments) != 2 || two.Attachments[0].Name != "Two.pdf" || two.Attachments[1].Name != "Two (2).pdf" {
		t.Errorf("two files without a name are %+v", two.Attachments)
	}
	if parsed := Parse([]byte("Content-Type: application/pdf\r\n\r\n%PDF")); len(parsed.Attachments) != 1 || parsed.Attachments[0].Name != "file.pdf" {
		t.Errorf("a file without a name or a subject is %+v", parsed.Attachments)
	}
}
