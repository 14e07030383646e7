// Package store opens SQLite or PostgreSQL, brings the schema up to date, and gives the one transaction that the models
// and the queue share. It turns database errors into faults, and has what differs between the two databases.
//
// It decides nothing and knows no table by name, except for the counters of posts and to say what a copy holds. Every
// room with tables is given a Store by the application.
package store
