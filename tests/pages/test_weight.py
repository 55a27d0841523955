"""A first visit fits one initial congestion window, and the bar weighs next to nothing."""

import gzip
import re
from pathlib import Path

import brotli
import pytest

from clevenio.places import STATIC
from clevenio.web.assets import assets, smaller

on_sqlite = pytest.mark.parametrize("backend", ["sqlite"])
BAR_STYLES = ("bar.css", "button.css", "box.css")


def squeezed(name):
    body = assets()[name].squeezed
    assert body
    return len(body)


@pytest.fixture(params=["/fi/", "/en/", "/fi/tietosuoja"])
def first_visit(request, client):
    return client.get(request.param).text


@on_sqlite
def test_html_styles_and_script_of_a_first_visit_are_small(first_visit):
    html = len(brotli.compress(first_visit.encode(), quality=11))
    assert 'id="site-choices"' in first_visit
    assert html + squeezed("site.css") + squeezed("js/site.js") <= 14_600


@on_sqlite
def test_a_first_visit_asks_for_a_style_sheet_a_script_and_nothing_more(first_visit):
    asked = re.findall(
        r'<(?:link rel="(?:stylesheet|icon|preload)" href|script type="module" src)="([^"]+)', first_visit
    )
    files = [address for address in asked if not address.startswith("data:")]
    assert [file.split("?")[0] for file in files] == ["/static/site.css", "/static/js/site.js"]
    assert not re.search(r"<(?:img|iframe|video|audio|object|embed)\b", first_visit)


@on_sqlite
def test_the_first_layer_is_within_two_kilobytes_and_so_is_its_script(first_visit):
    bar = re.search(r'<section id="site-choices".*?</section>', first_visit, re.DOTALL)
    assert bar
    styles = "".join(smaller((Path(STATIC) / "css/site" / name).read_text()) for name in BAR_STYLES)
    assert len(gzip.compress((bar[0] + styles).encode(), 9)) <= 2048
    scripts = assets()["js/site.js"].body + assets()["js/choices.js"].body
    assert len(gzip.compress(scripts, 9)) <= 2048


def test_the_style_sheets_and_the_face_keep_to_their_budget():
    assert squeezed("site.css") <= 6_000
    faces = [len(asset.body) for name, asset in assets().items() if name.endswith(".woff2")]
    assert 0 < sum(faces) <= 30_000


def test_the_licence_lies_beside_the_face():
    assert b"SIL Open Font License" in assets()["fonts/hedvig-letters-serif.LICENSE.txt"].body
