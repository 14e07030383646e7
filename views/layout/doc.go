// Package layout owns what surrounds every page: the shell with its navigation, the frame of pages before signing in,
// flash lines, toasts and the error page. It knows who looks and where they are, and refuses to know any number. Web
// and all other views use it.
package layout
