// Package notify sends mail, and messages to the places where alerts go: chats, webhooks, mail and error tracking. It
// does not decide when to send, nor what is said; alerts decides for alerts, connect and web for mail to people.
package notify
