"""The English of every page; `python -m shop.translations` compares it with the code."""
