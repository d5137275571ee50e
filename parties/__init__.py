"""Who acts: people, organisations, and the roles a person holds in an organisation or a region.

Words: Person, Organisation, Membership, Role, Channel. This domain does not know what anybody
sells, buys or earns; households, orders and pairings point at it.
"""
