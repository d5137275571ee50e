"""How counts of households and parts of a price are told to everybody."""

from flask_babel import gettext as _

from households.values import PartyKind
from shop.storefront.split import PackSplit


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
    return str(_("%(n)s 户", n=households))


def split_parts(split: PackSplit) -> list[tuple[str, int]]:
    """Return the named parts of a price in fen, the place of origin first."""
    return [(party_name(share.party_kind), share.minor) for share in split.shares]


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
