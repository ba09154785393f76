package mail

import (
	"bytes"
	"errors"
	"fmt"
	netmail "net/mail"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// Outgoing is a message to be written. Strings may hold anything that a person
// can type: line breaks and control characters in what becomes a header are
// taken out, so that they add no header and no recipient (hazard 65).
type Outgoing struct {
	From Address
	To   []Address
	Cc   []Address
	// ReplyTo is left out when its Address is empty.
	ReplyTo Address
	Subject string
	// Date is the time of writing, from the caller's clock.
	Date time.Time
	// MessageID, without < and >, is the caller's: a second attempt has the same,
	// so that a message that arrives twice is seen to be one (hazard 66).
	MessageID string
	// InReplyTo and References are ids without < and >.
	InReplyTo  string
	References []string
	Text       string
	// HTML is an alternative to Text; may be empty.
	HTML        string
	Attachments []Attachment
	// Automatic says that no person wrote the message; other programs then do not
	// answer it (RFC 3834, 5).
	Automatic bool
}

// ErrNoRecipient and ErrAddress say why a message cannot be composed.
var (
	ErrNoRecipient = errors.New("mail: there is no recipient")
	ErrAddress     = errors.New("mail: not an address")
)

// Compose writes a message in its wire form, with lines that end in CRLF.
// Errors: ErrNoRecipient, ErrAddress.
func Compose(outgoing Outgoing) ([]byte, error) {
	message := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := setAddresses(message, outgoing); err != nil {
		return nil, err
	}
	if err := setHeaders(message, outgoing); err != nil {
		return nil, err
	}
	message.SetBodyString(gomail.TypeTextPlain, cleanText(outgoing.Text))
	if outgoing.HTML != "" {
		message.AddAlternativeString(gomail.TypeTextHTML, cleanText(outgoing.HTML))
	}
	for _, attachment := range outgoing.Attachments {
		message.AttachReadSeeker(plainLine(attachment.Name), bytes.NewReader(attachment.Bytes),
			gomail.WithFileContentType(gomail.ContentType(mediaType(attachment.Type))))
	}
	var raw bytes.Buffer
	if _, err := message.WriteTo(&raw); err != nil {
		return nil, fmt.Errorf("compose a message: %w", err)
	}
	if !bytes.HasSuffix(raw.Bytes(), []byte("\r\n")) {
		// SMTP ends the last line of a message, so that without this the bytes that
		// we keep would not be those that arrive.
		raw.WriteString("\r\n")
	}
	return raw.Bytes(), nil
}

func setAddresses(message *gomail.Msg, outgoing Outgoing) error {
	from, err := CleanAddress(outgoing.From)
	if err != nil {
		return fmt.Errorf("the sender: %w", err)
	}
	message.FromMailAddress(from)
	if len(outgoing.To)+len(outgoing.Cc) == 0 {
		return ErrNoRecipient
	}
	for _, group := range []struct {
		set       func(...*netmail.Address)
		addresses []Address
	}{{message.ToMailAddress, outgoing.To}, {message.CcMailAddress, outgoing.Cc}} {
		var list []*netmail.Address
		for _, address := range group.addresses {
			cleaned, err := CleanAddress(address)
			if err != nil {
				return fmt.Errorf("a recipient: %w", err)
			}
			list = append(list, cleaned)
		}
		if len(list) > 0 {
			group.set(list...)
		}
	}
	if outgoing.ReplyTo.Address == "" {
		return nil
	}
	reply, err := CleanAddress(outgoing.ReplyTo)
	if err != nil {
		return fmt.Errorf("the address for answers: %w", err)
	}
	message.ReplyToMailAddress(reply)
	return nil
}

// CleanAddress returns an address fit for a header. Its name loses line breaks
// and control characters; the address itself must be one, since taking something
// out of it would write to somebody else. Error: ErrAddress.
func CleanAddress(address Address) (*netmail.Address, error) {
	if strings.ContainsAny(address.Address, "\r\n\x00") {
		return nil, ErrAddress
	}
	parsed, err := netmail.ParseAddress(address.Address)
	if err != nil || parsed.Name != "" || !strings.EqualFold(quoteLocal(parsed.Address), strings.TrimSpace(address.Address)) {
		return nil, ErrAddress
	}
	parsed.Name = plainLine(address.Name)
	return parsed, nil
}

func setHeaders(message *gomail.Msg, outgoing Outgoing) error {
	id := ownID(outgoing.MessageID)
	if id == "" {
		return errors.New("mail: a message needs the caller's Message-ID")
	}
	message.SetMessageIDWithValue(id)
	message.SetDateWithValue(outgoing.Date)
	message.Subject(plainLine(outgoing.Subject))
	if id := ownID(outgoing.InReplyTo); id != "" {
		message.SetGenHeaderPreformatted(gomail.HeaderInReplyTo, "<"+id+">")
	}
	var references []string
	for _, reference := range outgoing.References {
		if id := ownID(reference); id != "" {
			references = append(references, "<"+id+">")
		}
	}
	if len(references) > 0 {
		// One id a line, so that no line is too long (RFC 5322, 2.1.1).
		message.SetGenHeaderPreformatted(gomail.HeaderReferences, strings.Join(references, "\r\n "))
	}
	if outgoing.Automatic {
		message.SetGenHeader("Auto-Submitted", "auto-generated")
		message.SetGenHeader(gomail.HeaderXAutoResponseSuppress, "All")
	}
	return nil
}

// ownID returns what of an id may stand between < and > (RFC 5322, 3.6.4), or
// "" where it is none: an id comes from a stranger's message.
func ownID(id string) string {
	id = strings.Trim(id, "<>")
	if len(id) > longestID || strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' || r == '<' || r == '>' }) {
		return ""
	}
	return id
}

// plainLine is cleanLine for what we write: an encoded word in it (RFC 2047), which
// whoever reads it would decode, line breaks and all, is one no more.
func plainLine(text string) string {
	return strings.ReplaceAll(cleanLine(text), "=?", "= ?")
}

// cleanText makes a body's lines end in LF alone, which go-mail turns to CRLF,
// and leaves out NUL.
func cleanText(text string) string {
	return strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x00", "").Replace(strings.ToValidUTF8(text, "\uFFFD"))
}

func mediaType(claimed string) string {
	if claimed == "" || strings.ContainsFunc(claimed, func(r rune) bool { return r <= ' ' || r > '~' || r == ';' || r == '"' }) {
		return "application/octet-stream"
	}
	return claimed
}
