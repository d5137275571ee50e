"""What people read about each refusal: stable code → sentence; values in %(name)s."""

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

SENTENCES: dict[str, LazyString] = {
    "login_missing": _("请填写登录名。"),
    "login_taken": _("登录名 %(login)s 已被使用，请换一个。"),
    "not_yours": _("这属于其他单位，您不能查看或修改。"),
    "organisation_not_found": _("没有找到该单位。"),
    "password_too_short": _("密码至少需要 %(minimum)s 个字符。"),
    "role_missing": _("您的账号没有此页面所需的角色。"),
    "sign_in_refused": _("登录名或密码不正确。"),
}
