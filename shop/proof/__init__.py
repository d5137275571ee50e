"""Claims and the runs that show them: `make verify`, `make experiment`, `make bench`.

Every module in experiments/ and benches/, and verify.py, registers its runs with
`runner.run_named`; `load` imports them all.
"""
