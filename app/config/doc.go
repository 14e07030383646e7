// Package config reads the environment once, checks every value, and hands out plain values. A value that cannot be
// used is refused in one line that names the variable, what is wrong and an example.
//
// It keeps no globals and reads nothing later. Which settings a platform has is declared by the platform (Declared, in
// its Spec); the command line passes these declarations in. The commands are the only callers of Load, Examine and
// Environ; all other rooms are given values.
package config
