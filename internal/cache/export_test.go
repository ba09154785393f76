package cache

import "time"

// ConnectPatiently is Connect with a deadline that a busy machine does not miss,
// for tests of what Redis decides.
func ConnectPatiently(redisURL string) (*Connection, error) {
	return connect(redisURL, 10*time.Second)
}
