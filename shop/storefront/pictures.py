"""Photos of goods in several widths."""

import re

from flask import Blueprint, Response
from werkzeug.exceptions import NotFound

from catalog.listing import changes
from kernel.db import unit_of_work
from parties.values import SELLER_ROLES, Role
from shop.security import find_actor, public

pages = Blueprint("storefront_pictures", __name__)

STEM = re.compile(r"photo-[0-9a-f]{32}\Z")
LIFE_SECONDS = 31_536_000


@pages.get("/photos/<stem>-<int:pixels>.webp")
@public
def show(stem: str, pixels: int) -> Response:
    """Send one photo; until a listing with it is approved, to its seller and reviewers only."""
    if not STEM.match(stem):
        raise NotFound
    actor = find_actor()
    codes = sorted(actor.organisation_codes(*SELLER_ROLES)) if actor else []
    is_reviewer = actor is not None and Role.OPERATOR in actor.roles
    with unit_of_work() as session:
        webp, is_public = changes.read_photo(
            session, stem, pixels, seller_codes=None if is_reviewer else codes
        )
    response = Response(webp, mimetype="image/webp")
    if is_public:
        # An address never shows another picture.
        response.cache_control.public = True
        response.cache_control.max_age = LIFE_SECONDS
        response.cache_control.immutable = True
    else:
        response.cache_control.no_store = True
    return response
