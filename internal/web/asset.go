package web

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"path"
	"strings"

	"github.com/gofiber/fiber/v2"

	"frontdesk/internal/fault"
)

// Assets serves files that never change under their address: the address holds a
// hash of what is in them. They are compressed in the front end's build.
type Assets struct {
	byName map[string]*asset
}

type asset struct {
	address, contentType string
	plain, gzip, brotli  []byte
}

// LoadAssets reads every file below files, and what stands compressed beside it as
// NAME.br and NAME.gz.
func LoadAssets(files fs.FS) (*Assets, error) {
	assets := &Assets{byName: map[string]*asset{}}
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || isCompressed(name) {
			return err
		}
		loaded, err := loadAsset(files, name)
		assets.byName[name] = loaded
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("load assets: %w", err)
	}
	return assets, nil
}

func isCompressed(name string) bool {
	return strings.HasSuffix(name, ".br") || strings.HasSuffix(name, ".gz")
}

func loadAsset(files fs.FS, name string) (*asset, error) {
	plain, err := fs.ReadFile(files, name)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(plain)
	loaded := &asset{
		address:     "/static/" + hex.EncodeToString(sum[:8]) + "/" + name,
		contentType: mime.TypeByExtension(path.Ext(name)),
		plain:       plain,
	}
	if loaded.contentType == "" {
		loaded.contentType = fiber.MIMEOctetStream
	}
	if loaded.brotli, err = readCompressed(files, name+".br"); err != nil {
		return nil, err
	}
	loaded.gzip, err = readCompressed(files, name+".gz")
	return loaded, err
}

// readCompressed returns nil where there is none: what is small by itself has none.
func readCompressed(files fs.FS, name string) ([]byte, error) {
	content, err := fs.ReadFile(files, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return content, err
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
