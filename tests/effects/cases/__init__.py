"""The cases of test_stale_state.py, by what it is that changes between two calls."""
