"""Measurements; see bench/RESULTS.md."""
