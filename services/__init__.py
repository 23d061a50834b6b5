"""One function per act of a user. A function gets a unit of work and a principal, checks the right, asks the pure rooms, commits."""
