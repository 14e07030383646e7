// Package instagram speaks to the Instagram API with Instagram Login: sign-in, the professional
// account, its newest media and their insights, at two calls a day. It refuses to guess: a count
// that is not in the answer is unknown, and it never follows a paging link, which carries the token.
//
// Facts: https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login
// (seen 2026-11).
package instagram
