package platform

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/fault"
)

// PKCEMethod is a way to make a challenge of a verifier. The request names both of them S256.
type PKCEMethod string

// The ways there are.
const (
	PKCENone PKCEMethod = ""     // no challenge is sent
	PKCES256 PKCEMethod = "S256" // base64url without padding, RFC 7636
	PKCEHex  PKCEMethod = "hex"  // lower-case hex, TikTok's desktop flow
)

// ChallengeMethod is how a challenge is made for this platform under these settings: the PKCE option
// where there is one, else what the spec says.
func (s Spec) ChallengeMethod(p config.Platform) PKCEMethod {
	switch p.Options["PKCE"] {
	case "off":
		return PKCENone
	case "hex":
		return PKCEHex
	case "base64url":
		return PKCES256
	default:
		return s.PKCE
	}
}

// Challenge makes the challenge of a verifier; empty when the method takes none.
func Challenge(method PKCEMethod, verifier fault.Secret) string {
	sum := sha256.Sum256([]byte(verifier.Reveal()))
	switch method {
	case PKCES256:
		return base64.RawURLEncoding.EncodeToString(sum[:])
	case PKCEHex:
		return hex.EncodeToString(sum[:])
	default:
		return ""
	}
}
