"""How counts of households and parts of a price are told to everybody."""

from collections.abc import Iterable

from flask_babel import gettext as _

from households.queries.trail import DisclosedShare
from households.values import PartyKind
from kernel.disclosure import EXACT_FROM, rounded

ORDER = (
    PartyKind.HOUSEHOLD,
    None,
    PartyKind.COOPERATIVE,
    PartyKind.VILLAGE,
    PartyKind.LOGISTICS,
    PartyKind.PLATFORM,
)


def household_count(households: int, *, minimum: int | None) -> str:
    """Write how many households stand behind something, or that they are too few to tell.

    Without a minimum in force nothing is told.
    """
    if not households:
        return "—"
    if minimum is None:
        return str(_("不公开"))
    if households < minimum:
        return str(_("少于 %(n)s 户", n=minimum))
    told = rounded(households)
    return str(_("约 %(n)s 户", n=told) if told < EXACT_FROM else _("%(n)s 户", n=told))


def named_shares(shares: Iterable[DisclosedShare]) -> list[tuple[str, int]]:
    """Return the named parts of a sum in fen, the place of origin first."""
    ordered = sorted(shares, key=lambda share: ORDER.index(share.party_kind))
    return [(party_name(share.party_kind), share.minor) for share in ordered]


def party_name(kind: PartyKind | None) -> str:
    """Name a kind of party; None is the place of origin as a whole."""
    names: dict[PartyKind | None, str] = {
        PartyKind.HOUSEHOLD: _("农户"),
        PartyKind.COOPERATIVE: _("合作社等卖家"),
        PartyKind.VILLAGE: _("村集体"),
        PartyKind.LOGISTICS: _("物流与冷链"),
        PartyKind.PLATFORM: _("平台服务"),
        None: _("产地（农户、卖家与村集体）"),
    }
    return names[kind]
