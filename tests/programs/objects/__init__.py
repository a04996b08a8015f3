"""Programs written with classes; see `tests.programs`."""
