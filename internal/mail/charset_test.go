package mail

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
)

func TestHazard121LettersAreThoseThatTheSenderWrote(t *testing.T) {
	t.Parallel()
	written := func(encoder interface{ String(string) (string, error) }, text string) string {
		encoded, err := encoder.String(text)
		if err != nil {
			t.Fatal(err)
		}
		return encoded
	}
	const romanian, ukrainian, russian = "Șase șoareci în mașină; întâlnirea de mâine", "Її Євген ґречно, ві ні ці", "Привет, как дела?"
	for _, one := range []struct {
		charset, content, want string
		sure                   bool
	}{
		// As declared.
		{"utf-8", romanian, romanian, true},
		{"UTF8", romanian, romanian, true},
		{`"utf-8"`, romanian, romanian, true},
		{"utf-8;", romanian, romanian, true},
		{"utf-8 ", "\xef\xbb\xbf" + romanian, romanian, true},
		{"us-ascii", "plain", "plain", true},
		{"latin-1", "K\xf6nnten", "Könnten", true},
		{"Latin1", "K\xf6nnten", "Könnten", true},
		{"ISO8859-1", "K\xf6nnten", "Könnten", true},
		{"iso_8859-1:1987", "K\xf6nnten", "Könnten", true},
		{"8859_1", "K\xf6nnten", "Könnten", true},
		{"iso-8859-15", "80 \xa4", "80 €", true},
		{"latin-2", written(charmap.ISO8859_2.NewEncoder(), "ştefan ţine ăla"), "ştefan ţine ăla", true},
		{"iso-8859-16", written(charmap.ISO8859_16.NewEncoder(), "Șase șoareci în mașină"), "Șase șoareci în mașină", true},
		{"windows1250", written(charmap.Windows1250.NewEncoder(), "ştefan „ţine”"), "ştefan „ţine”", true},
		{"x-cp1252", "80 \x80", "80 €", true},
		{"win-1251", written(charmap.Windows1251.NewEncoder(), russian), russian, true},
		{"koi8-r", written(charmap.KOI8R.NewEncoder(), russian), russian, true},
		{"koi8-u", written(charmap.KOI8U.NewEncoder(), ukrainian), ukrainian, true},
		{"koi8-u", written(charmap.KOI8U.NewEncoder(), "ві"), "ві", true},
		{"koi8-u", strings.Repeat(written(charmap.KOI8U.NewEncoder(), "ві ні "), 5), "ві ні ві", true},
		{"koi8-ru", written(charmap.KOI8U.NewEncoder(), "ві"), "ві", true},
		{"cp866", written(charmap.CodePage866.NewEncoder(), russian), russian, true},
		{"ISO-2022-JP", written(japanese.ISO2022JP.NewEncoder(), "こんにちは"), "こんにちは", true},
		{"shift_jis", written(japanese.ShiftJIS.NewEncoder(), "こんにちは"), "こんにちは", true},
		{"iso-2022-kr", "\x1b$)C\x0eH3GO\x0f ok\r\n\x0e<\x3f\x0f", "홰하 ok\r\n셀", true},
		{"ks_c_5601-1987", written(korean.EUCKR.NewEncoder(), "안녕"), "안녕", true},
		{"gb2312", written(simplifiedchinese.GBK.NewEncoder(), "你好"), "你好", true},
		{"hz-gb-2312", "~{Dc:C~}", "你好", true},
		{"iso-2022-cn", "\x1b$)A\x0eDc:C\x0f.", "你好.", true},
		{"utf-7", "Ion+AWM- 1+-1", "Ionţ 1+1", true},
		{"utf-16le", "H\x00i\x00", "Hi", true},
		{"utf-16", "\xff\xfeH\x00i\x00", "Hi", true},
		// None, or one that says nothing: what the bytes prove.
		{"", romanian, romanian, true},
		{"unknown-8bit", romanian, romanian, false},
		{"", "\x1b$B$3$s$K$A$O\x1b(B", "こんにちは", true},
		{"", "\x1b$)C\r\n\x0e>H3g\x0f", "\r\n안녕", true},
		{"", "caf\xe9 \x80", "café €", false},
		{"us-ascii", "caf\xe9 \x80", "café €", false},
		{"us-ascii", "mâine", "mâine", false},
		{"klingon-1", "Qapla'", "Qapla'", false},
		// A wrong one.
		{"utf-8", "K\xf6nnten Sie mich zur\xfcckrufen?", "Könnten Sie mich zurückrufen?", false},
		{"iso-8859-1", romanian, romanian, false},
		{"iso-8859-1", "mâine", "mâine", false},
		{"windows-1252", "80 €", "80 €", false},
		{"windows-1251", russian, russian, false},
		{"koi8-r", russian, russian, false},
		{"iso-8859-1", "The price is 80 \x80 \x96 \x93all in\x94.", "The price is 80 € – “all in”.", false},
		{"iso-8859-2", "\x84\xbatefan\x94", "„ştefan”", false},
		{"utf-16", "plain text,\r\n" + romanian, romanian, false},
		{"gb2312", strings.Repeat(romanian, 2), romanian, false},
		{"big5", "Bună ziua — “mâine”…", "Bună ziua — “mâine”…", false},
		// What looks like UTF-8 in Latin-1 and is none.
		{"iso-8859-1", "CAF\xc9\xa0: 3", "CAFÉ\u00a0: 3", true},
		{"iso-8859-1", "\xabCAF\xc9\xbb", "«CAFÉ»", true},
		// One cut character, and another set beneath.
		{"utf-8", "Programare nou\xc4\x83 m\xc4", "Programare nouă m\uFFFD", false},
		{"utf-8", "mâine\r\n-- \r\nDr. Gr\xe9goire\r\n", "mâine\r\n-- \r\nDr. Grégoire\r\n", false},
	} {
		got, sure := decodeCharset([]byte(one.content), one.charset)
		if !strings.Contains(got, one.want) || len(one.want) > 0 && sure != one.sure {
			t.Errorf("%q in %q is %q (sure: %t), not %q", one.content, one.charset, got, sure, one.want)
		}
	}
}

