package storage

import "time"

// RestingFor returns the settings with another time for which S3 is left alone
// after it failed.
func (settings S3Settings) RestingFor(rest time.Duration) S3Settings {
	settings.restFor = rest
	return settings
}
