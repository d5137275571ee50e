"""A pasted address comes apart into its fields, in whatever order it was written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.postal import MUNICIPALITIES, Pasted, parse

KNOWN = {"渝中区": ("重庆市", "重庆市"), "武隆区": ("重庆市", "重庆市")}
WANG = Pasted("王小姐", "13800000000", "重庆市", "重庆市", "渝中区", "解放碑街道民权路28号")

PASTED: dict[str, Pasted] = {
    "王小姐 13800000000 重庆市渝中区解放碑街道民权路28号": WANG,
    "王小姐,138 0000 0000,重庆重庆市渝中区解放碑街道民权路28号": WANG,
    "王小姐13800000000重庆市重庆市渝中区解放碑街道民权路28号": WANG,
    "重庆市渝中区解放碑街道民权路28号 王小姐 +86 138-0000-0000": WANG,
    (
        "收件人：王小姐\n手机号码：13800000000\n所在地区：重庆市渝中区\n"
        "详细地址：解放碑街道民权路28号"
    ): WANG,
    "收货人: 王小姐;电话: 13800000000;地址: 重庆 渝中区 解放碑街道民权路28号": WANG,
    "渝中区解放碑街道民权路28号，王小姐，１３８００００００００": WANG,
    "王小姐 13800000000 400010 渝中区解放碑街道民权路28号": WANG,
    "张三 0755-26001234 广东省深圳市南山区科技园南路1号": Pasted(
        "张三", "075526001234", "广东省", "深圳市", "南山区", "科技园南路1号"
    ),
    "张三，13912345678，新疆维吾尔自治区伊犁哈萨克自治州伊宁市解放路3号": Pasted(
        "张三", "13912345678", "新疆维吾尔自治区", "伊犁哈萨克自治州", "伊宁市", "解放路3号"
    ),
    "李四 13912345678 新疆阿克苏地区库车市天山路2号": Pasted(
        "李四", "13912345678", "新疆维吾尔自治区", "阿克苏地区", "库车市", "天山路2号"
    ),
    "李四 13912345678 内蒙古自治区锡林郭勒盟苏尼特右旗赛汉塔拉镇1号": Pasted(
        "李四", "13912345678", "内蒙古自治区", "锡林郭勒盟", "苏尼特右旗", "赛汉塔拉镇1号"
    ),
    "赵六 13912345678 山东省济宁市市中区红星路5号": Pasted(
        "赵六", "13912345678", "山东省", "济宁市", "市中区", "红星路5号"
    ),
    "重庆彭水苗族土家族自治县汉葭街道3号 李四 13912345678": Pasted(
        "李四", "13912345678", "重庆市", "重庆市", "彭水苗族土家族自治县", "汉葭街道3号"
    ),
    "欧阳娜娜 13912345678 上海市浦东新区世纪大道100号101室": Pasted(
        "欧阳娜娜", "13912345678", "上海市", "上海市", "浦东新区", "世纪大道100号101室"
    ),
    "": Pasted(),
    "13800000000": Pasted(phone="13800000000"),
    "解放路3号": Pasted(street="解放路3号"),
}


@pytest.mark.parametrize("text", PASTED)
def test_a_pasted_text_comes_apart(text: str) -> None:
    assert parse(text, KNOWN) == PASTED[text]


NAMES = st.text("王李张陈刘杨黄赵周吴伟芳秀英敏静丽强磊洋", min_size=2, max_size=4)
PHONES = st.from_regex(r"\A1[3-9][0-9]{9}\Z")
PLACES = st.sampled_from(
    [
        ("重庆市", "重庆市", "武隆区"),
        ("四川省", "成都市", "锦江区"),
        ("湖南省", "湘西土家族苗族自治州", "凤凰县"),
        ("广西壮族自治区", "桂林市", "龙胜各族自治县"),
        ("黑龙江省", "大兴安岭地区", "漠河市"),
        ("内蒙古自治区", "呼伦贝尔市", "鄂温克族自治旗"),
    ]
)
STREETS = st.builds(
    "{}路{}号{}室".format,
    st.text("长江中山解放人民和平", min_size=2, max_size=4),
    st.integers(1, 999),
    st.integers(101, 9_999),
)


@given(
    NAMES,
    PHONES,
    PLACES,
    STREETS,
    st.sampled_from([" ", "，", "\n", "；"]),
    st.sampled_from(["last", "first"]),
)
def test_what_is_put_together_comes_apart_again(
    name: str, phone: str, place: tuple[str, str, str], street: str, gap: str, order: str
) -> None:
    province, city, district = place
    where = "".join(dict.fromkeys(place)) + street
    parts = [where, name, phone] if order == "last" else [name, phone, where]

    assert parse(gap.join(parts), KNOWN) == Pasted(
        name, phone, province, city, district, street
    )


@given(st.text(max_size=600))
def test_no_text_breaks_the_reading_and_nothing_is_invented(text: str) -> None:
    read = parse(text, KNOWN)

    assert read.phone == "" or read.phone.isdigit()
    assert read.city == "" or read.province or read.city in text or read.city in MUNICIPALITIES
    assert "\n" not in read.street
