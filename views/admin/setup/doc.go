// Package setup holds an admin's pages about the installation: the setup check with its checklists, and the demo's
// faults. The web pages of admins show them.
package setup
