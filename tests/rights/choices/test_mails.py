"""Each mail around one's own choices as it is read, in each language."""

from pathlib import Path

import pytest

from clevenio import mail
from clevenio.rights.choices import mails
from tests.support.golden import assert_golden

GOLDEN = Path(__file__).with_name("golden")
pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
SITE = "https://www.example.com"
VALUES = {
    "link": {"link": f"{SITE}/PAGE/TOKEN"},
    "nobody": {"newsletter": f"{SITE}/newsletter", "rights": f"{SITE}/rights"},
    "move": {"link": f"{SITE}/m/TOKEN"},
    "move-known": {"link": None},
    "moved": {},
}


@pytest.mark.parametrize("language", ["fi", "en"])
@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("kind", ["txt", "html"])
def test_the_mail_reads_as_it_was_approved(settings, name, language, kind):
    template = f"rights/choices/mail/{name.partition('-')[0]}.html"
    made = mail.render(template, language, settings=settings, **VALUES[name])
    found = f"{made.subject}\n\n{made.text}" if kind == "txt" else made.html
    assert_golden(GOLDEN / f"{name}.{language}.{kind}", found)


@pytest.mark.parametrize("language", ["fi", "en"])
def test_the_mails_name_the_pages_that_are_there(app, language):
    urls = app.url_map.bind("localhost")
    for path, endpoint in (
        (f"{mails.PAGE[language]}token", "my_choices.opening"),
        (mails.NEWSLETTER[language], "newsletter.newsletter"),
        (mails.RIGHTS[language], "pages.rights"),
    ):
        assert urls.match(path, "GET")[0] == endpoint
