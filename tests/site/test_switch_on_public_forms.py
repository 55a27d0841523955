"""A public form that is shown again goes along to the other language with what was typed in it, and does nothing."""

import re

import pytest
from sqlalchemy import func, select

from clevenio.accounts.models import MailRequest, Signup
from clevenio.inquiries.models import Inquiry
from clevenio.outbox import Mail
from clevenio.people.models import Link
from clevenio.rights.models import Request

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])

TYPED = "odd <typed> words"
# Of each form: both addresses, and what is posted so that it is refused.
FORMS = {
    "inquiry": ("/fi/yhteys", "/en/contact", {"name": TYPED, "email": "aino@", "message": "?"}),
    "signup": ("/fi/rekisteroidy", "/en/signup", {"first_name": TYPED, "email": "aino@"}),
    "mail again": ("/fi/rekisteroidy/uudelleen", "/en/signup/again", {"email": TYPED}),
    "reset": ("/fi/uusi-salasana", "/en/new-password", {"email": TYPED}),
    "newsletter": ("/fi/uutiskirje", "/en/newsletter", {"email": TYPED}),
    "choices link": ("/fi/valinnat/linkki", "/en/choices/link", {"email": TYPED}),
    "rights": ("/fi/oikeudet", "/en/rights", {"email": TYPED, "kind": "access"}),
}
SWITCH = re.compile(
    r'<button class="tongue" form="typed" formaction="([^"]+)" name="switch" value="1" lang="(..)">'
)
SEEN = 'value="odd &lt;typed&gt; words"'


@pytest.mark.parametrize("name", FORMS)
def test_a_refused_form_is_shown_in_the_other_language_as_it_was_typed(client, name):
    finnish, english, fields = FORMS[name]
    refused = client.post(finnish, data=fields)
    assert refused.status_code == 422
    assert SEEN in refused.text
    assert refused.text.count('id="typed"') == 1
    assert SWITCH.findall(refused.text) == [(english, "en")]

    switched = client.post(english, data={**fields, "switch": "1"})
    assert switched.status_code == 200
    assert '<html lang="en"' in switched.text
    assert SEEN in switched.text
    assert 'id="errors"' not in switched.text
    assert SWITCH.findall(switched.text) == [(finnish, "fi")]


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/en/contact", {"name": "Aino", "email": "aino@example.com", "message": "How do I begin?"}),
        ("/en/signup/again", {"email": "aino@example.com"}),
        ("/en/newsletter", {"email": "aino@example.com"}),
        ("/en/rights", {"email": "aino@example.com", "kind": "direct_marketing"}),
    ],
)
def test_asking_for_the_other_language_does_nothing_else(client, other_session, path, fields):
    assert client.post(path, data={**fields, "switch": "1"}).status_code == 200
    with other_session() as session:
        for model in (Inquiry, Signup, MailRequest, Mail, Link, Request):
            assert session.scalar(select(func.count()).select_from(model)) == 0, model.__tablename__


@pytest.mark.parametrize("path", [pages[1] for pages in FORMS.values()])
def test_a_form_that_nobody_typed_into_is_left_by_a_link(client, path):
    page = client.get(path).text
    assert 'class="tongue" lang="fi"' in page
    assert 'name="switch"' not in page
