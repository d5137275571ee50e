"""Goods the law keeps out of this shop, whatever a seller calls them: tobacco above all."""

from datetime import datetime

from sqlalchemy.orm import Session

from kernel import policy
from kernel.clock import local_date
from kernel.errors import InvalidError

PARAM_WORDS = "refused_goods_words"


def refuse_words(session: Session, *texts: str, at: datetime) -> None:
    """Refuse names of goods that are not sold here; which words, the dated policy says.

    Categories that are refused as a whole are held by a trigger on products.
    """
    found = policy.list_in_force(session, [PARAM_WORDS], on=local_date(at))
    words = found.get(PARAM_WORDS, ())
    if any(word in text for word in words for text in texts):
        raise InvalidError("goods_refused", "goods of this kind are not sold here")
