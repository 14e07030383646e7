// Package process sets what belongs to the operating system's process: who may read the files that it makes, and how
// much memory it takes. It knows nothing of the product. Cli and the server call it.
package process
