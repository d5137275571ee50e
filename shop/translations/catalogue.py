"""The English catalogue: which messages it must hold, and where it falls short."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

from shop.settings import CHECKOUT

FOLDER = Path(__file__).parent
MAPPING = FOLDER / "babel.cfg"
ENGLISH = FOLDER / "en" / "LC_MESSAGES" / "messages.po"
SHOWN = ENGLISH.relative_to(CHECKOUT).as_posix()
KEYWORDS = DEFAULT_KEYWORDS | {
    "lazy_gettext": None,
    "lazy_ngettext": (1, 2),
    "lazy_pgettext": ((1, "c"), 2),
}
NOT_OURS = frozenset({"__pycache__", "build", "node_modules", "tests", "var"})
# No dates and no versions of tools: the file changes only when its words do.
HEADER = r"""# The English of every page. The message id is the Chinese text in the code.
# `make translations` adds new messages and drops unused ones; only msgstr is written by hand.
msgid ""
msgstr ""
"Language: en\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"

"""
PLACEHOLDER = re.compile(r"%\(\w+\)[-#0 +]*\d*(?:\.\d+)?[a-zA-Z]|%%|\{\w*\}")
# Characters, their punctuation, and curly quotes, which Chinese fonts draw full width.
CHINESE = re.compile(r"[\u2018-\u201f\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
# A template takes a translation as it is: it could end an attribute or begin an element.
MARKUP = re.compile(r"[<>&\"]")


class Kind(StrEnum):
    """What can be wrong with one message."""

    MISSING = "not translated"
    FUZZY = "marked fuzzy"
    PLACEHOLDERS = "other placeholders"
    CHINESE = "Chinese in the English"
    MARKUP = "could break a page"
    STALE = "no longer used"


@dataclass(frozen=True, slots=True)
class Gap:
    """One message of the catalogue that is not as it should be."""

    kind: Kind
    text: str


def collect() -> Catalog:
    """Return every message in the code and the templates, without translations.

    A template that does not parse raises Jinja's TemplateSyntaxError.
    """
    with MAPPING.open(encoding="utf-8") as mapping:
        # Babel leaves this function without types.
        methods, options = parse_mapping_cfg(mapping)  # type: ignore[no-untyped-call]
    found = extract_from_dir(CHECKOUT, methods, options, KEYWORDS, directory_filter=_is_ours)
    collected = Catalog()
    for _path, _line, text, _comments, context in found:
        collected.add(text, context=context)
    return collected


def read(path: Path = ENGLISH) -> Catalog:
    """Return the catalogue as it is on disk."""
    with path.open("rb") as text:
        return read_po(text, locale="en")


def refresh(path: Path = ENGLISH) -> Catalog:
    """Bring the messages of the file in line with the code, keep its translations.

    New messages are written without a translation, unused ones are left out; repeating it
    changes nothing.
    """
    english = read(path)
    english.update(collect(), no_fuzzy_matching=True)
    body = BytesIO()
    write_po(
        body,
        english,
        width=0,
        no_location=True,
        omit_header=True,
        sort_output=True,
        ignore_obsolete=True,
    )
    path.write_bytes(HEADER.encode() + body.getvalue())
    return read(path)


def find_gaps(collected: Catalog, english: Catalog) -> list[Gap]:
    """Return what is missing, doubtful, wrong or unused in the catalogue, in its order."""
    gaps = [
        Gap(Kind.MISSING, _forms(message.id)[0])
        for message in _messages(collected)
        if not _is_translated(english.get(message.id, message.context))
    ]
    for message in _messages(english):
        text = _forms(message.id)[0]
        if collected.get(message.id, message.context) is None:
            gaps.append(Gap(Kind.STALE, text))
        elif _is_translated(message):
            gaps.extend(Gap(kind, text) for kind in _faults(message))
    return gaps


def _is_ours(folder: str) -> bool:
    name = Path(folder).name
    return name not in NOT_OURS and not name.startswith(".")


def _messages(catalogue: Catalog) -> Iterator[Message]:
    """Yield the messages without the header, which has the empty id."""
    return (message for message in catalogue if message.id)


def _forms(text: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    """Return singular and plural of a message that counts, or the one text of another."""
    return tuple(text) if isinstance(text, tuple | list) else (text or "",)


def _is_translated(message: Message | None) -> bool:
    return message is not None and all(_forms(message.string))


def _faults(message: Message) -> Iterator[Kind]:
    forms = _forms(message.string)
    if message.fuzzy:
        yield Kind.FUZZY
    if not _keeps_placeholders(_forms(message.id), forms):
        yield Kind.PLACEHOLDERS
    if any(CHINESE.search(form) for form in forms):
        yield Kind.CHINESE
    if any(MARKUP.search(form) for form in forms):
        yield Kind.MARKUP


def _keeps_placeholders(texts: tuple[str, ...], forms: tuple[str, ...]) -> bool:
    """Tell whether the values stay the same; a singular may leave its number out.

    A per cent sign of its own would break the page that fills in the values.
    """
    wanted = set(PLACEHOLDER.findall(texts[-1]))
    used = [set(PLACEHOLDER.findall(form)) for form in forms]
    return (
        used[-1] == wanted
        and all(some <= wanted for some in used)
        and not any("%" in PLACEHOLDER.sub("", form) for form in forms)
    )
