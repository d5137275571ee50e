"""`python -m shop`: the commands of the shop."""

from shop.cli import shanji

if __name__ == "__main__":
    shanji()
