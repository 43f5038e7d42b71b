"""The specification: pure values and functions, no I/O, threads, clock or randomness."""
