package localtime_test

import (
	"testing"

	"frontdesk/internal/localtime"
)

func TestHazard124OnlyUTCAndThePlacesOfTheZoneDatabaseAreZones(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"UTC", "Europe/Bucharest", "Asia/Kathmandu", "Asia/Calcutta", "America/Argentina/Buenos_Aires", "America/Port-au-Prince",
		"America/North_Dakota/New_Salem", "Antarctica/DumontDUrville", "Arctic/Longyearbyen", "Africa/El_Aaiun",
	} {
		if zone, ok := localtime.Zone(name); !ok || zone.String() != name {
			t.Errorf("%q is refused", name)
		}
	}
	for _, name := range []string{
		"", "Local", "localtime", "posixrules", "Factory", "right/Europe/Bucharest", "right/UTC", "posix/Europe/Bucharest", "tzdata.zi",
		"zone.tab", "leapseconds", "../zoneinfo/Europe/Bucharest", "Europe/../Europe/Bucharest", "/usr/share/zoneinfo/Europe/Bucharest",
		"Europe", "Europe/", "Europe//Bucharest", "Europe/Bucharest/", "./Europe/Bucharest", "europe/bucharest", "EUROPE/BUCHAREST",
		"Europe/bucharest", "Europe/Bukarest", "utc", "Etc/GMT+3", "Etc/UTC", "GMT", "GMT0", "EST", "EST5EDT", "CET", "US/Pacific",
		"UTC+2", "+02:00", "<+02>-2", "Europe/Bucharest3", "Mars/Olympus", "Europe/Bucharest\x00", "Europe/Bucharest\n", "Europe\\Bucharest",
	} {
		if _, ok := localtime.Zone(name); ok {
			t.Errorf("%q is taken", name)
		}
	}
}
