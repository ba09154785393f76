package storage

import (
	"path/filepath"

	"frontdesk/internal/config"
)

// Open returns the store that the settings ask for: a bucket, or the folder
// files in DATA_DIR.
func Open(settings config.Config) (Store, error) {
	if settings.S3EndpointURL == "" {
		return OpenFolder(filepath.Join(settings.DataDir, "files"))
	}
	return OpenS3(S3Settings{
		EndpointURL:     settings.S3EndpointURL,
		Region:          settings.S3Region,
		Bucket:          settings.S3Bucket,
		AccessKeyID:     settings.S3AccessKeyID,
		SecretAccessKey: settings.S3SecretAccessKey,
	}), nil
}
