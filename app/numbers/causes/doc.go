// Package causes owns why a platform's app may show another number than Truecount: it reads what a person typed, and
// puts the likely reasons in order from facts that are held. It is pure: it reads no database, asks no platform and
// stores nothing of what was typed. Package numbers gathers the facts, and the creator's pages show the answer.
package causes
