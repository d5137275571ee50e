"""Every column about people stands in the inventory, and only one module opens identities."""

import re
from pathlib import Path

from sqlalchemy import Column

from kernel.vault import SealedText
from shop.migrations.metadata import target
from shop.settings import CHECKOUT
from tests.architecture.source import modules

INVENTORY = Path(CHECKOUT, "docs", "privacy.md")
ROW = re.compile(
    r"^\| `(\w+\.\w+)` \| (.) \| (sealed|readable) \| (.+) \| (.+) \|$", re.MULTILINE
)
NAMED = re.compile(
    r"person|household|^actor$|^looker$|^hold_key$|caller|_by$|login|password|recipient|phone|email|street"
    r"|id_number|bank_account|display_name|waybill_number"
)
PEOPLE = frozenset({"people", "households"})
# Who reads or writes the table of identities; everybody else asks one of these.
OPENERS = frozenset(
    {
        "households/models/__init__.py",
        "households/models/register.py",
        "households/service/looks.py",
        "households/service/register.py",
        # Asks whether there is an account to pay to, and opens nothing.
        "payments/service/closing.py",
        "workflows/retention.py",
    }
)
# Every face or report that shows figures of many households, and what it shows them through.
FIGURES = frozenset(
    {
        "reporting/benefits.py",
        "reporting/rules/sources.py",
        "reporting/measures.py",
        "reporting/notices.py",
        "reporting/register/figures.py",
        "reporting/trail.py",
        "shop/api/catalog.py",
        "shop/oversight/contracts.py",
        "shop/storefront/disclosed.py",
        "shop/storefront/home.py",
        "shop/storefront/split.py",
    }
)
# What is exact: for the operator's own checks and for staff that pays, never for the public.
EXACT = frozenset({"reporting/desk/orders.py"})
COUNTS = re.compile(
    r"household_id\.distinct|HouseholdGroup\(|DISTINCT household_id"
    r"|count\(\*\) FROM lot_contributions"
)
GATES = (
    *("protect_region", "protect(", "tell_apart(", "disclose_flow(", "count_shown("),
    "is_safe(",
    "protect_year(",
)


def is_personal(column: Column[object]) -> bool:
    referred = {key.column.table.name for key in column.foreign_keys}
    return bool(
        isinstance(column.type, SealedText) or referred & PEOPLE or NAMED.search(column.name)
    )


def test_every_personal_column_stands_in_the_inventory() -> None:
    listed = {row[0] for row in ROW.findall(INVENTORY.read_text(encoding="utf-8"))}
    personal = {
        f"{table.name}.{column.name}"
        for table in target().sorted_tables
        for column in table.columns
        if is_personal(column)
    }

    assert personal - listed == set()
    assert listed - personal == set()


def test_the_inventory_tells_what_is_sealed() -> None:
    sealed = {
        f"{table.name}.{column.name}"
        for table in target().sorted_tables
        for column in table.columns
        if isinstance(column.type, SealedText)
    }
    rows = ROW.findall(INVENTORY.read_text(encoding="utf-8"))

    assert {row[0] for row in rows if row[2] == "sealed"} == sealed
    assert all(purpose.strip() and kept.strip() for *_, purpose, kept in rows)


def test_every_table_is_classified() -> None:
    text = INVENTORY.read_text(encoding="utf-8")
    plain = text.partition("### Tables without personal columns")[2]
    listed = {row[0].partition(".")[0] for row in ROW.findall(text)}

    assert listed | set(re.findall(r"`(\w+)`", plain)) == set(target().tables)


def test_only_looks_open_identities() -> None:
    openers = {
        source.name
        for source in modules()
        if "HouseholdIdentity" in source.text or "household_identities" in source.text
    }

    assert {name for name in openers if "migrations" not in name} - OPENERS == set()


def test_figures_of_households_go_through_the_gate() -> None:
    shown = {source.name: source.text for source in modules() if source.name in FIGURES}
    past_it = [name for name, text in shown.items() if not any(gate in text for gate in GATES)]

    assert set(shown) == FIGURES
    assert past_it == []


def test_nobody_counts_households_without_being_listed() -> None:
    counting = {
        source.name
        for source in modules()
        if source.name.startswith(("reporting/", "shop/", "supplier_portal/"))
        and not source.name.startswith(("reporting/rules/", "shop/proof/", "shop/sample/"))
        and COUNTS.search(source.text)
    }

    assert counting - FIGURES - EXACT == set()
