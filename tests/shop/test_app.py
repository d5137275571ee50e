"""The application as a whole: refusals, limits and headers."""

import pytest
from flask.testing import FlaskClient


def test_a_healthy_shop_says_so(client: FlaskClient) -> None:
    response = client.get("/healthz")

    assert (response.status_code, response.json) == (200, {"status": "ok"})


def test_pages_forbid_inline_scripts_and_styles(client: FlaskClient) -> None:
    policy = client.get("/healthz").headers["Content-Security-Policy"]

    assert "default-src 'self'" in policy
    assert "unsafe-inline" not in policy


@pytest.mark.parametrize("address", ["/a%00b", "/healthz?x=%00", "/healthz?%00=x"])
def test_a_nul_byte_is_refused_before_any_view(client: FlaskClient, address: str) -> None:
    assert client.get(address).status_code == 400


def test_a_nul_byte_in_a_form_is_refused(client: FlaskClient) -> None:
    assert client.post("/healthz", data={"x": "\x00"}).status_code in {400, 405}


def test_a_missing_page_answers_in_the_language_asked_for(client: FlaskClient) -> None:
    chinese = client.get("/no-such-page")
    english = client.get("/no-such-page?lang=en")

    assert (chinese.status_code, english.status_code) == (404, 404)
    assert 'lang="zh-CN"' in chinese.text
    assert 'lang="en"' in english.text


def test_the_api_answers_failures_as_problem_json(client: FlaskClient) -> None:
    response = client.get("/api/v1/no-such-thing")

    assert response.content_type == "application/problem+json"
    assert response.json is not None
    assert response.json["status"] == 404


def test_every_answer_carries_the_number_of_its_request(client: FlaskClient) -> None:
    given = client.get("/healthz", headers={"X-Request-ID": "0123456789abcdef"})
    forged = client.get("/healthz", headers={"X-Request-ID": "a b"})

    assert given.headers["X-Request-ID"] == "0123456789abcdef"
    assert forged.headers["X-Request-ID"] != "a b"
