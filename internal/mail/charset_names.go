package mail

import (
	"fmt"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

var utf16Marked = unicode.UTF16(unicode.BigEndian, unicode.UseBOM)

// charsetNamed returns the set of characters that a name means; known is false of
// one that means none.
func charsetNamed(name string) (named charset, known bool) {
	name = strings.ToLower(strings.Trim(strings.TrimSpace(name), `"'`))
	if end := strings.IndexAny(name, " \t;,*\""); end >= 0 {
		name = name[:end]
	}
	withoutYear, _, _ := strings.Cut(name, ":")
	for _, form := range []string{name, withoutYear, strings.TrimPrefix(withoutYear, "x-"), strings.TrimPrefix(withoutYear, "cs")} {
		if named, known = charsets[squeezed(form)]; known {
			return named, true
		}
	}
	if found, err := ianaindex.MIME.Encoding(name); err == nil && found != nil {
		return charset{kind: kindOther, encoding: found}, true
	}
	if found, err := htmlindex.Get(name); err == nil && found != encoding.Replacement {
		return charset{kind: kindOther, encoding: found}, true
	}
	return charset{}, false
}

// squeezed leaves of a name what tells it from others: programs write latin-1,
// ISO8859-1, iso_8859-1, windows1252 and so on.
func squeezed(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, name)
}

// charsets are the sets that mail is written in, by their squeezed names.
var charsets = newCharsets()

func newCharsets() map[string]charset {
	named := map[string]charset{}
	add := func(one charset, names string) {
		for name := range strings.FieldsSeq(names) {
			named[name] = one
		}
	}
	named[""] = charset{}
	add(charset{}, "ascii usascii ansix341968 ansix341986 iso646us us 646 ibm367 cp367 isoir6 7bit 8bit binary none default "+
		"unknown unknown8bit xunknown undefined charset standard")
	add(charset{kind: kindUTF8}, "utf8 utf8n utf8mb4 unicode11utf8 unicode20utf8 xunicode20utf8 cp65001 65001 utf")
	add(charset{kind: kindUTF7}, "utf7 unicode11utf7 unicode20utf7 xunicode20utf7 cp65000")
	addSingle(add)
	add(charset{kind: kindKorean, encoding: korean.EUCKR}, "iso2022kr")
	add(charset{kind: kindChinese, encoding: simplifiedchinese.GBK}, "iso2022cn iso2022cnext")
	addDouble(add)
	for names, of := range map[string]encoding.Encoding{
		"iso2022jp iso2022jp1 iso2022jp2 iso2022jp3 iso2022jp2004 iso2022jpms cp50220 cp50221 cp50222 jis": japanese.ISO2022JP,
		"hzgb2312 hz": simplifiedchinese.HZGB2312,
	} {
		add(charset{kind: kindOther, encoding: of}, names)
	}
	for names, of := range map[string]encoding.Encoding{
		"utf16 unicode":                          utf16Marked,
		"utf16be ucs2be ucs2 iso10646ucs2":       unicode.UTF16(unicode.BigEndian, unicode.UseBOM),
		"utf16le ucs2le":                         unicode.UTF16(unicode.LittleEndian, unicode.UseBOM),
		"utf32 utf32be ucs4 ucs4be iso10646ucs4": utf32.UTF32(utf32.BigEndian, utf32.UseBOM),
		"utf32le ucs4le":                         utf32.UTF32(utf32.LittleEndian, utf32.UseBOM),
	} {
		add(charset{kind: kindWide, encoding: of}, names)
	}
	return named
}

// addDouble adds the sets with two bytes for a letter.
func addDouble(add func(one charset, names string)) {
	for names, of := range map[string]encoding.Encoding{
		"shiftjis sjis xsjis mskanji cp932 ms932 windows31j shiftjis2004 shiftjisx0213":                japanese.ShiftJIS,
		"eucjp xeucjp xeuc ujis eucjpms":                                                               japanese.EUCJP,
		"euckr ksc56011987 ksc5601 ksc56011989 ksc56011992 cp949 ms949 uhc windows949 korean isoir149": korean.EUCKR,
		"gb2312 gbk gb18030 cp936 ms936 windows936 euccn gb231280 chinese isoir58 gb23121980":          simplifiedchinese.GB18030,
		"big5 big5hkscs big5eten cp950 ms950 windows950 xxbig5 cnbig5":                                 traditionalchinese.Big5,
	} {
		add(charset{kind: kindDouble, encoding: of}, names)
	}
}

