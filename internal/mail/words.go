package mail

import (
	"strconv"
	"strings"
)

// decodeWords decodes the encoded words of a header's value (RFC 2047): those
// without padding as well, those within quotes or beside a letter, and letters that
// are cut between two words. sure is false where a word's letters were guessed.
func decodeWords(value string) (text string, sure bool) {
	if !strings.Contains(value, "=?") {
		return value, true
	}
	reader := readWords(value)
	var out strings.Builder
	for _, one := range reader.segments {
		out.WriteString(one.text)
	}
	return out.String(), reader.sure
}

// wordMark stands around the number of a word that is hidden. It is of no language.
const wordMark = "\uE0F0"

// hideWords puts a number in the place of each encoded word, so that who parses a
// list of addresses cannot take what a word says for an address (hazard 65), and
// words does not depend on that parser's sets of characters; show puts them back.
func hideWords(value string) (hidden string, show func(string) string) {
	value = strings.ReplaceAll(value, wordMark, "")
	if !strings.Contains(value, "=?") {
		return value, func(text string) string { return text }
	}
	var out strings.Builder
	var replacements []string
	for n, one := range readWords(value).segments {
		if !one.isWord {
			out.WriteString(one.text)
			continue
		}
		mark := wordMark + strconv.Itoa(n) + wordMark
		out.WriteString(mark)
		replacements = append(replacements, mark, one.text)
	}
	return out.String(), strings.NewReplacer(replacements...).Replace
}

// readWords parts a value into words, decoded, and what stands between them.
func readWords(value string) *wordReader {
	reader := &wordReader{value: value, sure: true}
	plain := 0 // where what is no word begins
	for at := 0; ; {
		start := strings.Index(value[at:], "=?")
		if start < 0 {
			break
		}
		start += at
		read, end := reader.cut(start)
		if end == 0 {
			at = start + 2
			continue
		}
		if between := value[plain:start]; !reader.follows || strings.Trim(between, " \t\r\n") != "" {
			reader.plain(between)
		}
		reader.word(read)
		plain, at = end, end
	}
	reader.plain(value[plain:])
	return reader
}

// word is an encoded word's parts.
type word struct {
	charset string
	isQ     bool
	text    string
}

// maxCharsetName bounds the name of a set of characters, so that what is no word
// costs no search.
const maxCharsetName = 100

// cut reads the encoded word that begins at start, and where it ends; 0 when there
// is none.
func (r *wordReader) cut(start int) (read word, end int) {
	text := r.value[start+2:]
	length := strings.IndexByte(text[:min(len(text), maxCharsetName)], '?')
	if length < 1 || length+2 >= len(text) || text[length+2] != '?' || strings.ContainsAny(text[:length], " \t\"<>@") {
		return read, 0
	}
	switch text[length+1] {
	case 'q', 'Q':
		read.isQ = true
	case 'b', 'B':
	default:
		return read, 0
	}
	from := start + 2 + length + 3
	end = r.endAfter(from)
	if end < 0 || strings.Contains(r.value[from:end], " =?") {
		return read, 0
	}
	read.charset, _, _ = strings.Cut(strings.ToLower(text[:length]), "*")
	read.text = r.value[from:end]
	return read, end + 2
}

// endAfter returns where the first "?=" from a place on stands, or -1. It is looked
// for once for all the words that it does not end.
func (r *wordReader) endAfter(from int) int {
	if !r.hasLooked || r.nextEnd >= 0 && r.nextEnd < from {
		r.hasLooked = true
		if r.nextEnd = strings.Index(r.value[from:], "?="); r.nextEnd >= 0 {
			r.nextEnd += from
		}
	}
	return r.nextEnd
}

// wordReader joins words and what stands between them.
type wordReader struct {
	value     string
	nextEnd   int
	hasLooked bool

	segments []segment
	bytes    []byte // of the words of one set that follow each other
	charset  string
	// follows says that a word was the last thing read.
	follows bool
	sure    bool
}

// segment is a run of words that follow each other in one set of characters, or
// what stands between.
type segment struct {
	text   string
	isWord bool
}

func (r *wordReader) plain(text string) {
	r.flush()
	if text != "" {
		r.segments = append(r.segments, segment{text: text})
	}
	r.follows = false
}

func (r *wordReader) word(read word) {
	if r.follows && r.charset != read.charset {
		r.flush()
	}
	r.charset, r.follows = read.charset, true
	if read.isQ {
		r.bytes = unescapeQuoted(r.bytes, []byte(read.text), true)
		return
	}
	group := base64Group{}
	r.bytes = group.end(group.take(r.bytes, []byte(read.text)))
}

func (r *wordReader) flush() {
	if len(r.bytes) == 0 {
		return
	}
	text, sure := decodeCharset(r.bytes, r.charset)
	r.segments = append(r.segments, segment{text: text, isWord: true})
	r.sure = r.sure && sure
	r.bytes = r.bytes[:0]
}
