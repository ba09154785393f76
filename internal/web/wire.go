package web

import (
	"bytes"

	"github.com/gofiber/fiber/v2"

	"frontdesk/internal/fault"
)

// refuseAmbiguous refuses what a proxy in front could read differently from us,
// which is how requests are smuggled: a length beside a transfer encoding, an
// encoding on HTTP/1.0, and folded headers (RFC 9112, 5.2, 6.1, 6.3; hazard 73).
// The connection closes, since where the next request begins is not certain.
func refuseAmbiguous(c *fiber.Ctx) error {
	header := &c.Request().Header
	encoded := len(header.Peek(fiber.HeaderTransferEncoding)) > 0
	raw := header.RawHeaders()
	ambiguous := encoded && containsHeader(raw, "content-length:") ||
		encoded && !header.IsHTTP11() ||
		bytes.Contains(raw, []byte("\n ")) || bytes.Contains(raw, []byte("\n\t"))
	if !ambiguous {
		return c.Next()
	}
	c.Response().SetConnectionClose()
	return fault.New(fault.Malformed, "")
}

func containsHeader(raw []byte, name string) bool {
	lower := bytes.ToLower(raw)
	return bytes.HasPrefix(lower, []byte(name)) || bytes.Contains(lower, append([]byte("\n"), name...))
}
