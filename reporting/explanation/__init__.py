"""Why one entitlement is what it is, from its source to the bank, step by step.

values.py holds what is told, sums.py works the amounts out anew, reading.py brings both
together for one reader. Others' names, numbers and amounts never leave this package: of those
who shared with the reader only how many they are and what they weigh together.
"""
