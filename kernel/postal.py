"""Reads a Chinese address out of one pasted text: who, which phone, and where."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

MAX_TEXT = 400
MAX_NAME = 12
"""Characters a name without any other mark may have."""

MUNICIPALITIES = ("北京市", "天津市", "上海市", "重庆市")
PROVINCES = (
    *MUNICIPALITIES,
    *("河北省", "山西省", "辽宁省", "吉林省", "黑龙江省", "江苏省", "浙江省", "安徽省"),
    *("福建省", "江西省", "山东省", "河南省", "湖北省", "湖南省", "广东省", "海南省"),
    *("四川省", "贵州省", "云南省", "陕西省", "甘肃省", "青海省", "台湾省"),
    *("内蒙古自治区", "广西壮族自治区", "西藏自治区", "宁夏回族自治区", "新疆维吾尔自治区"),
    *("香港特别行政区", "澳门特别行政区"),
)
SUFFIX = re.compile(r"(?:壮族|回族|维吾尔)?(?:自治区|特别行政区|省|市)$")
SHORT = {SUFFIX.sub("", name): name for name in PROVINCES}

LABELS = re.compile(
    r"(?:收[件货]人?(?:姓名)?|联系人|姓名|(?:收货|联系)?(?:手机号码?|手机|电话号码?|电话)|联系方式"
    r"|(?:所在|收货)?地区|(?:详细|收[件货]|联系)?地址|邮政编码|邮编)\s*[::]"
)
PHONES = (
    re.compile(r"(?<!\d)(?:\+?86[- ]?)?(1[3-9]\d[- ]?\d{4}[- ]?\d{4})(?!\d)"),
    re.compile(r"(?<!\d)(0\d{2,3}[- ]?\d{7,8})(?!\d)"),
)
POSTCODE = re.compile(r"(?<![\d号室楼栋-])\d{6}(?![\d号室楼栋-])")
APART = re.compile(r"[\s,;、|/。]+")
CITY = re.compile(r"[^区县旗\d]{1,9}?(?:自治州|地区|盟|市)|[^市区县旗\d]{1,9}?市")
DISTRICT = re.compile(r"[^\d]{1,12}?(?:自治县|自治旗|林区|特区|区|县|旗|市)")
CITY_ENDING = re.compile(r"(?:市|州|盟|地区|区|县)$")
PLACE = re.compile(r"[\d省市区县旗州盟镇乡村路街巷弄号栋楼室]")
TITLE = re.compile(r"(?:先生|女士|小姐|老师|师傅|收)$")


@dataclass(frozen=True, slots=True)
class Pasted:
    """What could be read; empty where nothing could, for the person to fill in."""

    name: str = ""
    phone: str = ""
    province: str = ""
    city: str = ""
    district: str = ""
    street: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something goes, as far as the way there depends on it."""

    province: str = ""
    """In full; empty where it cannot be told."""
    city: str = ""
    """The city, or the district of a municipality; empty where it was not said."""

    def __bool__(self) -> bool:
        """Say whether anything is known of the place."""
        return bool(self.province or self.city)

    @property
    def name(self) -> str:
        """Return what the place is called."""
        return self.city or self.province


NOWHERE = Place()


def place_of(province: str, city: str, district: str = "") -> Place:
    """Return the place of an address as people write it: 广东 and 广东省 are one."""
    whole = _in_full(province)
    town = city.strip()
    if not whole and (found := _in_full(town)) in MUNICIPALITIES:
        whole = found
    if whole in MUNICIPALITIES:
        # A municipality is its own city; its districts are what differs.
        town = "" if _in_full(town) == whole else town
        return Place(whole, district.strip() or town)
    if town and not CITY_ENDING.search(town):
        town = f"{town}市"
    return Place(whole, town)


def _in_full(name: str) -> str:
    """Return the full name of a province, or nothing where it is none."""
    plain = name.strip()
    return plain if plain in PROVINCES else SHORT.get(plain, "")


def parse(text: str, districts: Mapping[str, tuple[str, str]]) -> Pasted:
    """Read a pasted text; `districts` gives province and city of those known by name alone.

    Nothing is invented: a part that is not said, or cannot be told, stays empty.
    """
    rest = LABELS.sub("\n", unicodedata.normalize("NFKC", text[:MAX_TEXT]))
    rest, phone = _take_phone(rest)
    rest = POSTCODE.sub("\n", rest)
    tokens = [token for token in APART.split(rest) if token]
    name = _take_name(tokens, districts)
    whole = "".join(tokens)
    province, city, whole = _take_province(whole, districts)
    if not city and (found := CITY.match(whole)):
        city, whole = found[0], whole[found.end() :]
    elif city and whole.startswith(city):
        whole = whole[len(city) :]
    district = ""
    if found := DISTRICT.match(whole):
        district, whole = found[0], whole[found.end() :]
    return Pasted(name, phone, province, city, district, whole)


def _take_phone(text: str) -> tuple[str, str]:
    for pattern in PHONES:
        if found := pattern.search(text):
            digits = re.sub(r"[ -]", "", found[1])
            return f"{text[: found.start()]}\n{text[found.end() :]}", digits
    return text, ""


def _take_name(tokens: list[str], districts: Mapping[str, tuple[str, str]]) -> str:
    """Take the token that can only be a name: no place, no digit, at either end."""
    for place in (0, -1):
        if len(tokens) > 1 and _is_name(tokens[place], districts):
            return tokens.pop(place)
    return ""


def _is_name(token: str, districts: Mapping[str, tuple[str, str]]) -> bool:
    if TITLE.search(token) and len(token) <= MAX_NAME:
        return True
    starts_a_place = any(token.startswith(one) for one in (*SHORT, *districts))
    return len(token) <= MAX_NAME and not PLACE.search(token) and not starts_a_place


def _take_province(text: str, districts: Mapping[str, tuple[str, str]]) -> tuple[str, str, str]:
    """Return province, the city where it follows from it, and what is left of the text."""
    for said, meant in _spellings():
        if text.startswith(said):
            left = text[len(said) :]
            return meant, meant if meant in MUNICIPALITIES else "", left
    for district, (province, city) in districts.items():
        if text.startswith(district):
            return province, city, text
    return "", "", text


def _spellings() -> Iterator[tuple[str, str]]:
    """Yield full names before short ones, so that the longest one is taken off."""
    yield from ((name, name) for name in PROVINCES)
    yield from SHORT.items()
