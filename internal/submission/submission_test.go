package submission_test

import (
	"bytes"
	"testing"

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
