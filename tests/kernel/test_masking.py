"""What is masked can still be told apart; numbers are found wherever they stand."""

import pytest

from kernel import masking


@pytest.mark.parametrize(
    ("name", "masked"),
    [("张小明", "张**"), ("欧阳修", "欧**"), (" 李 ", "李**"), ("Anna Li", "A**"), ("", "")],
)
def test_a_name_keeps_its_family_name(name: str, masked: str) -> None:
    assert masking.mask_name(name) == masked


@pytest.mark.parametrize(
    ("phone", "masked"),
    [("13812345678", "138****5678"), ("138 1234 5678", "138****5678"), ("12345", "****")],
)
def test_a_phone_number_keeps_its_ends(phone: str, masked: str) -> None:
    assert masking.mask_phone(phone) == masked


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("510232197001011234", "****1234"),
        ("6228 4804 0256 4890 018", "****0018"),
        ("1234", "****"),
        ("12345678", "****"),
    ],
)
def test_a_number_keeps_its_last_four(number: str, masked: str) -> None:
    assert masking.mask_number(number) == masked


def test_a_street_keeps_nothing() -> None:
    assert masking.mask_street("仙女山街道12号") == "****"
    assert masking.mask_street(" ") == ""


@pytest.mark.parametrize(
    "secret",
    [
        "510232197001011234",
        "51023219700101123X",
        "13812345678",
        "+86 138-1234-5678",
        "6228480402564890018",
        "anna.li@example.com",
    ],
)
def test_numbers_are_found_in_running_text(secret: str) -> None:
    scrubbed = masking.scrub(f"付款失败，{secret}：账户不存在")

    assert secret not in scrubbed
    assert scrubbed.startswith("付款失败，")


@pytest.mark.parametrize(
    "harmless", ["WL202611220000000001", "¥1,234.56", "2026-11-22T08:00:00Z", "500156204203"]
)
def test_numbers_of_the_shop_stay(harmless: str) -> None:
    assert masking.scrub(harmless) == harmless


def test_what_is_known_to_name_somebody_is_masked_whole() -> None:
    scrubbed = masking.scrub("张小明 and 张 were here", {"张小明", "张"})

    assert scrubbed == "… and 张 were here"


def test_what_a_database_tells_of_a_row_is_left_out() -> None:
    text = "duplicate key\nDETAIL:  Key (login)=(zhang) already exists.\nnext"

    assert masking.scrub(text) == "duplicate key\nDETAIL: …\nnext"
