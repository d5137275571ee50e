"""Enterprise and budget-unit buyers: their pledges, pairings and orders."""
