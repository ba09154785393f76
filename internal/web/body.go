package web

import (
	"errors"
	"io"
	"net"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"frontdesk/internal/fault"
)

// BodyLimit is the largest body of a form, in bytes. Larger ones answer 413.
const BodyLimit = 1 << 20

// receive takes in a request's body as its bytes arrive: nothing is set aside for what
// a stranger only announces (hazard 102). What cannot be taken in whole closes the
// connection, since where the next request begins is not known.
func receive(c *fiber.Ctx) error {
	stream := c.Context().RequestBodyStream()
	if stream == nil {
		return c.Next()
	}
	body, err := readBody(stream, c.Request().Header.ContentLength())
	if err != nil {
		c.Response().SetConnectionClose()
		return err
	}
	c.Request().SetBodyRaw(body)
	return c.Next()
}

// refuseEarly has the server wait for no more than a byte of a body that is announced as
// too large: receive refuses it.
func refuseEarly(header *fasthttp.RequestHeader) (config fasthttp.RequestConfig) {
	if header.ContentLength() > BodyLimit {
		config.MaxRequestBodySize = 1
	}
	return config
}

// readBody returns a body of the announced length; one that comes in chunks announces none,
// which is less than 0.
func readBody(stream io.Reader, length int) ([]byte, error) {
	if length > BodyLimit {
		return nil, fault.New(fault.TooLarge, "")
	}
	body, err := io.ReadAll(io.LimitReader(stream, BodyLimit+1))
	switch late, isNet := errors.AsType[net.Error](err); {
	case isNet && late.Timeout():
		return nil, fiber.ErrRequestTimeout
	case err != nil:
		return nil, fault.New(fault.Malformed, "")
	case len(body) > BodyLimit:
		return nil, fault.New(fault.TooLarge, "")
	}
	return body, nil
}
