package web_test

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"frontdesk/internal/fault"
	"frontdesk/internal/web"
	"frontdesk/views/ui"
)

func TestANameMustShowAndMayNotReadAsAnother(t *testing.T) {
	t.Parallel()
	for typed, wrong := range map[string]string{
		"Ștefan Țăndărică":               "",
		"<img src=x onerror=alert(1)>":   "",
		"דנה לוי":                        "",
		"می\u200cخواهم":                  "", // a joiner that Persian needs
		"👩\u200d⚕️ Ana":                  "",
		"e\u0301":                        "",
		" \u00a0\u3000 ":                 "field.required",
		"\u200b\u200b\u2060\ufeff":       "field.required",
		"\u3164\u2800":                   "field.required",
		"\u0301":                         "field.required",
		"Ana \u202egpj.exe":              "field.characters",
		"Ana \u2066x":                    "field.characters",
		"Ana\u2028Pop":                   "field.characters",
		"Ana\x1b[31m":                    "field.characters",
		"Ana\x7f":                        "field.characters",
		"Ana\nPop":                       "field.one_line",
		strings.Repeat("n", 201):         "field.too_long",
		strings.Repeat("\u200b", 10_000): "field.too_long",
	} {
		form := web.NewForm()
		form.Set("name", typed)
		form.RequiredText("name", 200)
		if said := form.Error("name"); said != wrong {
			t.Errorf("%.40q: %q, not %q", typed, said, wrong)
		}
	}
}

func TestTwoAddressesThatLookTheSameAreNotBothTaken(t *testing.T) {
	t.Parallel()
	for typed, wrong := range map[string]string{
		"ana@alfa.example": "", " Ana@Alfa.Example ": "", "ștefan@alfa.example": "",
		"an\u200ba@alfa.example": "field.email", "ana@alfa\u2060.example": "field.email", "ana\u00ad@alfa.example": "field.email", "an a@alfa.example": "field.email",
		"Ana <ana@alfa.example>": "field.email", "ana@alfa": "field.email",
	} {
		form := web.NewForm()
		form.Set("email", typed)
		form.RequiredEmail("email")
		if said := form.Error("email"); said != wrong {
			t.Errorf("%q: %q, not %q", typed, said, wrong)
		}
	}
}

func TestAFaultIsTheFormsWhenItNamesAFieldOnly(t *testing.T) {
	t.Parallel()
	form := web.NewForm()
	if form.RejectFault(fault.New(fault.Invalid, "")) || form.RejectFault(fault.New(fault.Conflict, "")) || form.Err() != nil {
		t.Error("what no field can say is taken for said")
	}
	named := fault.InvalidFields(map[string]string{"name": "field.required"})
	if !form.RejectFault(named) || form.Error("name") != "field.required" {
		t.Error("what the field can say is not")
	}
}

func TestAReasonOfNothingIsNone(t *testing.T) {
	t.Parallel()
	form := web.NewForm()
	form.Set("reason", strings.Repeat("\u200b", 20))
	if read := form.Lines("reason", 500); read != "" {
		t.Errorf("read %q", read)
	}
}

func TestAFormThatCameTooLateStandsBesideWhatIsStored(t *testing.T) {
	t.Parallel()
	stored := ui.Edit{ID: uuid.New(), Version: 7, Values: map[string]string{"name": "Theirs", "price": "10.00", "unread": "1"}}
	form := web.NewForm()
	form.Set("name", "Mine")
	form.Set("price", "10")
	known := web.Known{Stored: stored, Read: map[string]string{"name": "Mine", "price": "10.00"}}
	if shown := form.Edit(known); shown.Stored != nil || shown.ID != stored.ID || shown.Version == stored.Version || shown.Values["name"] != "Mine" {
		t.Errorf("a form that is only wrong is shown as %+v", shown)
	}
	if !form.RejectFault(fmt.Errorf("update: %w", fault.New(fault.Stale, ""))) || form.Status() != http.StatusConflict {
		t.Errorf("a row that moved on answers %d", form.Status())
	}
	shown := form.Edit(known)
	if shown.Version != 7 || shown.Values["name"] != "Mine" || shown.Values["price"] != "10" {
		t.Errorf("the form that came too late is shown as %+v", shown)
	}
	if !maps.Equal(shown.Stored, map[string]string{"name": "Theirs", "unread": "1"}) {
		t.Errorf("beside it stands %v", shown.Stored)
	}
}
