"""Languages: Chinese is the source text, English a catalogue; and how values are written."""

import os
import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask, current_app, g, has_request_context, request
from flask import session as cookie
from flask_babel import Babel, get_locale, get_translations
from flask_babel import gettext as _
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

from kernel import clock, regions
from kernel.access import find_actor
from kernel.db import unit_of_work
from kernel.money import Money
from shop import figures
from supplier_portal.listing_forms import clean_story

LOCALES = {"zh_CN": "中文", "en": "English"}
DEFAULT = "zh_CN"
SHORT_NAMES = {"zh": "zh_CN", "zh_CN": "zh_CN", "zh-CN": "zh_CN", "en": "en"}
TRANSLATIONS = Path(__file__).parent / "translations"
SPELLINGS = "place_spellings"
MINOR_PER_YUAN = 100
GRAMS_PER_KILOGRAM = 1000


def init_app(app: Flask) -> None:
    """Choose the language of each request and give templates their filters."""
    compile_stale(TRANSLATIONS)
    Babel(
        app,
        default_locale=DEFAULT,
        default_timezone=str(clock.SHANGHAI),
        default_translation_directories=str(TRANSLATIONS),
        locale_selector=choose_locale,
    )
    # A page asks for its language hundreds of times: it is looked up once.
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # of jinja's extension
        gettext=lambda message: _translations().ugettext(message),
        ngettext=lambda one, many, number: _translations().ungettext(one, many, number),
        newstyle=True,
    )
    app.jinja_env.globals["_"] = translate
    app.jinja_env.filters.update(
        fen=fen,
        fen_plain=fen_plain,
        date=local_day,
        datetime=local_moment,
        last_day=last_day,
        bilingual=bilingual,
        place=place,
        pack=pack,
        celsius=celsius,
        kg=kilograms,
        story=story,
        figure=figures.write,
    )
    app.context_processor(lambda: {"locale": choose_locale(), "locales": LOCALES})


@pass_eval_context
def translate(context: EvalContext, message: str, /, **values: Any) -> str:
    """Write a sentence in the reader's language, as jinja's own way does in more steps."""
    text = _translations().ugettext(message)
    return (Markup(text) if context.autoescape else str(text)) % values  # noqa: S704 -- of the catalogue


def _translations() -> Any:
    """Return the catalogue of the language in use. Any: flask_babel has no types."""
    locale = get_locale()
    kept = g.get("translations")
    if kept is None or kept[0] is not locale:
        kept = g.translations = (locale, get_translations())
    return kept[1]


def story(html: str) -> Markup:
    """Write what a seller tells; it is cleaned again, whatever way it came into the table."""
    return Markup(clean_story(html))  # noqa: S704 -- of few tags, without attributes


def choose_locale() -> str:
    """Return the language asked for now, chosen before, or the person's own; else Chinese."""
    if not has_request_context():
        return DEFAULT
    asked = SHORT_NAMES.get(request.args.get("lang", ""))
    if asked:
        if cookie.get("locale", DEFAULT) != asked:
            cookie["locale"] = asked
        return asked
    actor = find_actor()
    chosen = cookie.get("locale") or (actor.locale if actor else DEFAULT)
    return chosen if chosen in LOCALES else DEFAULT


def is_english() -> bool:
    """Tell whether the present page is read in English."""
    return str(get_locale()) == "en"


def fen(amount: Money | int) -> str:
    """Write an amount with its sign of currency: ¥1,234.50."""
    text = fen_plain(amount)
    return f"-¥{text[1:]}" if text.startswith("-") else f"¥{text}"


def fen_plain(amount: Money | int) -> str:
    """Write an amount in yuan with two decimals and thousands apart: 1,234.50."""
    minor = amount.minor if isinstance(amount, Money) else amount
    yuan, rest = divmod(abs(minor), MINOR_PER_YUAN)
    return f"{'-' if minor < 0 else ''}{yuan:,}.{rest:02d}"


def local_day(value: date | datetime | None) -> str:
    """Write the Shanghai day of a moment, or a day itself, as 2026-11-22; nothing for None."""
    if value is None:
        return ""
    return (clock.local_date(value) if isinstance(value, datetime) else value).isoformat()


def local_moment(value: datetime | None) -> str:
    """Write a moment in Shanghai time to the minute; nothing for None."""
    return value.astimezone(clock.SHANGHAI).strftime("%Y-%m-%d %H:%M") if value else ""


def last_day(end: datetime) -> str:
    """Write the last Shanghai day of a term that is over at a moment."""
    return local_day(end - timedelta(microseconds=1))


def bilingual(chinese: str, english: str | None) -> str:
    """Return the English text to readers of English, if there is one, else the Chinese."""
    return english if english and is_english() else chinese


def place(name: str | None) -> str:
    """Write a place for the reader: its Latin spelling in English, its name in Chinese.

    The spellings are read once in the life of a process; a place that came later keeps its
    Chinese name until then.
    """
    if not name or not is_english():
        return name or ""
    if name in (areas := _areas()):
        return areas[name]
    spellings: Mapping[str, str] | None = current_app.extensions.get(SPELLINGS)
    if spellings is None:
        with unit_of_work() as session:
            spellings = regions.load_romanised(session)
        current_app.extensions[SPELLINGS] = spellings
    return spellings.get(name, name)


def _areas() -> dict[str, str]:
    """Return the areas of the district by which goods are collected."""
    return {
        "中部片": _("中部片"),
        "江口片": _("江口片"),
        "东北片": _("东北片"),
        "西部片": _("西部片"),
    }


def pack(spec: str | None) -> str:
    """Write how goods are packed for the reader: 2.5kg/箱 or 2.5kg/box."""
    if not spec or not is_english():
        return spec or ""
    words = _pack_words()
    longest_first = "|".join(sorted(words, key=len, reverse=True))
    return re.sub(longest_first, lambda found: words[found[0]], spec)


def _pack_words() -> dict[str, str]:
    return {
        "单位用": _("单位用"),
        "人次": _("人次"),
        "元面值": _("元面值"),
        "礼盒": _("礼盒"),
        "小包": _("小包"),
        "组合": _("组合"),
        "袋": _("袋"),
        "箱": _("箱"),
        "罐": _("罐"),
        "瓶": _("瓶"),
        "盒": _("盒"),
        "份": _("份"),
        "碗": _("碗"),
        "约": _("约"),
        "只": _("只"),
        "枚": _("枚"),
        "壶": _("壶"),
        "根": _("根"),
        "筐": _("筐"),
        "床": _("床"),
        "条": _("条"),
        "个": _("个"),
        "套": _("套"),
    }


def celsius(value: Decimal | float | None) -> str:
    """Write degrees with one decimal and the unit; a dash for a missing reading."""
    return "—" if value is None else f"{value:.1f} °C"


def kilograms(grams: int) -> str:
    """Write grams as kilograms with up to three decimals: 1.25 kg."""
    whole, rest = divmod(abs(grams), GRAMS_PER_KILOGRAM)
    decimals = f".{rest:03d}".rstrip("0").rstrip(".")
    return f"{'-' if grams < 0 else ''}{whole:,}{decimals} kg"


def compile_stale(folder: Path) -> list[Path]:
    """Compile every catalogue older than its text and return the files written.

    The new file replaces the old one in one step, so that two servers starting together never
    read half a catalogue.
    """
    written = []
    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as text:
            catalogue = read_po(text, locale=source.parts[-3])
        fresh = target.with_suffix(f".{os.getpid()}.tmp")
        with fresh.open("wb") as binary:
            write_mo(binary, catalogue)
        fresh.replace(target)
        written.append(target)
    return written
