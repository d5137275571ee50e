"""Photos of goods in several widths."""

import re

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from catalog.listing import changes
from kernel.db import unit_of_work
from parties.values import SELLER_ROLES, Role
from shop.security import find_actor, public

pages = Blueprint("storefront_pictures", __name__)

STEM = re.compile(r"photo-[0-9a-f]{32}\Z")
LIFE_SECONDS = 31_536_000
AVIF = "image/avif"
WIDEST = 10_000


@pages.get("/photos/<stem>-<int:pixels>.webp")
@public
def show(stem: str, pixels: int) -> Response:
    """Send one photo; until a listing with it is approved, to its seller and reviewers only."""
    return _send(stem, pixels, is_wide=False)


@pages.get("/photos/<stem>/wide-<int:pixels>.webp")
@public
def show_wide(stem: str, pixels: int) -> Response:
    """Send one photo cut wide, for a banner."""
    return _send(stem, pixels, is_wide=True)


def _send(stem: str, pixels: int, *, is_wide: bool) -> Response:
    if not STEM.match(stem):
        raise NotFound
    actor = find_actor()
    codes = sorted(actor.organisation_codes(*SELLER_ROLES)) if actor else []
    is_reviewer = actor is not None and Role.OPERATOR in actor.roles
    with unit_of_work() as session:
        photo = changes.read_photo(
            session,
            stem,
            min(pixels, WIDEST),
            seller_codes=None if is_reviewer else codes,
            is_wide=is_wide,
            takes_avif=any(
                kind == AVIF and worth > 0 for kind, worth in request.accept_mimetypes
            ),
        )
    response = Response(photo.body, mimetype=AVIF if photo.is_avif else "image/webp")
    # Who knows AVIF is sent it under the same address.
    response.vary.add("Accept")
    if photo.is_public:
        # An address never shows another picture.
        response.cache_control.public = True
        response.cache_control.max_age = LIFE_SECONDS
        response.cache_control.immutable = True
    else:
        response.cache_control.no_store = True
    return response