// addSingle adds the sets with a byte for each letter.
func addSingle(add func(one charset, names string)) {
	iso := func(number int, of, windows *charmap.Charmap, more string) {
		kind := kindSingle
		if number == 1 || number == 15 {
			kind = kindLatin
		}
		names := "%[1]s%[2]d iso%[1]s%[2]d iso%[1]s%[2]di iso%[1]s%[2]de "
		add(charset{kind: kind, single: of, windows: windows}, fmt.Sprintf(names, "8859", number)+more)
	}
	iso(1, charmap.ISO8859_1, charmap.Windows1252, "latin1 l1 isolatin1 iso8859 isoir100 cp819 ibm819 iso88591windows30latin1 iso88591windows31latin1")
	iso(2, charmap.ISO8859_2, charmap.Windows1250, "latin2 l2 isolatin2 isoir101")
	iso(3, charmap.ISO8859_3, charmap.Windows1254, "latin3 l3 isolatin3 isoir109")
	iso(4, charmap.ISO8859_4, charmap.Windows1257, "latin4 l4 isolatin4 isoir110")
	iso(5, charmap.ISO8859_5, charmap.Windows1251, "cyrillic isolatincyrillic isoir144")
	iso(6, charmap.ISO8859_6, charmap.Windows1256, "arabic isolatinarabic isoir127 ecma114 asmo708")
	iso(7, charmap.ISO8859_7, charmap.Windows1253, "greek greek8 isolatingreek isoir126 ecma118 elot928")
	iso(8, charmap.ISO8859_8, charmap.Windows1255, "hebrew isolatinhebrew isoir138")
	iso(9, charmap.ISO8859_9, charmap.Windows1254, "latin5 l5 isolatin5 isoir148 iso88599windowslatin5")
	iso(10, charmap.ISO8859_10, charmap.Windows1257, "latin6 l6 isolatin6 isoir157")
	iso(11, charmap.Windows874, nil, "tis620 tis6202533 tis62025330 windows874 cp874 ms874")
	iso(13, charmap.ISO8859_13, charmap.Windows1257, "latin7 l7")
	iso(14, charmap.ISO8859_14, charmap.Windows1252, "latin8 l8 isoceltic isoir199")
	iso(15, charmap.ISO8859_15, charmap.Windows1252, "latin9 l9 latin0 isoir203")
	iso(16, charmap.ISO8859_16, charmap.Windows1250, "latin10 l10 isoir226")
	for number, of := range []*charmap.Charmap{
		charmap.Windows1250, charmap.Windows1251, charmap.Windows1252, charmap.Windows1253, charmap.Windows1254,
		charmap.Windows1255, charmap.Windows1256, charmap.Windows1257, charmap.Windows1258,
	} {
		kind := kindSingle
		if of == charmap.Windows1252 {
			kind = kindLatin
		}
		add(charset{kind: kind, single: of}, fmt.Sprintf("windows125%[1]d cp125%[1]d xcp125%[1]d win125%[1]d ms125%[1]d 125%[1]d ibm125%[1]d", number))
	}
	add(charset{kind: kindLatin, single: charmap.Windows1252}, "ansi msansi iso88591windows31")
	for number, of := range map[int]*charmap.Charmap{
		437: charmap.CodePage437, 850: charmap.CodePage850, 852: charmap.CodePage852, 855: charmap.CodePage855, 858: charmap.CodePage858,
		860: charmap.CodePage860, 862: charmap.CodePage862, 863: charmap.CodePage863, 865: charmap.CodePage865, 866: charmap.CodePage866,
	} {
		add(charset{kind: kindSingle, single: of}, fmt.Sprintf("cp%[1]d ibm%[1]d %[1]d oem%[1]d dos%[1]d", number))
	}
	add(charset{kind: kindKOI, single: charmap.KOI8R}, "koi8r koi8 cp878 koi8rfc1489")
	add(charset{kind: kindKOI, single: charmap.KOI8U}, "koi8u koi8ru")
	add(charset{kind: kindSingle, single: charmap.Macintosh}, "macintosh macroman xmacroman mac")
	add(charset{kind: kindSingle, single: charmap.MacintoshCyrillic}, "xmaccyrillic maccyrillic xmacukrainian macukrainian")
}
