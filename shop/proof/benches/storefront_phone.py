"""What a cheap phone on a slow line waits for: bytes, the largest paint, and shifts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from shop.proof.ground import visits
from shop.proof.ground.databases import Ground, laid
from shop.proof.ground.storefront_pages import PAGES
from shop.proof.ground.storefronts import open_storefront
from shop.proof.runner import Kind, Outcome, run_named
from shop.settings import Settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, CDPSession, Page

ORDERS = 400
LOOKED_AT = ("home", "products", "product", "search", "village", "lot", "help")
FIRST = "home"
MOST_KB, MOST_LCP_S, MOST_CLS = 300.0, 2.0, 0.02
KB = 1_000

SCREEN = {"width": 375, "height": 812}
DENSITY = 2.0
SLOWER = 4
"""How many times slower than this machine the phone computes."""
LATENCY_MS = 150
DOWN_BITS, UP_BITS = 1_600_000, 750_000
QUIET_MS = 1_500
"""Nothing larger is painted, and nothing shifts, so long after the last byte."""

WATCH = """
window.seen = { lcp: 0, cls: 0, what: "" };
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) {
    seen.lcp = one.startTime;
    seen.what = one.element ? one.element.tagName + "." + one.element.className : one.url;
  }
}).observe({ type: "largest-contentful-paint", buffered: true });
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) if (!one.hadRecentInput) seen.cls += one.value;
}).observe({ type: "layout-shift", buffered: true });
"""
SCROLL = """async () => {
  for (let y = 0; y < document.body.scrollHeight; y += innerHeight) {
    scrollTo({ top: y, behavior: "instant" });
    await new Promise((done) => setTimeout(done, 60));
  }
}"""
GOAL = (
    f"first page ≤ {MOST_KB:.0f} kB, each page: largest paint ≤ {MOST_LCP_S} s, "
    f"shift ≤ {MOST_CLS}, 0 requests to other hosts"
)


@dataclass(frozen=True, slots=True)
class Size:
    """How often each page is opened by a phone that was never there."""

    rounds: int


DEFAULT = Size(rounds=3)
FULL = Size(rounds=7)


@dataclass(slots=True)
class View:
    """One page as one phone saw it."""

    first_bytes: int = 0
    bytes: int = 0
    """With everything that waits to be scrolled to."""
    requests: int = 0
    outside: set[str] = field(default_factory=set)
    lcp_s: float = 0.0
    cls: float = 0.0
    what: str = ""


@run_named(Kind.BENCH, "storefront-phone")
def storefront_phone(settings: Settings) -> Outcome:
    """Open the main pages as a slow phone does: kilobytes, largest paint, shifts, requests."""
    with laid(settings, orders=ORDERS) as ground:
        return measure(ground, FULL if settings.full_size else DEFAULT)


def measure(ground: Ground, size: Size) -> Outcome:
    """Open each page anew in every round, so that neighbours' load hits all alike."""
    views: dict[str, list[View]] = {name: [] for name in LOOKED_AT}
    with open_storefront(ground, "phone") as address, visits.browsing() as browser:
        paths = _find_paths(browser, address)
        for _ in range(size.rounds):
            for name, path in paths.items():
                views[name].append(_view(browser, address, path))
    return _outcome(views)


def _find_paths(browser: Browser, address: str) -> dict[str, str]:
    """Follow the links of the list once; the server is warm afterwards, as it is in use."""
    pages = {page.name: page for page in PAGES}
    with _phone(browser, address) as tab:
        paths = {}
        for name in LOOKED_AT:
            visits.open_page(tab, pages[name], {})
            parts = urlsplit(tab.url)
            paths[name] = f"{parts.path}?{parts.query}".rstrip("?")
        return paths


