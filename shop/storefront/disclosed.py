"""How counts of households and parts of a price are told to everybody."""

from collections.abc import Iterable

from flask_babel import gettext as _

from households.values import PartyKind
from kernel.disclosure import EXACT_FROM, DisclosurePolicy, HouseholdGroup, count_shown
from reporting.rules.flows import DisclosedShare

ORDER = (
    PartyKind.HOUSEHOLD,
    None,
    PartyKind.COOPERATIVE,
    PartyKind.VILLAGE,
    PartyKind.LOGISTICS,
    PartyKind.PLATFORM,
)


def household_count(group: HouseholdGroup, shown: DisclosurePolicy) -> str:
    """Write how many households stand behind something, or that it is not told.

    Too few and too lopsided read alike: which of them it is would tell something by itself.
    """
    if not group.households:
        return "—"
    told = count_shown(group, shown)
    if told is None:
        return str(_("不公开"))
    return str(_("约 %(n)s 户", n=told) if told < EXACT_FROM else _("%(n)s 户", n=told))


def driven_count(households: int, shown: DisclosurePolicy) -> str:
    """Write how many households somebody says to drive, told as exactly as any other count."""
    return household_count(HouseholdGroup(households), shown)


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
