"""Data files are refused row by row, with file, row and field, and nothing is half-loaded."""

import csv
import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from shop.sample import loader
from shop.sample.checks import COUNTS, SKUS, Files
from shop.sample.files import FOLDER, PICTURES, Sources, read_all
from shop.sample.reading import DataFilesError, Fault
from shop.settings import Environment, Settings

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)

SPOILT_CELLS = [
    ("regions.csv", "lat", "ninety"),
    ("villages.csv", "kind", "屯"),
    ("districts.csv", "is_832_county", "maybe"),
    ("place_aliases.csv", "level", "hamlet"),
    ("pairings.csv", "member_count", "many"),
    ("pairing_members.csv", "is_lead", "2"),
    ("households_sample.csv", "wage_fen", "20386.44"),
]
SPOILT_VALUES = [
    ("channels.json", "channels", "code", 7),
    ("policy_params.json", "params", "valid_from", "yesterday"),
    ("platform_params.json", "params", "value", 1.5),
    ("categories.json", "categories", "sort_order", 0),
    ("storage_classes.json", "storage_classes", "needs_cold_chain", "yes"),
    ("certificate_types.json", "certificate_types", "is_per_lot", None),
    ("organisations.json", "organisations", "kind", "pirate"),
    ("linkage_models.json", "models", "income_class", "意外收入"),
    ("cooperatives.json", "cooperatives", "member_households", -1),
    ("enterprises.json", "enterprises", "reserve_ratio_pct", 101),
    ("products.json", "products", "season_months", [13]),
]


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    """A copy of the data files that a test may spoil."""
    folder = tmp_path / "data"
    shutil.copytree(FOLDER, folder)
    return Sources(folder, Path(shutil.copy(PICTURES, tmp_path)))


def spoil_csv(path: Path, change: Callable[[list[dict[str, str]]], None]) -> None:
    """Change the rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
        names = list(reader.fieldnames or ())
    change(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def spoil_json(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the document of a JSON file."""
    document = json.loads(path.read_text(encoding="utf-8"))
    change(document)
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")


def faults_of(sources: Sources) -> list[Fault]:
    """Return what is wrong with files that must not be accepted."""
    with pytest.raises(DataFilesError) as refused:
        read_all(sources)
    return refused.value.faults


def test_the_files_hold_what_they_promise(files: Files) -> None:
    counts = {name: len(getattr(files, name)) for name in COUNTS}

    assert counts == COUNTS
    assert sum(len(product.skus) for product in files.products) == SKUS


@pytest.mark.parametrize(("file", "field", "value"), SPOILT_CELLS)
def test_a_bad_cell_is_named_by_file_line_and_column(
    sources: Sources, file: str, field: str, value: str
) -> None:
    spoil_csv(sources.folder / file, lambda rows: rows[2].update({field: value}))

    found = faults_of(sources)

    assert (file, 4, field) in [(fault.file, fault.row, fault.field) for fault in found]


@pytest.mark.parametrize(("file", "key", "field", "value"), SPOILT_VALUES)
def test_a_bad_value_is_named_by_file_position_and_field(
    sources: Sources, file: str, key: str, field: str, value: object
) -> None:
    spoil_json(sources.folder / file, lambda document: document[key][1].update({field: value}))

    found = faults_of(sources)

    places = [(fault.file, fault.row, fault.field.partition("[")[0]) for fault in found]
    assert (file, 2, field) in places


def test_a_fault_deep_inside_a_row_is_named_by_its_path(sources: Sources) -> None:
    spoil_json(
        sources.folder / "products.json",
        lambda document: document["products"][0]["skus"][1].update({"price_fen": "98"}),
    )

    found = faults_of(sources)

    assert Fault("products.json", 1, "skus[1].price_fen", "Expected `int`, got `str`") in found


