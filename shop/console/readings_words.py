"""What the operator reads about formats, refused rows and files that could not be read."""

from collections.abc import Mapping

from flask_babel import gettext as _

from cold_chain.values import IntakeFormat
from shop.intake_sentences import INTAKE_SENTENCES


def format_words() -> Mapping[str, str]:
    """Return what each format is called."""
    return {
        IntakeFormat.SENML: "SenML (RFC 8428)",
        IntakeFormat.THINGSBOARD: "ThingsBoard JSON",
        IntakeFormat.JT808: "JT/T 808",
        IntakeFormat.TABLE: _("表格"),
    }


def refusal_words() -> Mapping[str, str]:
    """Return why single rows, records or frames were refused."""
    return {
        "channel_unknown": _("没有登记的通道"),
        "checksum_wrong": _("校验码不符"),
        "door_unreadable": _("无法识别的门状态"),
        "frame_checksum_wrong": _("报文校验码不符"),
        "frame_encrypted": _("报文已加密"),
        "frame_escape_wrong": _("报文转义错误"),
        "frame_in_parts": _("分包报文"),
        "frame_length_wrong": _("报文长度不符"),
        "frame_too_short": _("报文过短"),
        "message_unreadable": _("无法识别的消息"),
        "moment_ambiguous": _("该时区没有或有两个这样的时刻"),
        "moment_missing": _("没有时间"),
        "moment_unreadable": _("无法识别的时间"),
        "status_not_valid": _("状态列标明无效"),
        "value_unreadable": _("无法识别的数值"),
        "zone_missing": _("没有说明时区"),
    }


def problem_words() -> Mapping[str, str]:
    """Return why whole files were refused; the sentences of refusals without their values."""
    return {
        "nothing_readable": _("文件中没有一行可以读取。"),
        "readings_too_wide": _("文件跨越的天数过多，请分开上传。"),
        **{
            code: str(sentence)
            for code, sentence in INTAKE_SENTENCES.items()
            if "%(" not in str(sentence)
        },
    }
