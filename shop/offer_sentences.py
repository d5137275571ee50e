"""What people read about refusals of offers: tiers, campaigns, coupons, boxes, holds."""

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

OFFERS: dict[str, LazyString] = {
    "carrier_number_taken": _("运单号 %(name)s 已用在另一个包裹上，请核对。"),
    "carrier_number_unfit": _("运单号应为 6 到 32 个字母、数字或连字符。"),
    "day_missing": _("请填写日期。"),
    "not_late": _("订单 %(number)s 没有超过最晚发货日，不能这样取消。"),
    "out_of_reach": _("%(names)s 送不到 %(place)s，请换一个收货地址或移出购物篮。"),
    "parcel_not_found": _("没有找到该包裹。"),
    "presale_cap_unfit": _("预售上限应在 1 到 %(maximum)s 件之间。"),
    "presale_not_allotted": _("订单 %(number)s 的预售商品还没有分到批次，不能打包。"),
    "presale_not_found": _("没有找到该预售。"),
    "presale_overlaps": _("规格 %(code)s 在这段时间已有预售。"),
    "presale_season_unfit": _("采收年份应与最晚发货日相近。"),
    "presale_ships_early": _("最晚发货日不能早于预售的最后一天。"),
    "presale_whole_line": _("预售商品分到批次之前，只能整行取消。"),
    "province_unknown": _("没有找到省份 %(name)s。"),
    "shipping_amount_unfit": _("运费应为不小于零的金额（元）。"),
    "shipping_rule_not_found": _("没有找到该运费规则。"),
    "shipping_rule_overlaps": _("%(province)s 已在另一条规则中，请先停用或改那一条。"),
    "shipping_rule_today": _("运费规则最早从明天起生效。"),
    "shipping_weight_unfit": _("重量应大于零，且不超过 1000 公斤。"),
    "supply_cap_exceeded": _("超过这一年的产量，最多还能预售 %(left)s 公斤。"),
    "supply_basis_missing": _("请写明年产量的依据。"),
    "supply_promised": _("这一年的预售已承诺 %(promised)s 公斤，产量不能填得更少。"),
    "supply_unfit": _("年产量应大于零，且不超过 %(maximum)s 吨。"),
    "temperature_unknown": _("请选择温度。"),
    "box_picture_unknown": _("请从列出的图片中选择。"),
    "box_untold": _("请填写礼盒的名称、介绍和规格。"),
    "bundle_has_lots": _("这个规格有自己的批次，不能做成礼盒。"),
    "bundle_in_bundle": _("礼盒里不能再放礼盒。"),
    "bundle_too_dear": _("礼盒不能比里面的商品单买更贵。"),
    "bundle_too_small": _("礼盒至少装两件。"),
    "campaign_below_cost": _("规格 %(code)s 的活动价低于这批货的收购成本。"),
    "campaign_code_taken": _("编号 %(code)s 已被使用，请换一个。"),
    "campaign_code_unfit": _("请填写名称；活动编号用 4 到 32 个大写字母、数字或连字符。"),
    "campaign_not_cheaper": _("规格 %(code)s 的活动价没有低于现价。"),
    "campaign_not_found": _("没有找到该活动。"),
    "campaign_without_goods": _("请选择参加活动的商品。"),
    "confirmation_unreadable": _("无法读取您确认的价格，请回到结算页重新确认。"),
    "coupon_amount_or_percent": _("请填写减免金额或折扣比例其中一项。"),
    "coupon_code_taken": _("优惠码 %(code)s 已被使用，请换一个。"),
    "coupon_code_unfit": _("请填写名称；优惠码用 4 到 32 个大写字母、数字或连字符。"),
    "coupon_ended": _("这张优惠券已经停用或过期。"),
    "coupon_for_nobody": _("请填写要发放的登录名，或选择单位。"),
    "coupon_gone": _("这张优惠券已经领完。"),
    "coupon_not_claimable": _("只有可领取的优惠券才能限制领取人数。"),
    "coupon_not_found": _("没有这张优惠券，请检查优惠码。"),
    "coupon_scope_unfit": _("请选择优惠券适用的范围。"),
    "coupons_too_many": _("一个购物篮最多放 %(maximum)s 张优惠券。"),
    "login_unknown": _("没有登录名 %(login)s，没有发放给任何人。"),
    "logins_too_many": _("一次最多填写 %(maximum)s 个登录名。"),
    "limit_not_positive": _("金额、数量和次数的限制应大于零。"),
    "percent_out_of_bounds": _("比例应在 1 到 %(maximum)s 之间。"),
    "period_out_of_order": _("结束时间应晚于开始时间。"),
    "tiers_out_of_order": _("数量越多单价应越低，请检查 %(quantity)s 件这一档。"),
    "too_many_packs_held": _(
        "您已有 %(held)s 件商品待付款，同时最多保留 %(maximum)s 件。"
        "请先付款或取消待付款的订单，或减少数量。"
    ),
    "too_much_held": _(
        "您已有 %(held)s 元商品待付款，同时最多保留 %(maximum)s 元。"
        "请先付款或取消待付款的订单，或减少数量。"
    ),
}
