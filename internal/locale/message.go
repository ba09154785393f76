package locale

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/go-playground/locales"
	"github.com/go-playground/locales/en_GB"
	"github.com/go-playground/locales/ro"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed catalog/*.json
var catalogFiles embed.FS

// catalog is one language, resolved as far as it can be ahead of time.
type catalog struct {
	language string
	// plain holds the messages without a placeholder or plural. A calendar says
	// forty of them, so they skip go-i18n's templates.
	plain map[string]string
	// formed names the messages that have a placeholder or plural.
	formed    map[string]bool
	localizer *i18n.Localizer
	forms     locales.Translator
}

var catalogs = sync.OnceValue(func() map[string]*catalog {
	bundle := i18n.NewBundle(language.English)
	bundle.RegisterUnmarshalFunc("json", json.Unmarshal)
	return map[string]*catalog{
		English:  load(bundle, English, en_GB.New()),
		Romanian: load(bundle, Romanian, ro.New()),
	}
})

var fallback = sync.OnceValue(func() *Locale { return New(English, nil, "", nil) })

// load reads an embedded catalog. A broken one is a mistake in the build, so it
// panics at the first use, which every test makes.
func load(bundle *i18n.Bundle, code string, forms locales.Translator) *catalog {
	file, err := bundle.LoadMessageFileFS(catalogFiles, "catalog/"+code+".json")
	if err != nil {
		panic(fmt.Sprintf("read message catalog %s: %v", code, err))
	}
	c := &catalog{
		language:  code,
		plain:     make(map[string]string, len(file.Messages)),
		formed:    make(map[string]bool),
		localizer: i18n.NewLocalizer(bundle, code),
		forms:     forms,
	}
	for _, message := range file.Messages {
		if isPlain(message) {
			c.plain[message.ID] = message.Other
		} else {
			c.formed[message.ID] = true
		}
	}
	return c
}

func isPlain(m *i18n.Message) bool {
	plural := m.Zero + m.One + m.Two + m.Few + m.Many
	return plural == "" && !strings.Contains(m.Other, "{{")
}

func catalogFor(code string) *catalog {
	if c, ok := catalogs()[code]; ok {
		return c
	}
	return catalogs()[English]
}

// T returns the message with that key. args are name, value pairs for its
// placeholders; "count" (a whole number) also chooses the plural form:
//
//	T("client.count", "count", 3)
//
// Values are put in as text and never read as a template, so they may come from
// anyone; templ escapes the result. A key without a message, or args that are
// not pairs, panics in a test and returns the key elsewhere.
func (l *Locale) T(key string, args ...any) string {
	if text, ok := l.catalog.plain[key]; ok {
		return text
	}
	if !l.catalog.formed[key] {
		return missing(key, "no message has this key")
	}
	data, err := pairs(args)
	if err != nil {
		return missing(key, err.Error())
	}
	text, err := l.catalog.localizer.Localize(&i18n.LocalizeConfig{
		MessageID: key, TemplateData: data, PluralCount: data["count"],
	})
	if err != nil {
		return missing(key, err.Error())
	}
	return text
}

// Has reports whether a message has that key, for texts that are chosen by a
// value from outside.
func (l *Locale) Has(key string) bool {
	_, plain := l.catalog.plain[key]
	return plain || l.catalog.formed[key]
}

// HasAny reports whether the key of some message begins so, for texts whose keys are made
// of a value.
func (l *Locale) HasAny(beginning string) bool {
	for key := range l.catalog.plain {
		if strings.HasPrefix(key, beginning) {
			return true
		}
	}
	for key := range l.catalog.formed {
		if strings.HasPrefix(key, beginning) {
			return true
		}
	}
	return false
}

func pairs(args []any) (map[string]any, error) {
	if len(args)%2 != 0 {
		return nil, fmt.Errorf("%d arguments are not name, value pairs", len(args))
	}
	data := make(map[string]any, len(args)/2)
	for i := 0; i < len(args); i += 2 {
		name, ok := args[i].(string)
		if !ok {
			return nil, fmt.Errorf("argument %d is not a name", i)
		}
		data[name] = args[i+1]
	}
	return data, nil
}

// missing is loud where a developer sees it and quiet where a person would.
func missing(key, reason string) string {
	if testing.Testing() {
		panic(fmt.Sprintf("message %q: %s", key, reason))
	}
	return key
}

var matcher = language.NewMatcher([]language.Tag{language.English, language.Romanian})

// Match returns the language code that suits an Accept-Language header best;
// English when none does or the header is nonsense. The library refuses headers
// that would take long to read.
func Match(acceptLanguage string) string {
	tags, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil {
		return English
	}
	_, index, _ := matcher.Match(tags...)
	return []string{English, Romanian}[index]
}
