"""`python -m shop.translations`: bring the catalogue in line and say what it lacks."""

import sys

import click

from shop.translations import catalogue


@click.command()
def translations() -> None:
    """Add new messages to the English catalogue, drop unused ones, and list what is open."""
    english = catalogue.refresh()
    gaps = catalogue.find_gaps(catalogue.collect(), english)
    for gap in gaps:
        click.echo(f"{gap.kind}: {gap.text}")
    click.echo(f"{len(english)} messages, {len(gaps)} to mend in {catalogue.SHOWN}")
    sys.exit(bool(gaps))


if __name__ == "__main__":
    translations()
