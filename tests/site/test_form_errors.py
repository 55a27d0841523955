"""Whatever form is refused says so in its title, in a summary that has the focus, and beside each field."""

from html.parser import HTMLParser

import pytest

from tests.support.crawl import crawl, entries

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])

# A post without any field but the token's is wrong in most forms, a wrong word in the others.
WRONG = ("", "\x00")
TITLES = {"en": "Error: ", "fi": "Virhe: "}


class Page(HTMLParser):
    """What a page's title, summary and fields say."""

    def __init__(self, html):
        super().__init__()
        self.title, self.language, self.ids, self.links, self.focused = "", "", set(), [], None
        self.described = {}
        self._inside = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.language = values.get("lang", "") if tag == "html" else self.language
        self.ids.add(values.get("id"))
        if "autofocus" in values:
            self.focused = self.focused or values.get("id")
        if values.get("id") == "errors":
            self._inside = [tag]
        elif self._inside:
            self._inside.append(tag)
            self.links += [values["href"]] if tag == "a" else []
        if tag in ("input", "textarea", "select", "fieldset") and values.get("id"):
            self.described[values["id"]] = (values.get("aria-describedby") or "").split()
        if tag == "title":
            self._inside = ["title"]

    def handle_data(self, data):
        if self._inside == ["title"]:
            self.title += data

    def handle_endtag(self, tag):
        if self._inside and tag == self._inside[0] and (tag != "div" or self._inside.count("div") == 1):
            self._inside = []
        elif self._inside and tag in self._inside[1:]:
            del self._inside[len(self._inside) - 1 - self._inside[::-1].index(tag) :]


def refused(client, app):
    """(form, page) of every form that this browser reaches and that was refused."""
    _, forms = crawl(client, entries(app))
    for form in forms:
        for value in WRONG:
            kept = {
                name: form.fields[name]
                for name in ("csrf_token", "notice", "terms_version")
                if name in form.fields
            }
            answer = client.post(form.action, data={**dict.fromkeys(form.fields, value), **kept})
            if answer.status_code == 422 and answer.mimetype == "text/html":
                yield form, Page(answer.text)


@pytest.mark.parametrize(("actor", "least"), [("nobody", 12), ("customer", 6), ("administrator", 8)])
def test_a_refused_form_is_summarised_linked_and_titled(world, actor, least):
    seen, bare = set(), set()
    for form, page in refused(world.browsers[actor], world.app):
        if "errors" not in page.ids:
            # A button without fields says in a sentence why it cannot be; there is nothing to lead to.
            bare |= {form.action} if any(name and name.endswith("-error") for name in page.ids) else set()
            continue
        seen.add(form.action)
        assert page.title.startswith(TITLES[page.language]), form.action
        assert page.focused == "errors", form.action
        for link in page.links:
            assert link.startswith("#"), form.action
            assert link[1:] in page.ids, (form.action, link)
            assert f"{link[1:]}-error" in page.described[link[1:]], (form.action, link)
            assert f"{link[1:]}-error" in page.ids, (form.action, link)
    assert len(seen) >= least, sorted(seen)
    assert bare == set()
