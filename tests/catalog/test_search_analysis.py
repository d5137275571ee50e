"""From text to tokens, and from spelling to words."""

import pytest

from catalog.search.analysis import Analyser, normalise, pairs, runs, singular
from catalog.search.lexicon import Body, Lexicon, PlaceForm, decode, encode, spell
from catalog.search.vocabulary import read_choice, shipped, shipped_rows
from catalog.values import WordKind

WORDS = ("老鹰茶", "猪腰枣", "竹笋")


@pytest.fixture(scope="module")
def analyser() -> Analyser:
    return Analyser(WORDS)


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon([spell(word) for word in (*WORDS, "山羊", "武隆", "苕粉")])


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("ＴＥＡ　１００ｇ", "tea 100g"),
        ("臍橙", "脐橙"),
        ("後坪蜂蜜", "后坪蜂蜜"),
        ("Wulong Goat", "wulong goat"),
    ],
)
def test_text_is_compared_in_one_form(written: str, compared: str) -> None:
    assert normalise(written) == compared


def test_text_falls_into_chinese_and_latin_pieces() -> None:
    assert runs("仙女红 小罐装(12罐) Tea-tin") == ["仙女红", "小罐装", "12", "罐", "tea", "tin"]
    assert runs("！？ …") == []


def test_the_shops_nouns_stay_whole(analyser: Analyser) -> None:
    assert analyser.query_words("老鹰茶竹笋") == ["老鹰茶", "竹笋"]


def test_a_title_gives_words_pairs_and_single_characters(analyser: Analyser) -> None:
    tokens = analyser.title_tokens("武隆猪腰枣 Shoots")

    assert {"武隆", "猪腰枣", "隆猪", "猪腰", "腰枣", "枣", "shoots", "shoot"} <= set(tokens)


def test_a_description_gives_words_only(analyser: Analyser) -> None:
    tokens = analyser.text_tokens("汤色红亮的老鹰茶")

    assert "老鹰茶" in tokens
    assert all(len(token) > 1 for token in tokens)


@pytest.mark.parametrize(
    ("word", "base"),
    [
        ("shoots", "shoot"),
        ("potatoes", "potato"),
        ("peaches", "peach"),
        ("glass", "glass"),
        ("tea", "tea"),
        ("gas", "gas"),
    ],
)
def test_a_plural_loses_its_ending(word: str, base: str) -> None:
    assert singular(word) == base


def test_pairs_overlap() -> None:
    assert pairs("方竹笋") == ["方竹", "竹笋"]
    assert pairs("笋") == []


def test_words_are_found_by_pinyin_and_by_first_letters(lexicon: Lexicon) -> None:
    assert lexicon.spelled("laoyingcha") == ["老鹰茶"]
    assert lexicon.initialled("lyc") == ["老鹰茶"]
    assert lexicon.spelled("unknown") == []
    assert set(lexicon.beginning("sha")) == {"山羊", "苕粉"}


def test_the_sweet_potato_is_read_as_it_is_called_here(lexicon: Lexicon) -> None:
    assert lexicon.spelled("shaofen") == ["苕粉"]


def test_the_register_decides_how_a_place_is_read() -> None:
    assert spell("长坝", "chang ba").pinyin == "changba"


def test_letters_are_divided_into_whole_spellings(lexicon: Lexicon) -> None:
    assert lexicon.divide("wulongshanyang") == ["wulong", "shanyang"]
    assert lexicon.divide("wulongx") == []
    assert Lexicon([]).divide("a") == []


def test_a_lexicon_survives_its_file() -> None:
    body = Body(("竹笋",), (spell("竹笋"),), (PlaceForm("白马镇", "500156101"),), ("tea",))

    assert decode(encode(body)) == body


def test_words_of_one_group_mean_the_same() -> None:
    assert {"马铃薯", "土豆"} <= set(shipped().synonyms("洋芋"))
    assert shipped().synonyms("竹") == ()


def test_a_character_is_found_by_each_of_its_readings() -> None:
    assert "fanjia" in spell("番茄").others


def test_the_delivered_words_are_written_as_they_are_compared() -> None:
    forms = [form for row in shipped_rows() for form in row.forms]

    assert [form for form in forms if normalise(form) != form] == []
    assert all(read_choice(row.means) for row in shipped_rows() if row.kind is WordKind.CHOICE)
