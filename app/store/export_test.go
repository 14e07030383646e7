package store

// What the tests of this room look at from outside.
const KeptStatements = keptStatements

// Kept is how many statements a connection keeps.
func Kept(conn any) int { return len(conn.(*keepingConn).kept) }

// Lent is how many of the statements that a connection keeps are in use.
func Lent(conn any) (n int) {
	for _, e := range conn.(*keepingConn).kept {
		if e.Value.(*keptStatement).lent {
			n++
		}
	}
	return n
}
