// Package numbers owns every figure that leaves the program: what it is called, what it means, how it follows from
// readings, how sure it is, and why it is missing. Pages, the JSON routes and the API ask it the same question and get
// the same Value. It reads only: the syncer writes readings and running totals.
//
// A Value never holds a number that nothing was read for: a part that is missing makes the whole partial, and where all
// parts are missing there is no number. The question takes the creator's id first; what is not theirs is not there.
//
// The figures of a period follow from the readings at its two ends. Which reading closes a day is decided by package
// reading. Nothing is interpolated, and a platform's own daily figures keep the platform's days.
package numbers
