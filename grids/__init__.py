"""Management grids: codes, the partition engine, division, checks, workers and their assignment. Pure."""
