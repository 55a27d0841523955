"""A browser that goes everywhere: every page it can reach, and every form on the way.

Attack tests ask it for the forms, so that a new page or field is attacked without being listed.
"""

from collections import deque
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from flask import Flask
from flask.testing import FlaskClient

MOST = 300
# These end what the crawl needs: the session itself, or a link that works once.
LEAVE = ("logout", "kirjaudu-ulos", "/downloads/")


@dataclass
class Form:
    """One form as a browser would send it untouched: every field with its value, boxes as their value."""

    action: str
    page: str
    fields: dict[str, str] = field(default_factory=dict)
    boxes: dict[str, str] = field(default_factory=dict)


class _Page(HTMLParser):
    def __init__(self, path: str, html: str) -> None:
        super().__init__()
        self.path = path
        self.links: set[str] = set()
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._select: str | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in values:
            self.links.add(urljoin(self.path, values["href"]))
        elif tag == "form":
            action = urljoin(self.path, values.get("action", ""))
            self._form = Form(action, self.path) if values.get("method", "get").lower() == "post" else None
            if self._form:
                self.forms.append(self._form)
        elif self._form is not None and values.get("name"):
            self._add(tag, values["name"], values)
        elif self._form is not None and tag == "option" and self._select:
            self._form.fields[self._select] = self._form.fields[self._select] or values.get("value", "")

    def _add(self, tag: str, name: str, values: dict[str, str]) -> None:
        assert self._form
        if tag == "select":
            self._select = name
            self._form.fields[name] = ""
        elif values.get("type") in ("checkbox", "radio"):
            self._form.boxes[name] = values.get("value", "on")
        elif tag in ("input", "textarea", "button"):
            self._form.fields.setdefault(name, values.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None


def entries(app: Flask) -> list[str]:
    """Every address that takes no argument, which is where a crawl begins."""
    return sorted(
        rule.rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.arguments - set(rule.defaults or {})
    )


def crawl(client: FlaskClient, starts: list[str]) -> tuple[dict[str, str], list[Form]]:
    """Every page that this browser reaches, by path, and every form on them, one per action and fields."""
    waiting, seen = deque(starts), set(starts)
    pages: dict[str, str] = {}
    forms: dict[tuple[str, tuple[str, ...]], Form] = {}
    while waiting and len(pages) < MOST:
        path = waiting.popleft()
        answer = client.get(path)
        if answer.status_code in (302, 303) and answer.location:
            _go_on(answer.location, waiting, seen)
        if answer.mimetype != "text/html" or answer.status_code != 200:
            continue
        pages[path] = answer.text
        page = _Page(path, answer.text)
        for form in page.forms:
            # Ids in actions make the same form again and again; a few of them do.
            forms.setdefault((form.action, tuple(sorted({**form.fields, **form.boxes}))), form)
        for link in sorted(page.links):
            _go_on(link, waiting, seen)
    return pages, sorted(forms.values(), key=_ends_the_session)


def _ends_the_session(form: Form) -> bool:
    """Such forms come last, so that what is posted before them is posted by somebody signed in."""
    return any(word in form.action for word in (*LEAVE, "session", "istunno", "delet", "poist", "factor"))


def _go_on(link: str, waiting: deque[str], seen: set[str]) -> None:
    parts = urlsplit(link)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    is_ours = not parts.netloc and path.startswith("/") and not path.startswith("/static/")
    if is_ours and path not in seen and not any(word in path for word in LEAVE):
        seen.add(path)
        waiting.append(path)
