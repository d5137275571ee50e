"""Who promised to help whom: assistance groups, pairings, pledges and their drawdowns.

Words: AssistanceGroup (帮扶集团), Pairing (结对), Pledge (a promise to buy), Drawdown (what a
paid order took off a pledge). The purchase column is computed from orders.
"""
