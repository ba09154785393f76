package audit_test

import (
	"strings"
	"testing"

	"frontdesk/internal/audit"
)

func TestANounThatTheLogsCouldNotShowFailsTheWiring(t *testing.T) {
	t.Parallel()
	client := audit.Noun{Kind: "client", Icon: "user", Page: "/clients/:id", Clinic: []audit.Action{"client_create"}, Words: map[string]audit.Word{"name": {Label: "client.name"}}}
	with := func(change func(*audit.Noun)) audit.Noun {
		noun := client
		change(&noun)
		return noun
	}
	for message, nouns := range map[string][]audit.Noun{
		"":                                 {client},
		"client_create is declared twice":  {client, with(func(n *audit.Noun) { n.Kind = "clien" })},
		"this kind is declared twice":      {client, with(func(n *audit.Noun) { n.Clinic = []audit.Action{"client_read"} })},
		"client_fly has no sentence in ro": {with(func(n *audit.Noun) { n.Both = []audit.Action{"client_fly"} })},
		`no icon is called "unicorn"`:      {with(func(n *audit.Noun) { n.Icon = "unicorn" })},
		`the action "provider_create" is not the kind`: {with(func(n *audit.Noun) { n.Platform = []audit.Action{"provider_create"} })},
		`the action "client_É" is not the kind`:        {with(func(n *audit.Noun) { n.Platform = []audit.Action{"client_É"} })},
		"the field name has no words in en":            {with(func(n *audit.Noun) { n.Words = map[string]audit.Word{"name": {Label: "client.soul"}} })},
		"no value of the field status has words in ro": {with(func(n *audit.Noun) {
			n.Words = map[string]audit.Word{"status": {Label: "client.name", Values: "client.soul_"}}
		})},
		`no route shows one by its id at "/client"`:     {with(func(n *audit.Noun) { n.Page = "/client" })},
		`no route shows one by its id at "/horses/:id"`: {with(func(n *audit.Noun) { n.ConsolePage = "/horses/:id" })},
	} {
		registry, err := audit.NewRegistry(nouns...)
		if err == nil {
			err = registry.CheckPages([]string{"/client", "/clients", "/clients/:id"})
		}
		if (err == nil) != (message == "") || err != nil && !strings.Contains(err.Error(), message) {
			t.Errorf("%q: %v", message, err)
		}
	}
}
