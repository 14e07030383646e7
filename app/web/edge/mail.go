package edge

// ResetMail says who asked for a link, and what to do if that was somebody else.
func ResetMail(name, who, link, life string) string {
	return "Hello " + name + ",\n\n" + who + " With it you set a new password for Truecount; it works once, for " + life + ":\n\n" + link +
		"\n\nIf you did not ask for it, you need not do anything, and the old password goes on.\n"
}
