// Package mail reads, cleans, writes and sends mail. It knows no noun: what a
// message means to a clinic is decided above.
package mail

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jhillyerd/enmime/v2"
)

// The limits of what is read of a message (hazard 60). Beyond them its headers
// are shown and the whole stays in storage.
const (
	maxDepth       = 20
	maxParts       = 200
	maxHeaderBytes = 256 << 10
	// maxBodyBytes bounds the text and the HTML that are shown.
	maxBodyBytes = 2 << 20
	// parseTime bounds the library's work on one message, whatever it is made of.
	parseTime = 10 * time.Second
)

// Broken is a code for what is wrong with a message.
type Broken string

// The codes.
const (
	BrokenDepth     Broken = "depth"      // parts nest deeper than 20
	BrokenParts     Broken = "parts"      // over 200 parts
	BrokenHeader    Broken = "header"     // a header over 256 kB, or not in form
	BrokenStructure Broken = "structure"  // the parts do not add up
	BrokenCharset   Broken = "charset"    // characters of an unknown or wrong set
	BrokenEncoding  Broken = "encoding"   // base64 or the like does not decode
	BrokenDate      Broken = "date"       // no date, or one that does not exist
	BrokenSender    Broken = "sender"     // no sender, or none that is an address
	BrokenTooLong   Broken = "too_long"   // text cut at 2 MiB
	BrokenNul       Broken = "nul"        // NUL bytes, which are left out
	BrokenTooSlow   Broken = "too_slow"   // reading it took over 10 s
	BrokenIncurable Broken = "unreadable" // the parts could not be read at all
)

// Address is a person in a header. Name may be empty; Address is in lower case
// where it is a plain one, and empty when there is none.
type Address struct{ Name, Address string }

// Attachment is a part that is not the text of the message.
type Attachment struct {
	Name string
	// Type is the media type that the sender claims, such as image/png.
	Type  string
	Bytes []byte
	// ContentID is what a cid: address in the HTML names, without < and >.
	ContentID string
	// Inline says that the HTML shows the part.
	Inline bool
}

// Parsed is a message as it can be shown. All strings are valid UTF-8 without
// NUL, as Postgres demands.
type Parsed struct {
	Subject string
	From    Address
	ReplyTo []Address
	To, Cc  []Address
	// Date is what the sender claims; zero when there is none or it is no date.
	Date time.Time
	// MessageID, InReplyTo and References are without < and >.
	MessageID  string
	InReplyTo  string
	References []string
	// Automatic says that no person wrote it; see IsAutomatic.
	Automatic bool
	Text      string
	// HTML is as it came: SanitizeHTML before it is shown.
	HTML        string
	Attachments []Attachment
	// Broken holds what is wrong with the message, each code once.
	Broken []Broken
}

// Parse reads a message. It never fails: of a message that is broken it gives
// what can be read and says in Broken what was wrong (hazards 60 and 61).
func Parse(raw []byte) Parsed {
	parsed := Parsed{}
	header, body := splitHeader(raw, &parsed)
	parsed.readHeader(header)
	if broken := inspectStructure(raw); broken != "" {
		parsed.flag(broken)
	} else if err := parsed.readParts(raw); err != nil {
		parsed.flag(BrokenIncurable)
		parsed.Text = decodeText(body[:min(len(body), maxBodyBytes)])
	}
	if isBareUTF8(header, body) {
		parsed.Text = string(body)
	}
	parsed.clean()
	return parsed
}

// isBareUTF8 reports whether a message without any MIME is UTF-8 all the same, as
// scripts and old programs send it. RFC 2045 calls such a body ASCII, so that the
// library takes its other bytes for Windows-1252.
func isBareUTF8(header fields, body []byte) bool {
	return header.first("content-type") == "" && header.first("content-transfer-encoding") == "" && utf8.Valid(body)
}

// flag adds a code, once.
func (p *Parsed) flag(broken Broken) {
	if !slices.Contains(p.Broken, broken) {
		p.Broken = append(p.Broken, broken)
	}
}

