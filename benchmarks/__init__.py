"""How fast simrun is, in ratios within one run: `python -m benchmarks`."""
