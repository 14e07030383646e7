package door

import "github.com/truecount/truecount/app/words"

// LoginForm is the sign-in form as sent, and why it came back.
type LoginForm struct {
	Email  string
	Error  string                // one sentence over the form
	Fields map[string]words.Text // field name -> sentence next to it
	Demo   []DemoUser            // offered only by the sandbox on loopback
}

// DemoUser is a sign-in of the sandbox, shown in the open.
type DemoUser struct {
	Email    string
	Password string
	Role     string // "creator", "admin"
}

// SetupForm makes the first admin.
type SetupForm struct {
	Token  string // from the one-time link
	Name   string
	Email  string
	Error  string
	Errors map[string]words.Text // field name -> sentence next to it
}
