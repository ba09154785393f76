package conversation

import (
	"errors"
	"mime"
	"strings"

	"github.com/gofiber/fiber/v2"

	"frontdesk/internal/actor"
	"frontdesk/internal/audit"
	"frontdesk/internal/db"
	"frontdesk/internal/fault"
	"frontdesk/internal/mail"
	"frontdesk/internal/storage"
)

// octets is the type of all files but the pictures that a mail's frame may show, so
// that no browser takes one for a page.
const octets = "application/octet-stream"

// Attachment downloads a file of a message, or shows a picture in its frame.
func (h *Handler) Attachment(c *fiber.Ctx) error {
	id, attachmentID, err := ids(c, "attachment")
	if err != nil {
		return err
	}
	row, err := h.Store.Statement(c.UserContext()).ConversationAttachment(c.UserContext(), db.ConversationAttachmentParams{ID: attachmentID, ConversationID: id})
	if err != nil {
		return err
	}
	mediaType := octets
	if mail.IsPicture(row.ContentType) {
		mediaType = row.ContentType
	}
	return h.download(c, file{key: row.StorageKey, name: row.Name, mediaType: mediaType}, audit.Entry{
		Action: attachmentDownload, TargetKind: AttachmentAudit.Kind, TargetID: attachmentID, TargetName: row.Name, SubjectID: id,
	})
}

// Source downloads a message as it came.
func (h *Handler) Source(c *fiber.Ctx) error {
	id, messageID, err := ids(c, "message")
	if err != nil {
		return err
	}
	row, err := h.Store.Statement(c.UserContext()).ConversationMessageRaw(c.UserContext(), db.ConversationMessageRawParams{ID: messageID, ConversationID: id})
	if err != nil {
		return err
	}
	if row.RawKey == "" {
		return fault.New(fault.Gone, "")
	}
	name := "message-" + row.ReceivedAt.UTC().Format("2006-01-02-150405") + ".eml"
	return h.download(c, file{key: row.RawKey, name: name, mediaType: octets}, audit.Entry{
		Action: messageSource, TargetKind: loggedMessage.Kind, TargetID: messageID, TargetName: row.Subject, SubjectID: id,
	})
}

// file is an object as it goes out.
type file struct{ key, name, mediaType string }

// download sends a file once the log says who takes it. Its name goes through the
// encoding of RFC 6266, so that no name can end the header.
func (h *Handler) download(c *fiber.Ctx, sent file, entry audit.Entry) error {
	who, _ := actor.From(c.UserContext())
	if err := storage.CheckOwner(sent.key, who.TenantID, objects); err != nil {
		return fault.Wrap(fault.NotFound, "", err)
	}
	body, object, err := h.Storage.Get(c.UserContext(), sent.key)
	if errors.Is(err, storage.ErrNotFound) {
		return fault.Wrap(fault.Gone, "", err)
	}
	if err != nil {
		return err
	}
	if err := audit.View(c.UserContext(), h.Store, entry); err != nil {
		return errors.Join(err, body.Close())
	}
	c.Set(fiber.HeaderContentType, sent.mediaType)
	c.Set(fiber.HeaderContentDisposition, disposition(sent.name))
	c.Set(fiber.HeaderContentSecurityPolicy, "default-src 'none'; sandbox")
	return c.SendStream(body, int(object.Size))
}

// disposition is the header of a file to keep. Separators of paths are no part of
// a name.
func disposition(name string) string {
	name = strings.TrimSpace(strings.Map(func(r rune) rune {
		if r == '/' || r == '\\' || r < 0x20 || r == 0x7f {
			return '_'
		}
		return r
	}, name))
	if name == "" {
		name = "file"
	}
	return mime.FormatMediaType("attachment", map[string]string{"filename": limited(name, 200)})
}
