"""Scripts of others run where people read, and nowhere else, whatever was allowed."""

import re

import pytest

from tests.support.elsewhere import TAGS

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])

# Pages that know nobody, or nothing but the cookies, and on which nothing about oneself is typed.
MEASURED = {
    "consent.choices",
    "accounts.reset_sent",
    *(
        f"pages.{name}"
        for name in (
            *("home", "product", "company", "cookies", "vendors", "public_roles", "accessibility"),
            *(f"{text}{versions}" for text in ("privacy", "terms", "dpa") for versions in ("", "_versions")),
        )
    ),
}
TYPED = re.compile(r'<textarea|<input(?![^>]*type="(?:hidden|checkbox|radio)")', re.IGNORECASE)


def test_these_and_no_others_are_measured(app):
    """A new page is looked at here before anybody else's script is."""
    assert app.extensions["clevenio"].measured == MEASURED


@pytest.mark.parametrize("extra_settings", [{"TAGS": TAGS}])
def test_on_a_measured_page_nothing_is_typed(app, client):
    with app.test_request_context():
        paths = [app.url_map.bind("").build(endpoint, {"language": "en"}) for endpoint in sorted(MEASURED)]
    for path in paths:
        page = client.get(path)
        assert page.status_code == 200
        assert not TYPED.search(page.text), path
        assert "googletagmanager" in page.headers["Content-Security-Policy"], path
        assert "&#34;tags&#34;: [{" in page.text, path
