"""Text is packed for browsers that unpack it, and for nobody else."""

import gzip

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from shop.compression import LEAST_BYTES

PACKED = {"Accept-Encoding": "gzip, br"}


def ask(client: FlaskClient, path: str, **headers: str) -> TestResponse:
    """Ask as a browser that unpacks, read all of the answer and put it away."""
    answer = client.get(path, headers={**PACKED, **headers})
    assert answer.data is not None
    answer.close()
    return answer


@pytest.mark.parametrize("path", ["/help", "/static/css/base.css", "/api/v1/openapi.json"])
def test_a_browser_gets_the_same_text_in_fewer_bytes(client: FlaskClient, path: str) -> None:
    with client.get(path) as plain, client.get(path, headers=PACKED) as packed:
        assert len(packed.data) < len(plain.data) / 2

    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) == len(packed.data)
    assert abs(len(gzip.decompress(packed.data)) - len(plain.data)) < 100
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert "Content-Encoding" not in plain.headers


def test_who_refuses_packed_text_gets_it_plain(client: FlaskClient) -> None:
    answer = client.get("/help", headers={"Accept-Encoding": "gzip;q=0, identity"})

    assert "Content-Encoding" not in answer.headers
    assert answer.text.startswith("<!doctype html>")


@pytest.mark.parametrize(
    "path", ["/healthz", "/static/img/harvest-520.webp", "/static/none.css"]
)
def test_pictures_and_small_answers_stay_as_they_are(client: FlaskClient, path: str) -> None:
    answer = ask(client, path)

    is_packed = "Content-Encoding" in answer.headers
    assert is_packed == (answer.status_code == 404)


def test_a_file_that_has_not_changed_is_not_sent_again(client: FlaskClient) -> None:
    first = ask(client, "/static/js/site.js")
    again = ask(client, "/static/js/site.js", **{"If-None-Match": first.headers["ETag"]})

    assert first.headers["ETag"].startswith("W/")
    assert (again.status_code, again.data) == (304, b"")


def test_a_part_of_a_file_is_the_part_asked_for(client: FlaskClient) -> None:
    answer = ask(client, "/static/js/site.js", Range="bytes=0-9")

    assert (answer.status_code, len(answer.data)) == (206, 10)


def test_lengths_of_packed_pages_tell_little(client: FlaskClient) -> None:
    lengths = {len(client.get("/help", headers=PACKED).data) for _ in range(12)}

    assert len(lengths) > 3


def test_an_answer_to_a_question_about_a_page_has_no_body(client: FlaskClient) -> None:
    answer = client.head("/help", headers=PACKED)

    assert (answer.status_code, answer.data) == (200, b"")
    assert int(answer.headers["Content-Length"]) > LEAST_BYTES


def test_what_is_sent_as_a_file_of_data_keeps_its_bytes(app: Flask) -> None:
    with app.test_request_context(headers=PACKED):
        response = app.response_class(iter(["a" * 2_000]), mimetype="text/csv")
        sent = app.process_response(response)

    assert "Content-Encoding" not in sent.headers
