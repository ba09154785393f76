package mail

import (
	"cmp"
	"fmt"
	"net/http"
	"path"
	"regexp"
	"strings"
	"unicode/utf8"
)

// maxFileName is the longest name of a file, in characters with its extension, so
// that no later cut takes the extension off.
const maxFileName = 200

// fileName is the name that the sender gave a part; "" where there is none.
func (p *part) fileName() string {
	disposed := readParameterised(p.header.first("content-disposition"))
	for _, given := range []string{disposed.get("filename"), p.typed.get("name"), p.typed.get("filename"), p.typed.get("file")} {
		if name := cleanName(given); name != "" {
			return name
		}
	}
	return ""
}

// cleanName decodes a name; "" where it says nothing.
func cleanName(given string) string {
	decoded, _ := decodeWords(given)
	name := cleanLine(decoded)
	if len(name) > 1 && name[0] == '\'' && name[len(name)-1] == '\'' {
		name = name[1 : len(name)-1]
	}
	if strings.Trim(name, ". ") == "" {
		return ""
	}
	return shortened(name)
}

// shortened cuts a long name before its extension.
func shortened(name string) string {
	if utf8.RuneCountInString(name) <= maxFileName {
		return name
	}
	letters, extension := []rune(name), path.Ext(name)
	if len(extension) > 12 {
		extension = ""
	}
	return string(letters[:maxFileName-utf8.RuneCountInString(extension)]) + extension
}

// describedFile is a description that is a file's name.
var describedFile = regexp.MustCompile(`^[^/\\]*\.[A-Za-z][A-Za-z0-9]{1,4}$`)

// nameOf makes a name for a file that has none: from what the part says of itself,
// else the subject of the message that it is, else this message's, with the
// extension of its type (hazard 122). Each is given once.
func (p *Parsed) nameOf(leaf *part, content []byte) string {
	for _, field := range []string{"content-description", "content-location"} {
		said := leaf.header.first(field)
		if name := cleanName(said[strings.LastIndexAny(said, `/\`)+1:]); describedFile.MatchString(name) {
			return name
		}
	}
	stem := p.Subject
	if isMessage(leaf.mediaType) {
		stem = cmp.Or(subjectOf(content), stem)
	}
	extension := extensionOf(leaf.mediaType, content)
	stem = strings.Trim(strings.Map(fileLetter, stem), " .")
	if stem == "" {
		top, _, _ := strings.Cut(leaf.mediaType, "/")
		stem = strings.Replace(top, "application", "file", 1)
	}
	if utf8.RuneCountInString(stem) > maxFileName/2 {
		stem = strings.TrimSpace(string([]rune(stem)[:maxFileName/2]))
	}
	name := stem + extension
	for n := 2; p.hasFile(name) && n <= maxParts; n++ {
		name = fmt.Sprintf("%s (%d)%s", stem, n, extension)
	}
	return name
}

func (p *Parsed) hasFile(name string) bool {
	for _, attachment := range p.Attachments {
		if attachment.Name == name {
			return true
		}
	}
	return false
}

// fileLetter leaves out of a name what some system does not take.
func fileLetter(r rune) rune {
	if strings.ContainsRune(`/\:*?"<>|`, r) || r < ' ' {
		return '_'
	}
	return r
}

func isMessage(mediaType string) bool {
	return mediaType == "message/rfc822" || mediaType == "message/global"
}

// subjectOf is the subject of a message that is attached.
func subjectOf(message []byte) string {
	root, _ := readStructure(message[:min(len(message), maxHeaderBytes)])
	decoded, _ := decodeWords(root.header.first("subject"))
	return cleanLine(decoded)
}

// extensions are those of the types that mail brings. Not mime.ExtensionsByType,
// which answers by what the machine has installed.
var extensions = map[string]string{
	"message/rfc822": ".eml", "message/global": ".eml", "message/delivery-status": ".txt", "message/global-delivery-status": ".txt",
	"message/disposition-notification": ".txt", "message/feedback-report": ".txt", "message/external-body": ".txt", "message/partial": ".eml",
	"text/plain": ".txt", "text/html": ".html", "text/calendar": ".ics", "text/x-vcalendar": ".vcs", "text/vcard": ".vcf", "text/x-vcard": ".vcf",
	"text/directory": ".vcf", "text/csv": ".csv", "text/rtf": ".rtf", "application/rtf": ".rtf", "text/xml": ".xml", "application/xml": ".xml",
	"text/css": ".css", "text/rfc822-headers": ".txt", "text/x-amp-html": ".html", "text/watch-html": ".html", "text/enriched": ".txt", "text/richtext": ".txt",
	"text/markdown": ".md", "image/jpeg": ".jpg", "image/jpg": ".jpg", "image/pjpeg": ".jpg", "image/png": ".png", "image/gif": ".gif", "image/webp": ".webp",
	"image/heic": ".heic", "image/heif": ".heif", "image/tiff": ".tif", "image/bmp": ".bmp", "image/svg+xml": ".svg", "image/x-icon": ".ico",
	"application/pdf": ".pdf", "application/zip": ".zip", "application/x-zip-compressed": ".zip", "application/gzip": ".gz", "application/json": ".json",
	"application/msword": ".doc", "application/vnd.ms-excel": ".xls", "application/vnd.ms-powerpoint": ".ppt",
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document":   ".docx",
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":         ".xlsx",
	"application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
	"application/vnd.oasis.opendocument.text":                                   ".odt", "application/vnd.oasis.opendocument.spreadsheet": ".ods",
	"application/ics": ".ics", "application/pkcs7-mime": ".p7m", "application/x-pkcs7-mime": ".p7m", "application/pkcs7-signature": ".p7s", "application/x-pkcs7-signature": ".p7s",
	"application/pgp-signature": ".asc", "application/pgp-encrypted": ".asc", "application/pgp-keys": ".asc", "application/ms-tnef": ".dat", "application/vnd.ms-tnef": ".dat",
	"application/dicom": ".dcm", "application/x-dicom": ".dcm", "application/javascript": ".js", "application/xhtml+xml": ".xhtml", "application/postscript": ".ps",
	"audio/mpeg": ".mp3", "audio/mp4": ".m4a", "audio/x-m4a": ".m4a", "audio/wav": ".wav", "audio/x-wav": ".wav", "audio/ogg": ".ogg", "audio/amr": ".amr", "audio/aac": ".aac",
	"video/mp4": ".mp4", "video/quicktime": ".mov", "video/3gpp": ".3gp", "video/webm": ".webm", "video/x-msvideo": ".avi", "video/mpeg": ".mpg",
}

// extensionOf is the extension of a type, or where that says nothing, of what the
// bytes are.
func extensionOf(mediaType string, content []byte) string {
	if isFile(content) && strings.HasPrefix(mediaType, "text/") {
		mediaType = octetStream
	}
	if extension, known := extensions[mediaType]; known {
		return extension
	}
	proven, _, _ := strings.Cut(http.DetectContentType(content), ";")
	if extension, known := extensions[strings.Replace(proven, "application/x-gzip", "application/gzip", 1)]; known && proven != "text/plain" {
		return extension
	}
	if strings.HasPrefix(mediaType, "text/") {
		return ".txt"
	}
	return ".bin"
}
