// Package youtube speaks to Google for channels: sign-in, the channel, its newest uploads and their
// counters, at three quota units for fifty videos. It refuses to guess: a count that is not
// in the answer is unknown, and which video is a Short is only told as far as the API allows.
//
// Facts: https://developers.google.com/youtube/v3/docs and
// https://developers.google.com/identity/protocols/oauth2/web-server (seen 2026-11).
package youtube
