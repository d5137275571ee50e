"""Prints how many statements each address of the peer takes: `python count.py ADDRESS …`."""

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "storefront.settings")
django.setup()

from django.db import connection  # noqa: E402 -- after django is set up
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

for address in sys.argv[1:]:
    client = Client()
    client.get(address)
    with CaptureQueriesContext(connection) as taken:
        answer = client.get(address)
    if answer.status_code != 200:  # noqa: PLR2004
        sys.exit(f"{address} answers {answer.status_code}")
    print(len(taken), flush=True)
