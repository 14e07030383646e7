// Package tiktokfake is TikTok's fake over the sandbox world: Login Kit's consent and token
// endpoints and the Display API, as documented and recorded up to November 2026. It never imports
// its adapter: two witnesses, not one.
package tiktokfake
