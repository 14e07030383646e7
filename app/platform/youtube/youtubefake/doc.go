// Package youtubefake is YouTube's fake over the sandbox world: Google's consent and token
// endpoints and the four lists of the Data API, as documented and recorded up to November 2026. It
// never imports its adapter: two witnesses, not one.
package youtubefake
