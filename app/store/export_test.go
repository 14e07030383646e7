package store

// What the tests of this room look at from outside.
const KeptStatements = keptStatements

// Kept is how many statements a connection keeps.
func Kept(conn any) int { return len(conn.(*keepingConn).kept) }
