package factor

import "frontdesk/internal/audit"

const (
	secondFactorCreate audit.Action = "second_factor_create"
	secondFactorDelete audit.Action = "second_factor_delete"
	secondFactorFail   audit.Action = "second_factor_fail"
	recoveryCodeCreate audit.Action = "recovery_code_create"
	recoveryCodeUse    audit.Action = "recovery_code_use"
	passkeyCreate      audit.Action = "passkey_create"
	passkeyDelete      audit.Action = "passkey_delete"
)

// Audit is how the logs know a second factor. A clinic reads that somebody of its own was left without one.
var Audit = audit.Noun{
	Kind: "second_factor", Icon: "shield-check",
	Platform: []audit.Action{secondFactorCreate, secondFactorFail},
	Both:     []audit.Action{secondFactorDelete},
	Words: map[string]audit.Word{
		"kind":           {Label: "audit.field_kind", Values: "audit.factor_"},
		"sessions_ended": {Label: "audit.field_sessions_ended"},
		"failures":       {Label: "audit.field_failures"},
		"passkey":        {Label: "audit.field_passkey"},
		"cloned":         {Label: "audit.field_cloned"},
		"app":            {Label: "audit.field_app"},
		"passkeys":       {Label: "audit.field_passkeys"},
		"recovery_codes": {Label: "audit.field_codes_left"},
	},
}

// RecoveryCodeAudit is how the logs know recovery codes.
var RecoveryCodeAudit = audit.Noun{
	Kind: "recovery_code", Icon: "key-round",
	Platform: []audit.Action{recoveryCodeCreate, recoveryCodeUse},
	Words: map[string]audit.Word{
		"codes":      {Label: "audit.field_codes"},
		"codes_left": {Label: "audit.field_codes_left"},
	},
}

// PasskeyAudit is how the logs know a passkey.
var PasskeyAudit = audit.Noun{
	Kind: "passkey", Icon: "key-round",
	Platform: []audit.Action{passkeyCreate, passkeyDelete},
	Words: map[string]audit.Word{
		"name":           {Label: "passkey.name"},
		"sessions_ended": {Label: "audit.field_sessions_ended"},
	},
}
