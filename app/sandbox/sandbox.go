// Package sandbox is the pretend world behind the three platforms: accounts with a believable
// past, their growth, the grants they gave, the consent page, planted faults and a count of every
// call. It mounts the platforms' faces and imports none of them.
package sandbox
