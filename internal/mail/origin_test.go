package mail

import "testing"

func TestHazard126WhoWroteAMessageIsKnownByItsHeader(t *testing.T) {
	t.Parallel()
	cases := map[Origin][]string{
		OriginPerson: {
			"From: ana@x.example", "Auto-Submitted: no", "Auto-Submitted: No ; a=b", "Auto-Submitted:", "Return-Path: <ana@x.example>",
			"Content-Type: multipart/mixed; boundary=report", "Precedence: first-class", "From: postmaster-ana@x.example",
			"Subject: Auto-Submitted: auto-replied",
		},
		OriginList: {
			"List-Id: <reception.alfa.example>", "Precedence: list", "Precedence: Bulk", "precedence: junk", "List-Unsubscribe: <mailto:off@x.example>",
			"List-Post: <mailto:all@x.example>", "Feedback-ID: 1:2:3:x",
		},
		OriginProgram: {
			"Auto-Submitted: auto-replied", "auto-submitted: AUTO-GENERATED", "Auto-Submitted: auto-notified; owner-email=a@x.example",
			"Auto-Submitted: auto-replied (vacation)", "Auto-Submitted: no\nAuto-Submitted: auto-replied", "Return-Path: <>", "Return-Path: < >",
			"Content-Type: multipart/report; report-type=delivery-status; boundary=b", "Content-Type: Multipart/Report;\n boundary=b",
			"Content-Type: message/disposition-notification", "Precedence: auto_reply", "X-Autoreply: yes", "X-Autorespond: out",
			"X-Auto-Response-Suppress: All", "X-Failed-Recipients: b@x.example", "From: MAILER-DAEMON@mx.example",
			"From: Mail Delivery System <Mailer-Daemon@mx.example>", "From: postmaster@x.example", "Precedence: bulk\nAuto-Submitted: auto-replied",
		},
	}
	for want, headers := range cases {
		for _, header := range headers {
			if got := Parse([]byte(header + "\n\nHello\n")).Origin; got != want {
				t.Errorf("%q is of a %s, not a %s", header, got, want)
			}
		}
	}
}
