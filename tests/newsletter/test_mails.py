"""Each mail of this room as it is read, in each language: a change of copy is a visible diff."""

from pathlib import Path

import pytest

from clevenio import mail
from clevenio.newsletter.markdown import read
from clevenio.settings import Settings
from tests.support.golden import assert_golden

GOLDEN = Path(__file__).with_name("golden")
SOURCE = {
    "fi": "# Kolme tapaa kysyä\n\nHei,\n\nlue [kirjoitus](https://www.example.com/a).\n\n- yksi\n- kaksi\n",
    "en": "# Three ways to ask\n\nHello,\n\nread the [piece](https://www.example.com/a).\n\n- one\n- two\n",
}
NAMES = {"fi": ("Uutiskirje", "Kyselyt"), "en": ("Newsletter", "Surveys")}


def rendered(name, language, settings):
    if name == "confirm":
        link = "https://www.example.com/c/token"
        return mail.render(
            "newsletter/mail/confirm.html", language, settings=settings, names=NAMES[language], link=link
        )
    return mail.render(
        "newsletter/mail/campaign.html",
        language,
        settings=settings,
        unsubscribe="https://www.example.com/u/token",
        letter=read(SOURCE[language]),
        basis="consent",
        topic=NAMES[language][0],
    )


@pytest.mark.parametrize("language", ["fi", "en"])
@pytest.mark.parametrize("name", ["confirm", "campaign"])
@pytest.mark.parametrize("kind", ["txt", "html"])
def test_the_mail_reads_as_it_was_approved(name, language, kind, tmp_path):
    env = {"CLEVENIO_DATA": str(tmp_path), "CLEVENIO_BASE_URL": "https://www.example.com"}
    made = rendered(name, language, Settings.from_env(env))
    found = f"{made.subject}\n\n{made.text}" if kind == "txt" else made.html
    assert_golden(GOLDEN / f"{name}.{language}.{kind}", found)
