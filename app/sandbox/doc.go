// Package sandbox is a made-up world behind the platforms: accounts with a believable past, their growth, the grants
// they gave, the consent page, faults that a person can add, and a count of every call.
//
// What is true is decided here; what a platform's answer looks like is decided by its fake, which brings its accounts
// and traits when it is mounted. The package imports no fake and no adapter. It keeps no secret: codes live in memory
// alone, and tokens are stored as digests in an append-only journal. The application mounts it below
// /sandbox/{platform}/ when the sandbox is on; tests and the conformance suite open worlds of their own.
package sandbox
