"""What makes goods a herb that is no food, and which words praise one as food."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.rules import herbs

WORDS = ("食用", "煲汤")
PLAIN = st.text(alphabet="山高土采收晒干切片，。；", max_size=30)


def test_name_or_kind_makes_a_herb() -> None:
    def is_herb(name: str, kind: str) -> bool:
        return herbs.is_medicine_only(
            name, ("herb", kind), words=("黄连",), herb_kinds=("medicinal",)
        )

    assert is_herb("味连·黄连片", "foodherb")
    assert is_herb("云木香", "medicinal")
    assert not is_herb("天麻", "foodherb")


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("可以食用", "食用"),
        ("冬天煲汤最好", "煲汤"),
        ("不可食用", None),
        ("仅作药材，非食用", None),
        ("不添加，适合煲汤", "煲汤"),
        ("请勿用来煲汤", None),
        ("", None),
    ],
)
def test_a_clause_that_says_no_is_no_claim(text: str, claim: str | None) -> None:
    assert herbs.find_food_claim([text], WORDS) == claim


@given(before=PLAIN, after=PLAIN, word=st.sampled_from(WORDS))
def test_a_word_is_found_wherever_it_stands(before: str, after: str, word: str) -> None:
    assert herbs.find_food_claim([before, before + word + after], WORDS) == word
    assert herbs.find_food_claim([before, after], WORDS) is None


@given(before=PLAIN, after=PLAIN, word=st.sampled_from(WORDS))
def test_a_clause_away_a_no_is_no_excuse(before: str, after: str, word: str) -> None:
    assert herbs.find_food_claim([f"{before}不{before}，{word}{after}"], WORDS) == word
