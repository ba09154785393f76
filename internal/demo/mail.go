package demo

import (
	"fmt"
	"strings"
	"time"

	"frontdesk/internal/db"
)

// mailRows are a clinic's conversations and their messages.
type mailRows struct {
	conversations db.DemoConversationInsertParams
	messages      db.DemoMessageInsertParams
}

// threads are what clients write, and what the clinic answers.
var threads = []struct{ subject, question, answer string }{
	{"Programare săptămâna viitoare", "Bună ziua,\n\nAș dori o programare pentru consultație săptămâna viitoare, de preferat dimineața. Este posibil?\n\nMulțumesc!", "Bună ziua,\n\nDa, avem loc marți la 9:30. Vă așteptăm!\n\nRecepția"},
	{"Rezultate analize", "Bună ziua, am primit rezultatele analizelor. Le pot trimite înainte de control?\n\nO zi bună", "Bună ziua,\n\nSigur, le puteți atașa la un răspuns la acest mesaj.\n\nRecepția"},
	{"Reprogramare", "Din păcate nu mai pot ajunge joi. Putem muta programarea pe vineri?", "Am mutat programarea vineri, la aceeași oră.\n\nRecepția"},
	{"Invoice for last visit", "Hello,\n\ncould you please send me the invoice for my last visit? My insurance asks for it.\n\nKind regards", "Hello,\n\nof course, we will send it today.\n\nThe front desk"},
	{"Question about physiotherapy", "Hi, do I need a referral for physiotherapy, and how long does a session take?", "Hi,\n\nno referral is needed; a session takes 60 minutes.\n\nThe front desk"},
	{"Preț igienizare", "Bună ziua, cât costă o igienizare completă și cât durează?", "Bună ziua,\n\nIgienizarea costă 350 lei și durează 45 de minute.\n\nRecepția"},
}

// addMail makes conversations of one question, or of a question and its answer,
// the latest from yesterday evening: whatever the hour now, the rows are the same
// and none is from the future.
func (g *generator) addMail(made *rows, count int, today time.Time) {
	made.mailbox = db.DemoMailboxInsertParams{ID: g.id(), Name: "Recepție", Address: "reception@clinica-aurora.example"}
	if len(made.clients.Ids) == 0 {
		return
	}
	at := today.Add(-6 * time.Hour)
	for n := 0; len(made.mail.messages.Ids) < count; n++ {
		answered := n%2 == 1 && len(made.mail.messages.Ids)+1 < count
		g.addConversation(made, n, at, answered)
		at = at.Add(-time.Duration(40+g.random.IntN(400)) * time.Minute)
	}
	made.mail.conversations.MailboxID, made.mail.messages.MailboxID = made.mailbox.ID, made.mailbox.ID
}

func (g *generator) addConversation(made *rows, n int, at time.Time, answered bool) {
	thread, who := threads[n%len(threads)], g.random.IntN(len(made.clients.Ids))
	address, name := made.clients.Emails[who], made.clients.FirstNames[who]+" "+made.clients.LastNames[who]
	conversations, id := &made.mail.conversations, g.id()
	conversations.Ids = append(conversations.Ids, id)
	conversations.Subjects = append(conversations.Subjects, thread.subject)
	conversations.Addresses = append(conversations.Addresses, address)
	conversations.Names = append(conversations.Names, name)
	conversations.Latest = append(conversations.Latest, at)
	conversations.Unread = append(conversations.Unread, !answered && n < 8)

	add := func(direction, fromName, fromAddress, body, delivery string, sent time.Time) {
		messages := &made.mail.messages
		messages.Ids = append(messages.Ids, g.id())
		messages.ConversationIds = append(messages.ConversationIds, id)
		messages.Directions = append(messages.Directions, direction)
		messages.MessageIds = append(messages.MessageIds, fmt.Sprintf("demo-%s-%s", strings.ToLower(direction), g.id()))
		messages.FromNames = append(messages.FromNames, fromName)
		messages.FromAddresses = append(messages.FromAddresses, fromAddress)
		messages.Subjects = append(messages.Subjects, thread.subject)
		messages.Sent = append(messages.Sent, sent)
		messages.Bodies = append(messages.Bodies, body)
		messages.Deliveries = append(messages.Deliveries, delivery)
	}
	if answered {
		add("in", name, address, thread.question, "received", at.Add(-35*time.Minute))
		add("out", made.mailbox.Name, made.mailbox.Address, thread.answer, "sent", at)
		return
	}
	add("in", name, address, thread.question, "received", at)
}
