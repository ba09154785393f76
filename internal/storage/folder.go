package storage

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
	"strings"
	"syscall"
	"time"
)

// draftsFolder holds files that are being written. No key begins so.
const draftsFolder = ".drafts"

// draftLifetime is after how long a draft cannot be of a running Put any more.
const draftLifetime = 24 * time.Hour

// Folder is a Store in a folder of the machine. It is for one machine: copies of
// the program on several need S3.
type Folder struct {
	// root confines every access: not even a symbolic link leads out of it.
	root *os.Root
}

// OpenFolder returns the store in the folder, which it makes, and removes what
// a crash left half-written.
func OpenFolder(dir string) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of stored files: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open the folder of stored files: %w", err)
	}
	f := &Folder{root: root}
	if err := f.prepareDrafts(); err != nil {
		return nil, errors.Join(fmt.Errorf("prepare the folder of stored files: %w", err), root.Close())
	}
	return f, nil
}

// Close gives the folder back. Readers that Get returned stay good.
func (f *Folder) Close() error {
	if err := f.root.Close(); err != nil {
		return fmt.Errorf("close the folder of stored files: %w", err)
	}
	return nil
}

// Put implements Store. The bytes are on the disk before the object appears
// under its key, and the key is on the disk before Put returns.
func (f *Folder) Put(ctx context.Context, key string, body io.ReadSeeker) error {
	if err := check(ctx, key); err != nil {
		return err
	}
	if _, err := body.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("read the body of %s: %w", key, err)
	}
	draft := path.Join(draftsFolder, rand.Text())
	if err := f.write(ctx, draft, body); err != nil {
		return failed("write", key, errors.Join(err, f.remove(draft)))
	}
	if err := f.publish(draft, key); err != nil {
		return failed("store", key, errors.Join(err, f.remove(draft)))
	}
	return nil
}

// Get opens the file: a replacement is a rename, which does not touch what is open.
func (f *Folder) Get(ctx context.Context, key string) (io.ReadCloser, Object, error) {
	if err := check(ctx, key); err != nil {
		return nil, Object{}, err
	}
	file, err := f.root.Open(key)
	if err != nil {
		return nil, Object{}, missingOr("open", key, err)
	}
	object, err := describe(key, file.Stat)
	if err != nil {
		return nil, Object{}, missingOr("open", key, errors.Join(err, file.Close()))
	}
	return file, object, nil
}

// Stat describes the file; a folder is no object.
func (f *Folder) Stat(ctx context.Context, key string) (Object, error) {
	if err := check(ctx, key); err != nil {
		return Object{}, err
	}
	object, err := describe(key, func() (fs.FileInfo, error) { return f.root.Stat(key) })
	if err != nil {
		return Object{}, missingOr("look at", key, err)
	}
	return object, nil
}

// Delete implements Store. Folders stay, even empty: another Put may be about to
// use them.
func (f *Folder) Delete(ctx context.Context, key string) error {
	// A folder is no object, and must not go even when it is empty.
	switch _, err := f.Stat(ctx, key); {
	case errors.Is(err, ErrNotFound):
		return nil
	case err != nil:
		return err
	}
	if err := f.remove(key); err != nil {
		return failed("delete", key, err)
	}
	if err := f.sync(path.Dir(key)); err != nil {
		return failed("delete", key, err)
	}
	return nil
}

// List walks the folder; what goes away meanwhile is left out.
func (f *Folder) List(ctx context.Context, prefix string) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		if err := checkPrefix(prefix); err != nil {
			yield(Object{}, err)
			return
		}
		stopped := errors.New("stopped")
		err := fs.WalkDir(f.root.FS(), strings.TrimSuffix(prefix, "/"), func(key string, entry fs.DirEntry, err error) error {
			if err == nil {
				err = ctx.Err()
			}
			if err != nil || entry.IsDir() {
				return missingIsNothing(err)
			}
			object, err := describe(key, entry.Info)
			if err != nil {
				return missingIsNothing(err)
			}
			if !yield(object, nil) {
				return stopped
			}
			return nil
		})
		if err != nil && !errors.Is(err, stopped) {
			yield(Object{}, failed("list", prefix, err))
		}
	}
}

// missingIsNothing ignores what was deleted while it was listed.
func missingIsNothing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func check(ctx context.Context, key string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return checkKey(key)
}

// describe turns what a file says about itself into an object; a folder is none.
func describe(key string, stat func() (fs.FileInfo, error)) (Object, error) {
	info, err := stat()
	if err != nil {
		return Object{}, err
	}
	if !info.Mode().IsRegular() {
		return Object{}, fs.ErrNotExist
	}
	return Object{Key: key, Size: info.Size(), ModifiedAt: info.ModTime()}, nil
}

func (f *Folder) write(ctx context.Context, draft string, body io.Reader) error {
	file, err := f.root.OpenFile(draft, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, contextReader{ctx, body})
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// publish gives the draft its key, and writes the names of the key's folders to
// the disk, new or not.
func (f *Folder) publish(draft, key string) error {
	if err := f.root.MkdirAll(path.Dir(key), 0o700); err != nil {
		return err
	}
	if err := f.root.Rename(draft, key); err != nil {
		return err
	}
	for dir := path.Dir(key); ; dir = path.Dir(dir) {
		if err := f.sync(dir); err != nil {
			return err
		}
		if dir == "." {
			return nil
		}
	}
}

func (f *Folder) sync(dir string) error {
	folder, err := f.root.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

func (f *Folder) remove(name string) error {
	return missingIsNothing(f.root.Remove(name))
}

// prepareDrafts makes the drafts folder and removes old drafts from it. Young
// ones may belong to another process.
func (f *Folder) prepareDrafts() error {
	if err := f.root.MkdirAll(draftsFolder, 0o700); err != nil {
		return err
	}
	drafts, err := fs.ReadDir(f.root.FS(), draftsFolder)
	if err != nil {
		return err
	}
	for _, draft := range drafts {
		info, err := draft.Info()
		if err != nil {
			if missingIsNothing(err) != nil {
				return err
			}
			continue
		}
		if time.Since(info.ModTime()) > draftLifetime {
			if err := f.remove(path.Join(draftsFolder, draft.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// missingOr is failed for what is only read: a part of a key that does not
// exist, or is a file where a folder is looked for, means that there is no such
// object.
func missingOr(verb, key string, err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return fmt.Errorf("%s %s: %w", verb, key, ErrNotFound)
	}
	return failed(verb, key, err)
}

// failed sorts an error of the file system into the errors of a Store.
func failed(verb, key string, err error) error {
	err = fmt.Errorf("%s %s: %w", verb, key, err)
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return unavailable(err)
}

// contextReader ends a copy when its context does.
type contextReader struct {
	ctx    context.Context
	reader io.Reader
}

func (r contextReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.reader.Read(p)
}
