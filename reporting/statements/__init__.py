"""Statements of parties: what each earned, what was paid, and that the ledger says the same.

household.py is one household's year, accounts.py the accounts of any party month by month.
Both read entitlements and settlements on one side and the ledger on the other, and say by how
much they differ.
"""
