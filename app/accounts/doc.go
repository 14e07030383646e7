// Package accounts tells a creator how their connected accounts stand: up to date, delayed, waiting, with limited
// access or ended, since when, why, what happens next and what they can do, and which numbers are missing for that
// reason. It reads connections, schedules, runs and profiles, and writes nothing. It knows no figure over time: that is
// analytics, which is made of it. The creator's pages and their JSON twins ask it.
package accounts
