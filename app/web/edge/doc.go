// Package edge is what every page and JSON route of the web server shares. It owns the request's id and headers, the
// browser's session, who is asking and whether they may, the shape of pages, and the one place where an error becomes
// an answer. It knows no page and no rule of the domain. The packages visitors, creators, admins and machines embed
// *Edge; package web puts them together.
package edge
