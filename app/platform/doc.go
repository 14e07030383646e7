// Package platform is the contract with a social platform: what an adapter must do (Platform and the optional
// interfaces), what it says about itself as data (Spec), and the values that cross the border: Token, Profile,
// PostQuery, Batch, Error.
//
// It owns no table and makes no call. It refuses to know any platform by name: what is true of one platform alone
// stands in that platform's folder below this one, and the list of them is in platform/all. Connect asks adapters for
// tokens and profiles, the syncer for profiles, posts and insights, doctor for probes; pages and read models ask a
// Registry for Specs.
package platform
