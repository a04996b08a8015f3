"""The programs and the table of ``python -m npjit demo``; only the CLI imports it."""
