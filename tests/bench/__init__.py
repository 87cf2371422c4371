"""Benchmarks: figures as ratios against a baseline of the same run, with absolute figures beside them."""