@contextmanager
def _phone(browser: Browser, address: str) -> Iterator[Page]:
    """Open a tab of a phone that keeps nothing of earlier visits."""
    context = browser.new_context(
        base_url=address,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        viewport={"width": SCREEN["width"], "height": SCREEN["height"]},
        device_scale_factor=DENSITY,
        is_mobile=True,
        has_touch=True,
    )
    context.set_default_timeout(visits.PATIENCE_MS)
    try:
        yield context.new_page()
    finally:
        context.close()


def _view(browser: Browser, address: str, path: str) -> View:
    view = View()
    with _phone(browser, address) as tab:
        session = tab.context.new_cdp_session(tab)
        _slow_down(session)
        _count(session, view, urlsplit(address).netloc)
        tab.add_init_script(WATCH)
        tab.goto(path, wait_until="networkidle")
        tab.wait_for_timeout(QUIET_MS)
        view.first_bytes = view.bytes
        told: dict[str, Any] = tab.evaluate("window.seen")
        view.lcp_s, view.what = told["lcp"] / 1000, told["what"]
        tab.evaluate(SCROLL)
        tab.wait_for_load_state("networkidle")
        tab.wait_for_timeout(QUIET_MS)
        view.cls = tab.evaluate("window.seen.cls")
    return view


def _slow_down(session: CDPSession) -> None:
    session.send("Network.enable")
    session.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": LATENCY_MS,
            "downloadThroughput": DOWN_BITS / 8,
            "uploadThroughput": UP_BITS / 8,
        },
    )
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})


def _count(session: CDPSession, view: View, host: str) -> None:
    def note_request(event: Mapping[str, Any]) -> None:
        parts = urlsplit(event["request"]["url"])
        if parts.scheme in {"http", "https", "ws", "wss"}:
            view.requests += 1
            view.outside |= {parts.netloc} - {host}

    def note_end(event: Mapping[str, Any]) -> None:
        view.bytes += int(event["encodedDataLength"])

    session.on("Network.requestWillBeSent", note_request)
    session.on("Network.loadingFinished", note_end)


def _outcome(views: Mapping[str, Sequence[View]]) -> Outcome:
    first_kb = _middle(one.first_bytes / KB for one in views[FIRST])
    lcp = {name: _middle(one.lcp_s for one in seen) for name, seen in views.items()}
    shifts = {name: max(one.cls for one in seen) for name, seen in views.items()}
    outside = sorted({host for seen in views.values() for one in seen for host in one.outside})
    slowest = max(lcp, key=lambda name: lcp[name])
    holds = (
        first_kb <= MOST_KB
        and lcp[slowest] <= MOST_LCP_S
        and max(shifts.values()) <= MOST_CLS
        and not outside
    )
    return Outcome(
        "storefront-phone",
        f"first page {first_kb:.0f} kB, largest paint {lcp[slowest]:.2f} s at most "
        f"({slowest}), shift {max(shifts.values()):.3f} at most, "
        f"{len(outside)} other hosts asked – {'GOAL MET' if holds else 'GOAL NOT MET'}",
        GOAL,
        holds=holds,
        details=(
            (
                f"{SCREEN['width']} px at density {DENSITY:g}, computing {SLOWER} × slower, "
                f"{DOWN_BITS / 1e6:g} Mbit/s, {LATENCY_MS} ms a request, nothing kept; "
                f"the middle of {len(views[FIRST])} rounds"
            ),
            *(_line(name, seen) for name, seen in views.items()),
            *outside,
        ),
    )


def _line(name: str, seen: Sequence[View]) -> str:
    times = sorted(one.lcp_s for one in seen)
    return (
        f"  {name:9} {_middle(one.first_bytes / KB for one in seen):4.0f} kB "
        f"({_middle(one.bytes / KB for one in seen):4.0f} scrolled to the end), "
        f"{_middle(one.requests for one in seen):3.0f} requests, largest paint "
        f"{median(times):.2f} s [{times[0]:.2f}–{times[-1]:.2f}] {seen[-1].what}, "
        f"shift {max(one.cls for one in seen):.3f}"
    )


def _middle(values: Iterator[float]) -> float:
    return median(list(values))
