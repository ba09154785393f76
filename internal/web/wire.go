package web

import (
	"bytes"

	"github.com/gofiber/fiber/v2"

	"frontdesk/internal/fault"
)

// refuseAmbiguous refuses what a proxy in front could read differently from us,
// which is how requests are smuggled (RFC 9112, 2.2, 3.2, 5.2, 6.1, 6.3; hazard
// 73). The connection closes, since where the next request begins is not certain.
func refuseAmbiguous(c *fiber.Ctx) error {
	header := &c.Request().Header
	if spoken(header.Protocol()) && !ambiguous(header.RawHeaders(), header.IsHTTP11()) {
		return c.Next()
	}
	c.Response().SetConnectionClose()
	return fault.New(fault.Malformed, "")
}

// spoken is true for the versions that this server speaks. The library takes any digits
// for HTTP/1.1, and what stands before it may know that HTTP/2.0 frames otherwise.
func spoken(protocol []byte) bool {
	return string(protocol) == "HTTP/1.1" || string(protocol) == "HTTP/1.0"
}

// ambiguous judges the header as it came over the wire: fasthttp has put a length
// in the place of the transfer encoding by the time that a handler asks.
func ambiguous(raw []byte, http11 bool) bool {
	lengths, encodings, hosts := 0, 0, 0
	chunked := true
	for line := range bytes.SplitAfterSeq(raw, []byte("\n")) {
		if len(line) == 0 {
			continue
		}
		folded := line[0] == ' ' || line[0] == '\t'
		if folded || !bytes.HasSuffix(line, []byte("\r\n")) {
			return true
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		switch string(bytes.ToLower(bytes.TrimSpace(name))) {
		case "content-length":
			lengths++
		case "transfer-encoding":
			encodings++
			chunked = bytes.EqualFold(bytes.TrimSpace(value), []byte("chunked"))
		case "host":
			hosts++
		}
	}
	// An encoding means nothing to HTTP/1.0, and HTTP/1.1 must name a host. "identity" is
	// an encoding no more (RFC 9112, 7): the library reads it as none.
	return lengths+encodings > 1 || !chunked || encodings > 0 && !http11 || hosts > 1 || hosts == 0 && http11
}
