// Package machines answers programs that are no creator: probes, Prometheus, an outside clock, the platforms' webhooks,
// and whoever reads the OpenAPI document. Package web puts the methods into its table of routes.
package machines