var parser = enmime.NewParser(
	enmime.SkipMalformedParts(true),
	enmime.SetReadPartErrorPolicy(func(*enmime.Part, error) bool { return true }),
	enmime.MultipartWOBoundaryAsSinglePart(true),
	enmime.StripMediaTypeInvalidCharacters(true),
	enmime.DisableTextConversion(true),
	enmime.MaxStoredPartErrors(20),
)

// readParts reads text, HTML and attachments through enmime. A panic of the
// library on some message counts as an error, so that one message cannot end a
// mailbox's sync.
func (p *Parsed) readParts(raw []byte) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("the mail library failed: %v", cause)
		}
	}()
	source := &timedReader{content: bytes.NewReader(raw), end: time.Now().Add(parseTime)}
	envelope, err := parser.ReadEnvelope(source)
	if source.late {
		p.flag(BrokenTooSlow)
	}
	if err != nil {
		return fmt.Errorf("read the parts: %w", err)
	}
	p.Text, p.HTML = envelope.Text, envelope.HTML
	p.readAttachments(envelope)
	for _, problem := range envelope.Errors {
		p.flagProblem(problem)
	}
	return nil
}

// timedReader ends a message early when its time is over. inspectStructure has
// refused what is known to be slow; this stands behind it for messages that the
// library reads in another way than we do.
type timedReader struct {
	content io.Reader
	end     time.Time
	late    bool
}

func (r *timedReader) Read(into []byte) (int, error) {
	if time.Now().After(r.end) {
		r.late = true
		return 0, io.EOF
	}
	return r.content.Read(into)
}

// codes maps enmime's names to ours. A difference between the declared and the
// detected set of characters, and a message with HTML alone, are no faults.
var codes = map[string]Broken{
	enmime.ErrorMalformedBase64:    BrokenEncoding,
	enmime.ErrorContentEncoding:    BrokenEncoding,
	enmime.ErrorMalformedHeader:    BrokenHeader,
	enmime.ErrorMissingBoundary:    BrokenStructure,
	enmime.ErrorMalformedChildPart: BrokenStructure,
	enmime.ErrorDataHasBoundary:    BrokenStructure,
	enmime.ErrorCharsetConversion:  BrokenCharset,
}

func (p *Parsed) flagProblem(problem *enmime.Error) {
	if broken, known := codes[problem.Name]; known {
		p.flag(broken)
	}
}

func (p *Parsed) readAttachments(envelope *enmime.Envelope) {
	seen := map[*enmime.Part]bool{}
	for _, group := range [][]*enmime.Part{envelope.Attachments, envelope.Inlines, envelope.OtherParts} {
		for _, part := range group {
			if seen[part] || isShownText(part) {
				continue
			}
			seen[part] = true
			p.Attachments = append(p.Attachments, Attachment{
				Name: part.FileName, Type: part.ContentType, Bytes: part.Content, ContentID: part.ContentID,
				Inline: part.Disposition != "attachment" && part.ContentID != "",
			})
		}
	}
}

// isShownText reports whether a part that enmime lists as inline is the text of
// the message, which some programs mark so.
func isShownText(part *enmime.Part) bool {
	return part.FileName == "" && part.Disposition == "inline" &&
		(part.ContentType == "text/plain" || part.ContentType == "text/html")
}

// clean makes every string fit to be stored and shown.
func (p *Parsed) clean() {
	p.Text, p.HTML = p.cleanBody(p.Text), p.cleanBody(p.HTML)
	for i := range p.Attachments {
		attachment := &p.Attachments[i]
		attachment.Name = cleanLine(attachment.Name)
		attachment.Type = strings.ToLower(cleanLine(attachment.Type))
		attachment.ContentID = cleanLine(attachment.ContentID)
	}
}

func (p *Parsed) cleanBody(text string) string {
	if len(text) > maxBodyBytes {
		p.flag(BrokenTooLong)
		text = text[:maxBodyBytes]
	}
	if strings.Contains(text, "\x00") {
		p.flag(BrokenNul)
		text = strings.ReplaceAll(text, "\x00", "")
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}
