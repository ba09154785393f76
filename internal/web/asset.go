package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"path"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/gofiber/fiber/v2"

	"frontdesk/internal/fault"
)

// Assets serves files that never change under their address: the address holds a
// hash of what is in them. They are compressed once, at the start.
type Assets struct {
	byName map[string]*asset
}

type asset struct {
	address, contentType string
	plain, gzip, brotli  []byte
}

// LoadAssets reads every file below files.
func LoadAssets(files fs.FS) (*Assets, error) {
	assets := &Assets{byName: map[string]*asset{}}
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		loaded, err := newAsset(name, content)
		assets.byName[name] = loaded
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("load assets: %w", err)
	}
	return assets, nil
}

func newAsset(name string, content []byte) (*asset, error) {
	sum := sha256.Sum256(content)
	loaded := &asset{
		address:     "/static/" + hex.EncodeToString(sum[:8]) + "/" + name,
		contentType: mime.TypeByExtension(path.Ext(name)),
		plain:       content,
	}
	if loaded.contentType == "" {
		loaded.contentType = fiber.MIMEOctetStream
	}
	if strings.HasSuffix(name, ".woff2") || strings.HasSuffix(name, ".png") {
		return loaded, nil
	}
	return loaded, loaded.compress()
}

func (a *asset) compress() error {
	var small bytes.Buffer
	brotliWriter := brotli.NewWriterLevel(&small, 9)
	if _, err := brotliWriter.Write(a.plain); err != nil {
		return err
	}
	if err := brotliWriter.Close(); err != nil {
		return err
	}
	a.brotli = bytes.Clone(small.Bytes())
	small.Reset()
	gzipWriter, err := gzip.NewWriterLevel(&small, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := gzipWriter.Write(a.plain); err != nil {
		return err
	}
	if err := gzipWriter.Close(); err != nil {
		return err
	}
	a.gzip = bytes.Clone(small.Bytes())
	return nil
}

// Address returns where the named file is served, or "" for one that is not.
func (a *Assets) Address(name string) string {
	if found := a.byName[name]; found != nil {
		return found.address
	}
	return ""
}

// Serve answers /static/*. An address with an older hash is unknown: answering it
// with today's file would cache that under the wrong name for a year.
func (a *Assets) Serve(c *fiber.Ctx) error {
	_, name, _ := strings.Cut(c.Params("*"), "/")
	found := a.byName[name]
	if found == nil || found.address != c.Path() {
		return fault.New(fault.NotFound, "")
	}
	c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
	c.Set(fiber.HeaderContentType, found.contentType)
	c.Vary(fiber.HeaderAcceptEncoding)
	accepted := c.Get(fiber.HeaderAcceptEncoding)
	switch {
	case found.brotli != nil && strings.Contains(accepted, "br"):
		c.Set(fiber.HeaderContentEncoding, "br")
		return c.Send(found.brotli)
	case found.gzip != nil && strings.Contains(accepted, "gzip"):
		c.Set(fiber.HeaderContentEncoding, "gzip")
		return c.Send(found.gzip)
	}
	return c.Send(found.plain)
}
