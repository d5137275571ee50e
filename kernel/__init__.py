"""What never changes: money, time, places, sessions, facts and refusals.

The kernel knows no domain. Everything above may lean on it; it leans on nothing here.
"""
