"""The JSON interface under /api/v1: catalogue, orders, shipments, readings of loggers.

Each module is one blueprint; `contract` says what an operation takes and answers, once, for
reading input and for the document alike; `openapi` writes the document.
"""
