"""Finding goods by words: Chinese, traditional characters, pinyin, initials and English.

Documents and queries go through the same analysis, which stands above the engine; the engine
(Whoosh) only keeps and ranks tokens. The index is a disposable copy of the catalogue: it can be
deleted at any time and is built anew from the database. Without it the shop still searches
names, less cleverly.
"""

import warnings
from importlib import import_module

# Whoosh 2.7.4 is from 2016: compiling it for the first time warns of habits of that time, also
# in parts it only loads when it first writes.
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    for _part in ("index", "analysis", "query", "codec.whoosh3"):
        import_module(f"whoosh.{_part}")
