package storage_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"frontdesk/internal/config"
	"frontdesk/internal/storage"
)

func TestOnlyTheOwnerReadsTheFolder(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "files")
	store := folder(t, dir)
	put(t, store, newKey("messages", "a"), "secret")
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has the permissions %o", path, info.Mode().Perm())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestNoSymbolicLinkLeadsOutOfTheFolder(t *testing.T) {
	t.Parallel()
	dir, outside := filepath.Join(t.TempDir(), "files"), t.TempDir()
	store := folder(t, dir)
	tenant := uuid.New()
	if err := os.WriteFile(filepath.Join(outside, "a"), []byte("theirs"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, storage.Prefix(tenant)), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, storage.Key(tenant, "link"))); err != nil {
		t.Fatal(err)
	}
	key := storage.Key(tenant, "link", "a")
	if _, _, err := store.Get(t.Context(), key); err == nil {
		t.Error("a file outside the folder was read")
	}
	if err := store.Put(t.Context(), key, strings.NewReader("ours")); err == nil {
		t.Error("a file outside the folder was written")
	}
	if content, err := os.ReadFile(filepath.Join(outside, "a")); err != nil || string(content) != "theirs" {
		t.Errorf("the file outside is now %q, %v", content, err)
	}
}

func TestHazard054WhatACrashLeftHalfWrittenIsNoObjectAndGoes(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "files")
	store := folder(t, dir)
	put(t, store, newKey("a"), "x")
	drafts := filepath.Join(dir, ".drafts")
	if left, err := os.ReadDir(drafts); err != nil || len(left) != 0 {
		t.Errorf("a finished put left %v, %v", left, err)
	}
	old, young := filepath.Join(drafts, "old"), filepath.Join(drafts, "young")
	for _, path := range []string{old, young} {
		if err := os.WriteFile(path, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	twoDaysAgo := time.Now().Add(-48 * time.Hour)
	if err := os.Chtimes(old, twoDaysAgo, twoDaysAgo); err != nil {
		t.Fatal(err)
	}

	again := folder(t, dir)
	if got := list(t, again, "tenants/"); len(got) != 1 {
		t.Errorf("listed %q", got)
	}
	if _, err := os.Stat(old); !os.IsNotExist(err) {
		t.Errorf("an old draft stays: %v", err)
	}
	if _, err := os.Stat(young); err != nil {
		t.Errorf("a draft that may be in the writing is gone: %v", err)
	}
}

func TestSettingsChooseTheStore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	inFolder, err := storage.Open(config.Config{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	key := newKey("a")
	put(t, inFolder, key, "x")
	if _, err := os.Stat(filepath.Join(dir, "files", key)); err != nil {
		t.Errorf("without S3 settings the object is not in DATA_DIR/files: %v", err)
	}

	made := bucket(t)
	inBucket, err := storage.Open(config.Config{
		DataDir: dir, S3EndpointURL: made.EndpointURL, S3Region: made.Region, S3Bucket: made.Bucket,
		S3AccessKeyID: made.AccessKeyID, S3SecretAccessKey: made.SecretAccessKey,
	})
	if err != nil {
		t.Fatal(err)
	}
	put(t, inBucket, key, "y")
	if got := get(t, storage.OpenS3(made), key); got != "y" {
		t.Errorf("with S3 settings the bucket holds %q", got)
	}
}
