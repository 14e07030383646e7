// Package tiktok speaks to TikTok's Login Kit and Display API: sign-in, the profile and the newest
// public posts with their four counters, at two calls a day. It asks only for the fields whose
// permission was granted, because one field too many fails a whole call.
//
// Facts: https://developers.tiktok.com/doc/login-kit-web and
// https://developers.tiktok.com/doc/tiktok-api-v2-video-list (seen 2026-11).
package tiktok
