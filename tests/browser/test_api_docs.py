"""The interface's document in a real browser."""

from urllib.parse import urlsplit

from playwright.sync_api import Page


def test_the_document_opens_and_asks_no_other_host(page: Page, live_address: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.goto("/api/v1/docs")
    page.get_by_text("Place an order").click()
    page.get_by_text("Idempotency-Key").first.wait_for()

    hosts = {urlsplit(url).netloc for url in asked if not url.startswith(("data:", "blob:"))}
    assert hosts == {urlsplit(live_address).netloc}
