package browser_test

import (
	"context"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// device is what keeps somebody's passkeys, and recognises them: a telephone or
// laptop that Chromium plays.
type device struct {
	*person
	id webauthn.AuthenticatorID
}

// addDevice gives the person's browser a device that recognises them at once.
func (p *person) addDevice() *device {
	p.t.Helper()
	command(p, webauthn.Enable, webauthn.EnableParams{})
	made := command(p, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
		HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
	}})
	return &device{p, made.AuthenticatorID}
}

// command has the browser do something that a page cannot.
func command[P, R any](p *person, method cdp.Command[P, R], parameters P) R {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.page, patience)
	defer cancel()
	answer, err := chromedp.Call(ctx, method, parameters)
	if err != nil {
		p.t.Fatalf("%s: %v", method.Method, err)
	}
	return answer
}

// recognises is whether the device takes who is in front of it for its owner.
func (d *device) recognises(owner bool) {
	d.t.Helper()
	command(d.person, webauthn.SetUserVerified, webauthn.SetUserVerifiedParams{AuthenticatorID: d.id, IsUserVerified: owner})
}

// touched is whether somebody touches the device when it asks for that.
func (d *device) touched(soon bool) {
	d.t.Helper()
	command(d.person, webauthn.SetAutomaticPresenceSimulation, webauthn.SetAutomaticPresenceSimulationParams{AuthenticatorID: d.id, Enabled: soon})
}

// passkey is the one passkey that the device keeps.
func (d *device) passkey() *webauthn.Credential {
	d.t.Helper()
	kept := command(d.person, webauthn.GetCredentials, webauthn.GetCredentialsParams{AuthenticatorID: d.id}).Credentials
	if len(kept) != 1 {
		d.t.Fatalf("the device keeps %d passkeys", len(kept))
	}
	return kept[0]
}

// count makes the passkey believe that it was used so often, as a copy does that was
// made then.
func (d *device) count(uses float64) {
	d.t.Helper()
	passkey := d.passkey()
	command(d.person, webauthn.RemoveCredential, webauthn.RemoveCredentialParams{AuthenticatorID: d.id, CredentialID: passkey.CredentialID})
	command(d.person, addCredential, addCredentialParameters{AuthenticatorID: d.id, Credential: credential{
		CredentialID: passkey.CredentialID, IsResidentCredential: true, RpID: passkey.RpID, PrivateKey: passkey.PrivateKey,
		UserHandle: passkey.UserHandle, SignCount: uses,
	}})
}

// addCredential is webauthn.AddCredential without the fields that Chromium takes from
// a device of another kind alone, also when they are false.
var addCredential = cdp.Command[addCredentialParameters, cdp.Empty]{Method: webauthn.CommandAddCredential}

type addCredentialParameters struct {
	AuthenticatorID webauthn.AuthenticatorID `json:"authenticatorId"`
	Credential      credential               `json:"credential"`
}

type credential struct {
	CredentialID         []byte  `json:"credentialId"`
	IsResidentCredential bool    `json:"isResidentCredential"`
	RpID                 string  `json:"rpId"`
	PrivateKey           []byte  `json:"privateKey"`
	UserHandle           []byte  `json:"userHandle"`
	SignCount            float64 `json:"signCount"`
}

// addPasskey makes a passkey on the page of second factors, the person's first one.
func (p *person) addPasskey(name string) {
	p.t.Helper()
	p.open("/second-factor")
	p.fill("Name", name)
	p.press("Add a passkey")
	p.at("/second-factor/recovery-codes")
	p.press("I have kept them")
	p.at("/second-factor")
	p.see(name)
}

// signOut leaves by the account's menu.
func (p *person) signOut() {
	p.t.Helper()
	p.pressSelector(".account")
	p.press("Sign out")
	p.at("/login")
	// What the page had asked by itself may be answered after that, and lead here with the
	// page that was left as the next one.
	p.open("/login")
}
