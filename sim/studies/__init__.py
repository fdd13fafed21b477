"""Questions that take more than one experiment: a key swept over values, the same arms in several scenarios."""
