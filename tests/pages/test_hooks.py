"""Hooks in the page that scripts, automated clients and people without JavaScript rely on."""

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest

from clevenio.registry import load

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
PATHS = {"fi": "/fi/", "en": "/en/"}


class Elements(HTMLParser):
    """All start tags as (tag, attributes), each with the action of the form around it."""

    def __init__(self, html):
        super().__init__()
        self.found, self.form = [], None
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if tag == "form":
            self.form = values
        self.found.append((tag, values, self.form))

    def handle_endtag(self, tag):
        if tag == "form":
            self.form = None

    def where(self, **wanted):
        wanted = {name.replace("_", "-"): value for name, value in wanted.items()}
        return [item for item in self.found if all(item[1].get(k) == v for k, v in wanted.items())]


@pytest.fixture(params=["fi", "en"])
def lang(request):
    return request.param


@pytest.fixture
def page(client, lang):
    return Elements(client.get(PATHS[lang]).text)


def test_the_bar_is_a_named_region_that_comes_before_the_content(page):
    ((tag, bar, _),) = page.where(id="site-choices")
    assert (tag, bar["role"]) == ("section", "region")
    assert page.where(id=bar["aria-labelledby"])
    ids = [values["id"] for _, values, _ in page.found if "id" in values]
    assert ids.index("site-choices") < ids.index("content")


@pytest.mark.parametrize("choice", ["accept", "reject", "save"])
def test_each_choice_is_a_button_of_one_kind_in_a_form_that_works_by_itself(page, lang, choice):
    ((tag, button, form),) = page.where(data_choice=choice)
    assert (tag, button["name"], button["value"]) == ("button", "decision", choice)
    assert button["class"] == "button quiet"
    # What somebody ticked and left is not ticked when they come back.
    assert form.pop("autocomplete") == "off"
    assert form == {"method": "post", "action": {"fi": "/fi/valinnat", "en": "/en/choices"}[lang]}


def test_no_category_is_ticked_before_the_person_ticks_it(page):
    boxes = page.where(name="category")
    assert [values["value"] for _, values, _ in boxes] == [purpose.id for purpose in load().categories]
    assert all("checked" not in values for _, values, _ in boxes)


def test_the_footer_withdraws_with_one_button_and_reopens_the_choices(page, lang):
    ((tag, button, form),) = page.where(data_choice="withdraw")
    assert (tag, button["name"], button["value"], form["method"]) == ("button", "decision", "reject", "post")
    ((tag, link, _),) = page.where(data_open="choices")
    assert (tag, link["href"]) == ("a", form["action"])


def test_what_became_of_a_choice_is_announced_in_the_language_of_the_page(page):
    ((_, line, _),) = page.where(id="announcement")
    assert line["role"] == "status"
    assert all(line[f"data-{choice}"] for choice in ("accept", "reject", "save", "withdraw"))


def test_the_script_runs_only_as_we_wrote_it(client, page):
    scripts = [values for tag, values, _ in page.found if tag == "script"]
    # What is left is no script: a block of data, which no browser runs.
    ((script,), (data,)) = [[one for one in scripts if ("src" in one) is has] for has in (True, False)]
    assert data == {"type": "application/ld+json"}
    digest = hashlib.sha384(client.get(script["src"]).data).digest()
    assert script["integrity"] == "sha384-" + base64.b64encode(digest).decode()


def test_the_refusal_reads_reject_all(client):
    assert re.search(r'data-choice="reject">Reject all<', client.get("/en/").text)


def test_no_id_or_class_is_one_that_filter_lists_hide(page):
    named = [f"{values.get('id')} {values.get('class')}" for _, values, _ in page.found]
    assert not [name for name in named if re.search("cookie|consent|gdpr|privacy-bar", name, re.IGNORECASE)]
