"""Fills an empty database with the sample: `python -m shop.sample.devload URL`."""

import click
from rich.console import Console

from kernel import clock
from shop.sample import loader
from shop.settings import Settings, from_environment


@click.command()
@click.argument("url")
@click.option("--orders", default=loader.ORDERS, help="How many past orders to carry through.")
def devload(url: str, orders: int) -> None:
    """Migrate the database at URL and load the sample into it."""
    settings: Settings = from_environment({"DATABASE_URL": url})
    console = Console()

    def tell(stage: str, done: int, total: int) -> None:
        console.print(f"{stage}: {done}/{total}", highlight=False)

    console.print(loader.load(settings, tell, at=clock.now(), orders=orders).value)


if __name__ == "__main__":
    devload()
