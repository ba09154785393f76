package localtime

import (
	"regexp"
	"time"
)

// placeZone is a zone named for a place, as the tz database names them (theory.html,
// "Timezone identifiers"): an area, and in it a city that was found there. What else a
// system knows by name is no clinic's time (hazard 124): localtime and posixrules are this
// machine's, Factory nobody's, right/ counts leap seconds, posix/ repeats all of it, Etc/GMT+3
// lies behind UTC, and CET or US/Pacific are names that systems may lack.
var placeZone = regexp.MustCompile(`^(Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific)(/[A-Z][A-Za-z_-]*){1,2}$`)

// Zone returns the time zone that a person names: UTC, or a place's.
func Zone(name string) (zone *time.Location, ok bool) {
	if name == "UTC" {
		return time.UTC, true
	}
	if !placeZone.MatchString(name) {
		return nil, false
	}
	zone, err := time.LoadLocation(name)
	return zone, err == nil
}
