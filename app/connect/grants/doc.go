// Package grants keeps the access that creators gave alive: it seals their tokens, renews them, notices when a grant is
// over, and knows which platforms refuse this installation at present. It is the only room that opens the vault, and
// under connect it is the one writer of a connection's tokens, of the state of its access and of its timeline. It
// begins and ends no connection: connect does, which is made of it. The syncer asks it for tokens.
//
// Tokens are bound to their row, field and version when they are sealed, so one that was copied to another row does not
// open. A renewed pair is written to a file beside the database (the spool) before it is saved, because a platform that
// rotates tokens does not give it twice.
package grants
