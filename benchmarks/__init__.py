"""Benchmarks: `python -m benchmarks` prints figures and ratios measured in one run. Nothing is asserted."""
