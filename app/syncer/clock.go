package syncer

import "time"

// wrong is how far ahead of our clock a moment may be that another process has written as "now": replicas agree to
// within seconds. What is further ahead was written while a clock was wrong.
const wrong = 10 * time.Minute
