// Package mail reads, cleans, writes and sends mail. It knows no noun: what a
// message means to a clinic is decided above.
package mail

import (
	"slices"
	"strings"
	"time"
)

// The limits of what is read of a message (hazard 60). Beyond them its headers
// are shown and the whole stays in storage.
const (
	maxDepth       = 20
	maxParts       = 200
	maxHeaderBytes = 256 << 10
	// maxBodyBytes bounds the text and the HTML that are shown.
	maxBodyBytes = 2 << 20
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
	BrokenTooSlow   Broken = "too_slow"   // reading it took too long; said of messages that are stored
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
	// Origin says who wrote it.
	Origin Origin
	// Text is what the message says, where HTML is empty; else what stands in plain
	// text for pieces of the HTML (multipart/alternative).
	Text string
	// HTML is all that the message says, in the order of its parts, if any of it is
	// HTML: SanitizeHTML before it is shown.
	HTML string
	// Lead is the beginning of what the message says, in plain text where it is there.
	Lead        string
	Attachments []Attachment
	// Broken holds what is wrong with the message, each code once.
	Broken []Broken
}

// Parse reads a message. It never fails: of a message that is broken it gives
// what can be read and says in Broken what was wrong (hazards 60 and 61). Its time
// grows with the message's length alone, whatever it holds (hazard 101).
func Parse(raw []byte) (parsed Parsed) {
	// A panic on some message must not end a mailbox's sync.
	defer func() {
		if recover() != nil {
			parsed.Text, parsed.HTML, parsed.Lead, parsed.Attachments = "", "", "", nil
			parsed.flag(BrokenIncurable)
		}
	}()
	root, broken := readStructure(raw)
	for _, one := range broken {
		parsed.flag(one)
	}
	parsed.readHeader(root.header)
	parsed.readParts(root)
	return parsed
}

// flag adds a code, once.
func (p *Parsed) flag(broken Broken) {
	if !slices.Contains(p.Broken, broken) {
		p.Broken = append(p.Broken, broken)
	}
}

// cleanAttachments makes what is said of each fit to be stored and shown.
func (p *Parsed) cleanAttachments() {
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
