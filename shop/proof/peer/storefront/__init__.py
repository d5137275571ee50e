"""The peer of the storefront bench: django-oscar as it comes, in a process of its own."""
