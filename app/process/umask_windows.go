package process

// Private does nothing on Windows: files there have the rights of their folder.
func Private() {}
