// Package console makes the admin's read models: the sync-health page, the lists of syncs, failures and connections,
// the story of one sync and of one connection, and the findings of the setup check.
//
// It reads only, and shows states, times and counts, never a creator's numbers and never a token. Facts and judgement
// are health's, forecasts capacity's; what an admin does is done by the rooms that own it. Web calls it, and
// views/admin shows what it gives.
package console
