"""Chinese is set as Chinese: full-width marks, lines that break well, English beside it."""

import re
from functools import cache
from pathlib import Path

import pytest

from shop.settings import CHECKOUT
from shop.translations import catalogue

HAN = "\u3400-\u9fff"
PLACEHOLDER = r"%\(\w+\)[sd]"
WRONG = {
    "a half-width mark between characters": rf"[{HAN}]\s*[,;:?!]\s*[{HAN}]",
    "a half-width mark after a character": rf"[{HAN}][,;?!](?:\s|$)|[{HAN}]\.(?:\s|$)",
    "a half-width mark before a character": rf"[,;!?]\s*[{HAN}]",
    "half-width brackets": rf"\([^()]*[{HAN}][^()]*\)|[{HAN}]\(",
    "straight quotation marks": rf"[\"'][^\"']*[{HAN}][^\"']*[\"']",
    "three full stops for an ellipsis": rf"[{HAN}]\.\.+",
    "half a dash": rf"[{HAN}]\s*(?<!—)—(?!—)\s*[{HAN}]|[{HAN}]--",
    "a space between characters": rf"[{HAN}] +[{HAN}]",
    "a space beside a full-width mark": r"[，。；：？！、] | [，。；：？！、]",
}
# Columns and rows of files, written as they stand there.
FORMATS = (
    "户号,天数,小时,件数",
    "户号 空格 整数",
    "金额(元)",
    "张**、",
    "养殖,家禽",
    "[产业]成员",
)
LITERAL = re.compile(
    "|".join([*map(re.escape, FORMATS), r" ?产业@\d{4}-\d\d-\d\d", r"(?<=如 )张"])
)
SCRIPTS = sorted((CHECKOUT / "static" / "js").rglob("*.js"))
COMMENT = re.compile(r"^\s*//.*$|\s//\s.*$", re.MULTILINE)
BOTH_LANGUAGES = re.compile(rf'chinese \? "[^"]*[{HAN}][^"]*" : "[^"{HAN}]+"')
CSS = CHECKOUT / "static" / "css"


@cache
def chinese_texts() -> tuple[str, ...]:
    """Return every Chinese text of pages, letters and refusals."""
    ids = [message.id for message in catalogue.collect()]
    texts = [text for one in ids for text in ([one] if isinstance(one, str) else one)]
    return tuple(text for text in texts if re.search(f"[{HAN}]", text))


@pytest.mark.parametrize("kind", WRONG)
def test_chinese_texts_carry_full_width_marks(kind: str) -> None:
    pattern = re.compile(WRONG[kind])
    found = [text for text in chinese_texts() if pattern.search(LITERAL.sub("", text))]

    assert found == []


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("a half-width mark between characters", "已付款,等待发货"),
        ("a half-width mark after a character", "已付款."),
        ("a half-width mark before a character", "A,已付款"),
        ("half-width brackets", "山羊(冷冻)"),
        ("straight quotation marks", '点击"确定"'),
        ("three full stops for an ellipsis", "正在加载..."),
        ("half a dash", "武隆—重庆"),
        ("a space between characters", "已 付款"),
        ("a space beside a full-width mark", "好， 了"),
    ],
)
def test_each_fault_would_be_found(kind: str, text: str) -> None:
    assert re.search(WRONG[kind], text)


def test_there_are_texts_to_look_at() -> None:
    assert len(chinese_texts()) > 1_000
    assert len(SCRIPTS) > 5


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_says_in_english_what_it_says_in_chinese(script: Path) -> None:
    """What a script shows it is given by its page; what it says itself it says in both."""
    text = COMMENT.sub("", script.read_text(encoding="utf-8"))

    assert re.findall(f"[{HAN}]+", BOTH_LANGUAGES.sub("", text)) == []


def test_pages_break_lines_and_set_figures_as_chinese_does() -> None:
    base = (CSS / "base.css").read_text(encoding="utf-8")
    body = base.split("\nbody {")[1].split("}")[0]

    for rule in ("line-break: strict", "text-autospace: normal", "overflow-wrap: anywhere"):
        assert rule in body
    figures = {
        sheet.name
        for sheet in CSS.glob("*.css")
        if "tabular-nums" in sheet.read_text(encoding="utf-8")
    }
    assert {"base.css", "data.css", "catalog.css", "storefront.css", "statement.css"} <= figures


def test_goods_are_described_in_full_width_marks() -> None:
    """Names stay as their sellers write them; sentences are the house's."""
    path = CHECKOUT / "shop" / "sample" / "data" / "products.json"
    texts = re.findall(r'"description": "([^"]*)"', path.read_text(encoding="utf-8"))
    marks = re.compile(rf"[{HAN}][,;:?!]|[,;?!][{HAN}]")

    assert len(texts) > 50
    assert [text for text in texts if marks.search(text)] == []
