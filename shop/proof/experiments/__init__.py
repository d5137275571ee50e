"""Counted experiments: concurrency, crashes, fuzzing, simulation; one module each."""
