"""To whom parcels go, as a form asks for it: what was typed, what was pasted, what is wrong."""

import re
from collections.abc import Mapping
from dataclasses import asdict

from flask import request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from kernel import postal, regions

MAX_LENGTH = {
    "name": 40,
    "phone": 20,
    "province": 20,
    "city": 20,
    "district": 20,
    "street": 120,
    "email": 120,
}
OPTIONAL = frozenset({"email"})
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
PHONE_DIGITS = range(7, 16)


def labels() -> dict[str, str]:
    """Return what each field is called."""
    return {
        "name": _("姓名"),
        "phone": _("电话"),
        "province": _("省 / 直辖市"),
        "city": _("城市"),
        "district": _("区 / 县"),
        "street": _("街道和门牌号"),
        "email": _("邮箱（选填）"),
    }


def typed() -> dict[str, str]:
    """Return what the form says of the recipient."""
    return {name: request.form.get(name, "").strip() for name in MAX_LENGTH}


def faults(values: Mapping[str, str]) -> dict[str, str]:
    """Return what is wrong with what was typed, by field."""
    called = labels()
    errors = {
        name: _("请填写%(field)s。", field=called[name])
        for name, value in values.items()
        if not value and name not in OPTIONAL
    }
    errors |= {
        name: _("最多 %(count)s 个字。", count=limit)
        for name, limit in MAX_LENGTH.items()
        if len(values[name]) > limit
    }
    errors |= {
        name: _("含有不允许的字符。")
        for name, value in values.items()
        if value and not value.isprintable()
    }
    digits = values["phone"].replace("-", "").replace(" ", "").removeprefix("+")
    if values["phone"] and not (
        digits.isascii() and digits.isdigit() and len(digits) in PHONE_DIGITS
    ):
        errors["phone"] = _("请填写可以联系到收货人的电话号码。")
    if values["email"] and not EMAIL.fullmatch(values["email"]):
        errors["email"] = _("邮箱地址不完整，请检查。")
    return errors


def pasted(session: Session) -> dict[str, str]:
    """Return what was typed, with what the pasted text says in its place."""
    read = postal.parse(request.form.get("pasted", ""), regions.load_districts(session))
    said = {name: value for name, value in asdict(read).items() if value}
    return typed() | said