def test_every_fault_of_a_row_is_told_at_once(sources: Sources) -> None:
    spoil_csv(
        sources.folder / "villages.csv",
        lambda rows: rows[0].update({"code": "x", "kind": "y", "cold_chain_area": "z"}),
    )

    found = faults_of(sources)

    first = {fault.field for fault in found if (fault.file, fault.row) == ("villages.csv", 2)}
    assert first == {"code", "kind", "cold_chain_area"}


def test_faults_of_several_files_stand_in_one_list(sources: Sources) -> None:
    spoil_csv(sources.folder / "regions.csv", lambda rows: rows[0].update({"name": ""}))
    spoil_json(
        sources.folder / "channels.json",
        lambda document: document["channels"][0].update({"zh": ""}),
    )

    found = faults_of(sources)

    assert {"channels.json", "regions.csv"} <= {fault.file for fault in found}
    assert found == sorted(found)


def test_an_unknown_column_is_refused(sources: Sources) -> None:
    spoil_json(
        sources.folder / "categories.json",
        lambda document: document["categories"][0].update({"colour": "red"}),
    )

    assert Fault("categories.json", 1, "colour", "unknown field") in faults_of(sources)


def test_a_missing_file_and_broken_json_are_named(sources: Sources) -> None:
    (sources.folder / "regions.csv").unlink()
    (sources.folder / "channels.json").write_text("{", encoding="utf-8")

    found = faults_of(sources)

    whole = {fault.file for fault in found if fault.row == 0 and fault.field == "-"}
    assert {"regions.csv", "channels.json"} <= whole


def test_a_code_is_never_believed_without_its_name(sources: Sources) -> None:
    spoil_csv(
        sources.folder / "households_sample.csv",
        lambda rows: rows[0].update({"village_code": rows[1]["village_code"]}),
    )

    found = [fault for fault in faults_of(sources) if fault.file == "households_sample.csv"]

    assert [(fault.row, fault.field) for fault in found] == [(2, "village_code")]


@pytest.mark.parametrize(
    ("file", "key", "change", "field"),
    [
        ("products.json", "products", {"producer_id": "C99"}, "producer_id"),
        ("products.json", "products", {"category": "toys"}, "category"),
        ("products.json", "products", {"cold_chain_required": True}, "cold_chain_required"),
        ("cooperatives.json", "cooperatives", {"product_ids": ["P085"]}, "product_ids"),
        ("cooperatives.json", "cooperatives", {"cold_chain_area": "西部片"}, "township_code"),
        ("enterprises.json", "enterprises", {"channel_code": "XXXX"}, "channel_code"),
        ("enterprises.json", "enterprises", {"paired_village": "x"}, "paired_village_code"),
    ],
)
def test_a_reference_that_leads_nowhere_is_refused(
    sources: Sources, file: str, key: str, change: dict[str, Any], field: str
) -> None:
    spoil_json(sources.folder / file, lambda document: document[key][0].update(change))

    found = [fault for fault in faults_of(sources) if fault.file == file]

    assert (1, field) in [(fault.row, fault.field) for fault in found]


def test_a_row_that_stands_twice_is_refused(sources: Sources) -> None:
    spoil_csv(sources.folder / "villages.csv", lambda rows: rows.append(dict(rows[0])))

    problems = [fault.problem for fault in faults_of(sources)]

    assert "500156001001 stands twice" in problems


def test_incomes_that_do_not_add_up_are_refused(sources: Sources) -> None:
    spoil_csv(
        sources.folder / "households_sample.csv",
        lambda rows: rows[4].update({"property_fen": "1"}),
    )

    assert [fault.field for fault in faults_of(sources)] == ["net_income_per_capita_fen"]


def test_nothing_is_written_when_a_file_is_at_fault(
    sources: Sources, fresh_database_url: str
) -> None:
    spoil_csv(sources.folder / "villages.csv", lambda rows: rows[213].update({"name": ""}))
    settings = Settings(environment=Environment.TEST, database_url=fresh_database_url)

    with pytest.raises(DataFilesError):
        loader.load(settings, lambda *_: None, at=NOON, sources=sources)

    engine = create_engine(fresh_database_url)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM regions")) == 0
    engine.dispose()
