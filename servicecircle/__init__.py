"""Who can walk to what: reach, intervals, circles, coverage, siting, supply. Pure."""
