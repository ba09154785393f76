package submission_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/uuid"

	"frontdesk/internal/submission"
)

func TestTwoFormsAreTheSameWhenAllTheirFieldsAre(t *testing.T) {
	t.Parallel()
	id := uuid.New()
	first := submission.New(id, map[string][]string{"name": {"Ana"}, "ids": {"1", "2"}})
	if again := submission.New(id, map[string][]string{"ids": {"1", "2"}, "name": {"Ana"}}); !bytes.Equal(first.Content, again.Content) {
		t.Error("the same form is another")
	}
	for _, other := range []map[string][]string{
		{"name": {"Ana"}, "ids": {"2", "1"}}, {"name": {"Ana"}, "ids": {"12"}}, {"name": {"Ana"}, "ids": {"1"}}, {"name": {"Ana2"}, "ids": {"1", "2"}},
		{"name": {"Ana"}}, {"nameAna": {}, "ids": {"1", "2"}}, {"name": {"Ana", "3:ids", "1", "2"}}, {},
	} {
		if bytes.Equal(first.Content, submission.New(id, other).Content) {
			t.Errorf("%v is the same", other)
		}
	}
	if bytes.Equal(first.Content, submission.New(uuid.New(), map[string][]string{"name": {"Ana"}, "ids": {"1", "2"}}).Content) {
		t.Error("the content tells by itself what it is of")
	}
}

func TestAFormIsOldADayBeforeItsKeyIsForgotten(t *testing.T) {
	t.Parallel()
	shown := submission.Key{ID: submission.NewID()}
	for age, old := range map[time.Duration]bool{0: false, submission.Kept - 25*time.Hour: false, submission.Kept - 23*time.Hour: true, 20 * submission.Kept: true, -time.Hour: false} {
		if got := shown.IsOld(time.Now().Add(age)); got != old {
			t.Errorf("after %s it is old: %t", age, got)
		}
	}
	for name, id := range map[string]uuid.UUID{"a script's": uuid.New(), "one with a time": uuid.Must(uuid.NewV7()), "none": uuid.Nil} {
		if (submission.Key{ID: id}).IsOld(time.Now().AddDate(100, 0, 0)) {
			t.Errorf("%s is old", name)
		}
	}
}
