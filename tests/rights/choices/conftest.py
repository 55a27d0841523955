"""Somebody on a list, the link that was mailed to them, and the page that it opens."""

import re

import pytest

from clevenio.consent import ledger
from tests.support.factories import grant, make_person
from tests.support.mailbox import link_in

ASK = {"fi": "/fi/valinnat/linkki", "en": "/en/choices/link"}
OWN = {"fi": "/fi/omat-valinnat/", "en": "/en/my-choices/"}
AINO = "aino.esimerkki@example.fi"
HIDDEN = re.compile(r'<input type="hidden" name="(secret|notice|stood)" value="([^"]*)"')


@pytest.fixture
def person(database, clock):
    with database.session() as session:
        made = make_person(session, AINO, language="en", first_name="Aino", phone="+358401234567")
        grant(session, made, "newsletter", "surveys", "ad_audiences")
        session.commit()
        return made


@pytest.fixture
def mailed(client, mailbox, person):
    """`mailed()`: the path of a link that was asked for just now."""

    def ask(language="en"):
        assert client.post(ASK[language], data={"email": AINO}).status_code == 303
        return link_in(mailbox.newest(AINO), OWN[person.language])

    return ask


@pytest.fixture
def granted(other_session, person):
    def read():
        with other_session() as session:
            decided = ledger.decisions_of(session, person.id)
        return {purpose.partition(":")[0] for purpose, state in decided.items() if state == "granted"}

    return read


class OwnPage:
    """The page as a browser holds it: the secret, and what else its forms carry."""

    def __init__(self, client, path):
        self.client, self.path = client, path
        self.secret = re.search(r'name="secret" value="([^"]+)"', client.get(path).text)[1]
        self.answer = self.post()

    def post(self, act="", **fields):
        """Post one of its forms: `page.post("/language", tongue="fi")`."""
        answer = self.client.post(self.path + act, data={"secret": self.secret, **fields})
        if answer.mimetype == "text/html" and answer.status_code == 200:
            self.answer = answer
        return answer

    def save(self, *ticked):
        """Save the boxes with these ticked."""
        carried = HIDDEN.findall(self.answer.text)
        stood = [value for name, value in carried if name == "stood"]
        notice = next(value for name, value in carried if name == "notice")
        return self.post("/permissions", notice=notice, stood=stood, **dict.fromkeys(ticked, "yes"))


@pytest.fixture
def page(client, mailed):
    """The page, opened."""
    return OwnPage(client, mailed())
