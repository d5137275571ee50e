"""Statements cut down to the parameters that are given."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.listing.fitted import fit, named

WHERE = "WHERE a = 1 AND (:brand IS NULL OR p.brand = :brand) AND (NOT :cold OR p.is_cold)"


def test_a_condition_stands_only_where_its_parameter_is_given() -> None:
    assert fit(WHERE, {"brand"}) == "WHERE a = 1 AND (p.brand = :brand) AND true"
    assert fit(WHERE, {"cold"}) == "WHERE a = 1 AND true AND (p.is_cold)"
    assert fit(WHERE, set()) == "WHERE a = 1 AND true AND true"


def test_brackets_inside_and_in_quotes_are_passed_over() -> None:
    statement = "(:text IS NULL OR (p.name ILIKE :text OR p.brand !~ '[(]')) AND x"

    assert fit(statement, {"text"}) == "((p.name ILIKE :text OR p.brand !~ '[(]')) AND x"
    assert fit(statement, set()) == "true AND x"


def test_a_condition_inside_another_is_cut_too() -> None:
    statement = "(:kind IS NULL OR k = :kind AND (NOT :cold OR c))"

    assert fit(statement, {"kind"}) == "(k = :kind AND true)"
    assert fit(statement, {"kind", "cold"}) == "(k = :kind AND (c))"


def test_what_never_closes_is_no_statement() -> None:
    with pytest.raises(ValueError, match="not closed"):
        fit("(:text IS NULL OR (x)", set())


def test_null_and_off_are_not_given() -> None:
    assert named({"a": None, "b": False, "c": 0, "d": "", "e": []}) == {"c", "d", "e"}


@given(st.lists(st.sampled_from(["a", "b", "c"])), st.sets(st.sampled_from(["a", "b", "c"])))
def test_only_what_is_given_is_left(names: list[str], wanted: set[str]) -> None:
    statement = " AND ".join(f"(:{name} IS NULL OR x > :{name})" for name in names)

    cut = fit(statement, wanted)

    assert {name for name in "abc" if f":{name}" in cut} == wanted & set(names)
