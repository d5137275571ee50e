"""What the shop's pages read of the catalogue: cards, facets, shelves, a product, places.

Every read is one statement written at import. The SQL stands in text because these are the
statements the shop lives on: what is measured is what is written here.
"""
