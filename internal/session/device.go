package session

import (
	"github.com/mileusna/useragent"

	"frontdesk/internal/locale"
)

// device says in words what a browser says that it is: "Firefox on Windows". Anyone
// can claim to be any, so it helps the person to recognise and proves nothing.
func device(l *locale.Locale, userAgent string) string {
	parsed := useragent.Parse(userAgent)
	known := parsed.Desktop || parsed.Mobile || parsed.Tablet
	switch {
	case !known || parsed.Name == "" && parsed.OS == "":
		return l.T("session.device_unknown")
	case parsed.OS == "":
		return parsed.Name
	case parsed.Name == "":
		return parsed.OS
	}
	return l.T("session.device", "browser", parsed.Name, "system", parsed.OS)
}
