"""The data the shop starts with: reference rows every installation needs, and a sample trade.

`loader.load` is the one entry: it validates every file, writes the reference rows, then the
fictitious organisations, households and goods, and carries past orders through the same
workflows as live ones. Sample rows carry `is_sample` and pages say 样例数据.
"""
