package platform

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"

	"github.com/truecount/truecount/app/config"
	"github.com/truecount/truecount/app/fault"
)

// Ways to make a challenge of a verifier. The request names both S256.
const (
	PKCENone = ""     // no challenge is sent
	PKCES256 = "S256" // base64url without padding, RFC 7636
	PKCEHex  = "hex"  // lower-case hex, TikTok's desktop flow
)

// ChallengeMethod is how a challenge is made for this platform under these settings: the PKCE option
// where there is one, else what the spec says.
func (s Spec) ChallengeMethod(p config.Platform) string {
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
func Challenge(method string, verifier fault.Secret) string {
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
