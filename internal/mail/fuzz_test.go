package mail

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func FuzzFileName(f *testing.F) {
	for _, header := range []string{
		"attachment; filename=bill.pdf; size=1", "attachment; filename*=iso-8859-1''R%F6ntgen.pdf", `attachment; filename*0*=utf-8''R%C3; filename*1="%B6.pdf"`,
		`inline; filename="=?utf-8?B?UsO2?= =?utf-8?Q?=2Epdf?="`, `x; filename="a\"b;c`, "filename=;;=\"", "a*0=b; *=; filename*9999999999999999999=x",
	} {
		f.Add(header)
	}
	f.Fuzz(func(t *testing.T, header string) {
		leaf := &part{header: fields{"content-disposition": {header}}, typed: readParameterised(header)}
		name := leaf.fileName()
		if !utf8.ValidString(name) || utf8.RuneCountInString(name) > maxFileName || strings.ContainsAny(name, "\r\n\x00") {
			t.Errorf("%q is named %q", header, name)
		}
	})
}

func FuzzDecodeWords(f *testing.F) {
	for _, value := range []string{"=?utf-8?B?bcM=?= =?utf-8?B?omluZQ?=", "=?latin-1?q?K=F6?= x =?iso-2022-kr?B?GyQpQw4+SDNnDw?=", "=?utf-7?q?+AOQ-?=", "=?a?q?=?b?", wordMark + "0" + wordMark} {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		if decoded, _ := decodeWords(value); utf8.ValidString(value) && !utf8.ValidString(decoded) {
			t.Errorf("%q is %q", value, decoded)
		}
		hidden, show := hideWords(value)
		if decoded, _ := decodeWords(strings.ReplaceAll(value, wordMark, "")); !strings.Contains(decoded, wordMark) && show(hidden) != decoded {
			t.Errorf("%q is hidden as %q and shown as %q", value, hidden, show(hidden))
		}
	})
}

func FuzzDecodeCharset(f *testing.F) {
	for _, charset := range []string{"", "utf-8", "latin-1", "koi8-u", "utf-7", "utf-16", "iso-2022-kr", "iso-2022-jp", "gb18030", "hz", "big5", "klingon-1"} {
		f.Add(charset, []byte("K\xf6nnten \x1b$)C\x0e>H3g\x0f +AOQ- \xc3\xa4"))
	}
	f.Fuzz(func(t *testing.T, charset string, content []byte) {
		if text, _ := decodeCharset(content, charset); !utf8.ValidString(text) {
			t.Errorf("%q in %q is %q", content, charset, text)
		}
	})
}
