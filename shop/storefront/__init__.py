"""The shop for consumers: browse, basket, checkout, payment, orders."""
