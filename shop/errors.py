"""Turns every refusal and failure into a page a person can act on, or into problem+json."""

import structlog
from flask import Flask, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException

from kernel import masking
from kernel.errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    ShanjiError,
)
from shop import intake, journal
from shop.sentences import SENTENCES

API = "/api/"
PROBLEM = "application/problem+json"
SIGN_IN = "storefront_account.login"
RETRY_SECONDS = "5"
UNAUTHORIZED = 401
REDIRECTS = range(300, 400)
SERVER_FAULT = 500

STATUSES: tuple[tuple[type[ShanjiError], int], ...] = (
    (NotFoundError, 404),
    (ConflictError, 409),
    (ForbiddenError, 403),
    (InvalidError, 422),
)

log = structlog.get_logger()


def init_app(app: Flask) -> None:
    """Answer every exception of the app; nothing but the unexpected is logged as an error."""
    app.register_error_handler(ShanjiError, _refused)
    app.register_error_handler(CSRFError, _form_expired)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(DataError, _out_of_range)
    app.register_error_handler(OperationalError, _unavailable)
    app.register_error_handler(InterfaceError, _unavailable)
    app.register_error_handler(PoolTimeoutError, _unavailable)
    app.register_error_handler(Exception, _unexpected)


def sentence(error: ShanjiError) -> str:
    """Return what a person reads about a refusal, in their language."""
    known = SENTENCES.get(error.code)
    if known is None:
        return _title(status_of(error))
    return str(known) % error.params


def status_of(error: ShanjiError) -> int:
    """Return the HTTP status of a refusal."""
    for kind, status in STATUSES:
        if isinstance(error, kind):
            return status
    return 500


def answer(status: int, code: str, detail: str) -> Response:
    """Build the answer of one failure: problem+json under /api, a page elsewhere."""
    detail = masking.scrub(detail)
    if request.path.startswith(API):
        body = {
            "type": "about:blank",
            "title": _title(status),
            "status": status,
            "code": code,
            "detail": detail,
            "request_id": journal.request_id(),
        }
        return Response(intake.dump(body), status, content_type=PROBLEM)
    page = render_template(
        "errors/show.html",
        status=status,
        title=_title(status),
        detail=detail,
        request_id=journal.request_id(),
    )
    return Response(page, status, content_type="text/html; charset=utf-8")


def _refused(error: ShanjiError) -> ResponseReturnValue:
    return answer(status_of(error), error.code, sentence(error))


def _form_expired(error: CSRFError) -> ResponseReturnValue:
    del error
    return answer(400, "form_expired", _("页面已过期，请返回上一页刷新后重新提交。"))


def _http(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if error.response is not None:
        return error.response
    if status == UNAUTHORIZED and not request.path.startswith(API):
        return redirect(url_for(SIGN_IN, next=_way_back()))
    if status in REDIRECTS:
        return error
    response = answer(status, f"http_{status}", _title(status))
    for name, value in error.get_headers(request.environ):
        if name.lower() not in {"content-type", "content-length"}:
            response.headers[name] = value
    return response


def _out_of_range(error: DataError) -> ResponseReturnValue:
    log.warning("input_out_of_range", error=str(error.orig))
    return answer(422, "out_of_range", _("输入的数值超出了允许范围。"))


def _unavailable(error: DBAPIError | PoolTimeoutError) -> ResponseReturnValue:
    log.error("database_unavailable", error=str(error))
    response = answer(503, "unavailable", _("服务暂时不可用，请稍后再试。"))
    response.headers["Retry-After"] = RETRY_SECONDS
    return response


def _unexpected(error: Exception) -> ResponseReturnValue:
    log.error("unexpected_error", path=request.path, exc_info=error)
    detail = _("我们这边出错了，已经记录下来。您的操作没有生效。")
    return answer(500, "unexpected", detail)


def _way_back() -> str:
    """Return where to go after signing in; a page that was posted cannot be asked for again."""
    return request.full_path.rstrip("?") if request.method == "GET" else "/"


def _title(status: int) -> str:
    titles: dict[int, str] = {
        400: _("请求无法理解"),
        401: _("请先登录"),
        403: _("没有权限"),
        404: _("没有找到"),
        405: _("不支持这种操作"),
        409: _("当前状态不允许此操作"),
        413: _("内容过大"),
        415: _("不支持这种格式"),
        422: _("输入有误"),
        429: _("操作太频繁，请稍候"),
        500: _("系统出错"),
        503: _("服务暂时不可用"),
    }
    return titles.get(status, titles[SERVER_FAULT if status >= SERVER_FAULT else 400])
