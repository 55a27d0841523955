"""What a page leaves in a browser and asks of others, seen through the browser's own tools, scripts or none.

Chrome DevTools Protocol: the domains Storage, DOMStorage, IndexedDB, CacheStorage, ServiceWorker, Network, Audits
and PerformanceTimeline. They look from outside, so they see the same in a browser that runs no script.
"""

import time
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import BrowserContext, CDPSession, Error, Page, Request

# How long fonts and late scripts have to move something or to ask for more.
SETTLE_MS = 120


@dataclass
class Traces:
    """One visit: `cookies` as Playwright lists them, `stored` as (kind, name), `requests` as (kind, address).

    `moved` is a layout shift each, as the browser tells it; `shifts` is that in words: how far, what, from where.
    """

    path: str
    began: float = 0.0
    cookies: list[dict[str, Any]] = field(default_factory=list)
    stored: list[tuple[str, str]] = field(default_factory=list)
    requests: list[tuple[str, str]] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    moved: list[dict[str, Any]] = field(default_factory=list)
    shifts: list[str] = field(default_factory=list)


class Observer:
    """Watches the one page of a browser's profile."""

    def __init__(self, context: BrowserContext, page: Page) -> None:
        self.page = page
        self._context = context
        self._now = Traces("")
        self._tools = context.new_cdp_session(page)
        for domain in ("DOMStorage", "IndexedDB", "ServiceWorker", "Network", "Audits"):
            self._tools.send(f"{domain}.enable")
        self._tools.send("PerformanceTimeline.enable", {"eventTypes": ["layout-shift"]})
        self._tools.on("Audits.issueAdded", self._issue)
        self._tools.on("Network.responseReceivedExtraInfo", self._answer)
        self._tools.on("PerformanceTimeline.timelineEventAdded", self._event)
        self._tools.on("ServiceWorker.workerRegistrationUpdated", self._worker)
        context.on("request", self._request)
        context.on("weberror", lambda error: self._now.errors.append(str(error.error)))

    def visit(self, url: str, path: str) -> Traces:
        """Open a page and let it come to rest. What comes late is the next visit's, and found all the same."""
        self._now = Traces(path, began=time.time())
        answer = self.page.goto(url + path)
        if answer is None or answer.status >= 400:
            self._now.errors.append(f"answered {answer.status if answer else 'nothing'}")
        for _ in range(20):
            if self.page.evaluate("document.fonts.status") == "loaded":
                break
            self.page.wait_for_timeout(50)
        self.page.wait_for_timeout(SETTLE_MS)
        return self.look()

    def look(self) -> Traces:
        """What is in the browser now."""
        self._now.cookies += [dict(cookie) for cookie in self._context.cookies()]
        self._now.stored += _stored(self._tools)
        while self._now.moved:
            self._now.shifts.append(self._shift(self._now.moved.pop(0)))
        return self._now

    def _request(self, request: Request) -> None:
        self._now.requests.append((request.resource_type, request.url))

    def _issue(self, told: dict[str, Any]) -> None:
        issue = told["issue"]
        if issue["code"] == "ContentSecurityPolicyIssue":
            details = issue["details"]["contentSecurityPolicyIssueDetails"]
            what = details.get("blockedURL") or details["contentSecurityPolicyViolationType"]
            self._now.violations.append(f"{details['violatedDirective']}: {what}")

    def _answer(self, told: dict[str, Any]) -> None:
        # Others' cookies, which this browser refuses to keep and another one would not.
        self._now.cookies += [each["cookie"] for each in told["blockedCookies"] if "cookie" in each]

    def _event(self, told: dict[str, Any]) -> None:
        moved = told["event"].get("layoutShiftDetails")
        # What a change of the window moved on the page before may be told late.
        if moved and not moved["hadRecentInput"] and told["event"]["time"] >= self._now.began:
            self._now.moved.append(moved)

    def _shift(self, moved: dict[str, Any]) -> str:
        places = (
            f"{self._name(each.get('nodeId'))} from {_place(each['previousRect'])} to {_place(each['currentRect'])}"
            for each in moved["sources"]
        )
        return f"{moved['value']:.4f} ({'; '.join(places)})"

    def _name(self, node: int | None) -> str:
        """What moved; it may be gone by now."""
        try:
            told = self._tools.send("DOM.describeNode", {"backendNodeId": node})
        except Error:
            return "something"
        return str(told["node"]["nodeName"]).lower()

    def _worker(self, told: dict[str, Any]) -> None:
        self._now.stored += [("service_worker", each["scopeURL"]) for each in told["registrations"]]


def _place(rect: dict[str, float]) -> str:
    return " ".join(f"{rect[side]:.0f}" for side in ("x", "y", "width", "height"))


def _stored(tools: CDPSession) -> list[tuple[str, str]]:
    frame = tools.send("Page.getFrameTree")["frameTree"]["frame"]
    key = tools.send("Storage.getStorageKeyForFrame", {"frameId": frame["id"]})["storageKey"]
    found = []
    for kind in ("local_storage", "session_storage"):
        place = {"storageKey": key, "isLocalStorage": kind == "local_storage"}
        entries = tools.send("DOMStorage.getDOMStorageItems", {"storageId": place})["entries"]
        found += [(kind, str(name)) for name, _ in entries]
    databases = tools.send("IndexedDB.requestDatabaseNames", {"storageKey": key})["databaseNames"]
    caches = tools.send("CacheStorage.requestCacheNames", {"storageKey": key})["caches"]
    found += [("database", str(name)) for name in databases]
    return found + [("cache", str(each["cacheName"])) for each in caches]
