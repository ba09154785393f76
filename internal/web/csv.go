package web

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"
	"golang.org/x/text/unicode/norm"
)

// byteOrderMark tells spreadsheets that the file is UTF-8.
const byteOrderMark = "\uFEFF"

// CSV answers a file (RFC 4180) that is written while it is sent: write hands on
// one record after the other, the head first, and runs after the handler has
// returned, so that it must not use the request. When it fails midway the
// connection breaks, and half a file is not taken for all of it.
func (w *Web) CSV(c *fiber.Ctx, name string, write func(record func(...string) error) error) error {
	c.Set(fiber.HeaderContentType, "text/csv; charset=utf-8")
	c.Set(fiber.HeaderContentDisposition, mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	requestID := RequestID(c.UserContext())
	reader, writer := io.Pipe()
	go func() {
		err := writeCSV(writer, write)
		if err != nil && !errors.Is(err, io.ErrClosedPipe) {
			w.Log.Error("file broke off", slog.String("request_id", requestID), slog.String("error", err.Error()))
		}
		writer.CloseWithError(err)
	}()
	c.Context().SetBodyStream(reader, -1)
	return nil
}

func writeCSV(to io.Writer, write func(record func(...string) error) error) (err error) {
	defer func() {
		// This runs outside every handler, where nothing else would keep a panic
		// from ending the program.
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v", cause)
		}
	}()
	buffer := bufio.NewWriter(to)
	if _, err := buffer.WriteString(byteOrderMark); err != nil {
		return err
	}
	records := csv.NewWriter(buffer)
	records.UseCRLF = true
	err = write(func(fields ...string) error {
		safe := make([]string, len(fields))
		for i, field := range fields {
			safe[i] = harmless(field)
		}
		return records.Write(safe)
	})
	if err != nil {
		return err
	}
	records.Flush()
	if err := records.Error(); err != nil {
		return err
	}
	return buffer.Flush()
}

// harmless marks as text what a spreadsheet would run as a formula (hazard 64): also where
// the sign is a wide, small or raised form of it, which some read as the sign itself, and
// where blanks or marks that nobody sees stand before it.
func harmless(field string) string {
	if strings.HasPrefix(field, "\t") || strings.HasPrefix(field, "\r") || strings.HasPrefix(field, "\n") {
		return "'" + field
	}
	first, _ := utf8.DecodeRuneInString(strings.TrimLeftFunc(field, unseen))
	const minus = '\u2212' // no form of another sign
	if first == minus || strings.ContainsAny(norm.NFKC.String(string(first)), "=+-@") {
		return "'" + field
	}
	return field
}

func unseen(r rune) bool {
	return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Cc, r)
}
