"""The JSON interface under /api/v1: catalogue, orders, receipts, shipments, readings, and more.

Each module is one blueprint; `contract` says what an operation takes and answers, once, for
reading input and for the document alike; `openapi` writes the document.
"""
