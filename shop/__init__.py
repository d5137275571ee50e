"""The faces of the shop: pages, API, tasks and commands; whatever knows Flask lives here."""