func TestHazard121HTMLWithoutACharsetIsInTheOneThatItNamesItself(t *testing.T) {
	t.Parallel()
	for meta, want := range map[string]string{
		`<meta http-equiv="Content-Type" content="text/html; charset=windows-1251">` + "\xcf\xf0\xe8": "При",
		`<meta charset='koi8-r'>` + "\xf0\xd2\xc9":                                                    "При",
		`<meta charset=utf-16>mâine`:                                                                  "mâine",
		`no meta caf` + "\xe9":                                                                        "café",
	} {
		for _, header := range []string{"", "Content-Type: text/html; charset=us-ascii\r\n"} {
			if header == "" {
				header = "Content-Type: text/html\r\n"
			}
			if parsed := Parse([]byte("From: a@b.example\r\n" + header + "\r\n" + meta)); !strings.Contains(parsed.HTML, want) {
				t.Errorf("%q is %q", meta, parsed.HTML)
			}
		}
	}
}

func TestHazard121EncodedWordsAreDecodedAsProgramsWriteThem(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"=?utf-8?B?UHJvZ3JhbWFyZSBub3XEgw?=":               "Programare nouă",
		"=?UTF-8?q?m=C3=A2ine?= la 10":                     "mâine la 10",
		"=?utf-8?q?m=C3?= =?utf-8?q?=A2ine?=":              "mâine",
		"=?utf-8?B?bcM=?=\r\n =?utf-8?B?omluZQ==?=":        "mâine",
		"=?utf-8?q?a?==?utf-8?q?b?=":                       "ab",
		"=?utf-8?q?a?= and =?utf-8?q?b?=":                  "a and b",
		"(=?utf-8?q?a?=)":                                  "(a)",
		`"=?utf-8?q?Ana_Pop?="`:                            `"Ana Pop"`,
		"=?utf-8*ro?q?m=C3=A2ine?=":                        "mâine",
		"=?latin-1?q?K=F6nnten?=":                          "Könnten",
		"=?utf-8?q?K=F6nnten?=":                            "Könnten",
		"=?utf-8?q?two words?=":                            "two words",
		"=?utf-8?q?why??=":                                 "why?",
		"=?utf-8?q??=":                                     "",
		"=?iso-2022-jp?B?GyRCJDMkcyRLJEEkTxsoQg==?=":       "こんにちは",
		"=?utf-8?B?broken":                                 "=?utf-8?B?broken",
		"=?utf-8?x?a?=":                                    "=?utf-8?x?a?=",
		"2+2 =? 4":                                         "2+2 =? 4",
		"=?utf-8?Q?=3D=3Futf-8=3FQ=3Fx=3F=3D?=":            "=?utf-8?Q?x?=",
		"=?utf-8?q?cut =?utf-8?q?whole?=":                  "=?utf-8?q?cut whole",
		"=?koi8-r?B?8NLJ?= =?windows-1251?B?z/Do?= =?x?q?": "ПриПри =?x?q?",
	} {
		if got, _ := decodeWords(value); got != want {
			t.Errorf("%q is %q, not %q", value, got, want)
		}
	}
	for raw, want := range map[string]string{
		"Programare nou\xc4\x83 m\xc3\xa2ine \xc4": "Programare nouă mâine \uFFFD",
		"Programare ma\xeene":                      "Programare maîne",
	} {
		parsed := Parse([]byte("From: a@b.example\r\nSubject: " + raw + "\r\n\r\nx"))
		if parsed.Subject != want {
			t.Errorf("the subject %q is %q", raw, parsed.Subject)
		}
	}
	for name, want := range map[string]string{
		"=?utf-8?B?UHJvZ3JhbWFyZSBub3XEgw?=":     "Programare nouă",
		`"=?utf-8?B?UHJvZ3JhbWFyZSBub3XEgw?="`:   "Programare nouă",
		"=?iso-2022-kr?B?GyQpQw4+SDNnDw==?=":     "안녕",
		"=?iso-8859-1?q?=93Ana=94?= Pop":         "“Ana” Pop",
		"=?utf-8?q?Pop=2C_Ana?=":                 "Pop, Ana",
		"=?utf-8?q?K=F6nig?=":                    "König",
		"=?utf-8?q?Ana_=3Cevil=40x.example=3E?=": "Ana <evil@x.example>",
		"=?utf-8?q?A=C3?=\r\n =?utf-8?q?=A2n?=":  "Aân",
	} {
		if parsed := Parse([]byte("From: " + name + " <ana@x.example>\r\n\r\nx")); parsed.From != (Address{Name: want, Address: "ana@x.example"}) {
			t.Errorf("%s is %+v", name, parsed.From)
		}
	}
	if parsed := Parse([]byte("From: a@b.example\r\nDate: Mon, 02 Nov 2026 10:00:00 +0200\r\nSubject: =?us-ascii?q?caf=E9?=\r\n\r\nx")); !slices.Equal(parsed.Broken, []Broken{BrokenCharset}) {
		t.Errorf("a guessed subject is flagged %v", parsed.Broken)
	}
}
