// Package instagramfake is Instagram's fake over the sandbox world: the Instagram API with
// Instagram Login, as documented and recorded up to November 2026. It never imports its adapter:
// two witnesses, not one.
package instagramfake
