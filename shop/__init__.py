"""The faces of the shop: pages, API, tasks and commands; everything that knows Flask lives here."""
