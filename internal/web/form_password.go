package web

import "frontdesk/internal/password"

// NewPassword reads a password that a person chooses, from the fields password and
// password_confirm, as it was typed to the last space. about is what others know of
// them.
func (f *Form) NewPassword(about password.About) string {
	typed := f.Value("password")
	switch wrong := password.Check(typed, about); {
	case typed == "":
		f.Reject("password", "field.required")
	case wrong != "":
		f.Reject("password", wrong)
	case password.Normal(f.Value("password_confirm")) != password.Normal(typed):
		f.Reject("password_confirm", "field.password_differs")
	}
	return typed
}
