"""What was recorded: avals, view structures, the log, the trace. No JAX here."""
