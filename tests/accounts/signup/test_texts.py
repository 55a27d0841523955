"""The texts and boxes of a signup: only what was shown is accepted, and all of it is kept."""

import pytest
from sqlalchemy import select

from clevenio import legal
from clevenio.accounts.models import Account, Agreement
from clevenio.consent.notices import signup_notice
from tests.accounts.signup.conftest import GOOD, PATHS
from tests.support.factories import NOW


@pytest.fixture(params=["terms", "dpa", "privacy"])
def new_text(request, publish):
    """The text that changes on the day after `NOW`."""
    for text in legal.TEXTS:
        publish(text, "2026-05-01", "informed")
    publish(request.param, "2026-06-02", "informed")
    return request.param


def stamped(**days):
    """What the form says it stood beside."""
    versions = {"terms": "2026-05-01", "dpa": "2026-05-01", "privacy": "2026-05-01"} | days
    return " ".join(f"{text}:{day}" for text, day in versions.items())


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_page_says_which_texts_it_shows(client, clock, new_text):
    assert f'name="terms_version" value="{stamped()}"' in client.get("/en/signup").text
    clock.advance(days=1)
    now = stamped(**{new_text: "2026-06-02"})
    assert f'name="terms_version" value="{now}"' in client.get("/en/signup").text


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "The terms have changed since you opened this page."), ("fi", "Ehdot ovat muuttuneet")],
)
@pytest.mark.parametrize("backend", ["sqlite"])
def test_texts_that_were_not_shown_are_not_accepted(client, clock, new_text, counts, language, said):
    form = {**GOOD, "terms_version": stamped(), "newsletter": "yes"}
    clock.advance(days=1)
    response = client.post(PATHS[language], data=form)
    assert response.status_code == 422
    assert said in response.text.partition('id="terms-error">')[2].partition("</p>")[0]
    assert f'name="terms_version" value="{stamped(**{new_text: "2026-06-02"})}"' in response.text
    assert "checked" not in response.text.partition('id="terms"')[2].partition(">")[0]
    assert 'id="box-newsletter" value="yes" checked' in response.text
    assert counts() == (0, 0, 0, 0)


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    "forged",
    ["terms:2026-05-01", "terms:2030-01-01 dpa:2026-05-01 privacy:2026-05-01", "x:1", "terms", ":", "é"],
)
def test_a_forged_version_is_not_taken(client, clock, new_text, counts, forged):
    assert client.post("/en/signup", data={**GOOD, "terms_version": forged}).status_code == 422
    assert counts() == (0, 0, 0, 0)


def test_the_agreement_names_the_version_that_was_shown(sign_up, client, clock, new_text, other_session):
    path = sign_up(terms_version=stamped())
    clock.advance(days=1)
    client.post(path)
    with other_session() as session:
        kept = {one.text: one.version for one in session.scalars(select(Agreement))}
    assert kept == dict.fromkeys(legal.TEXTS, "2026-05-01")


def test_boxes_ticked_beside_other_words_are_asked_anew(client, counts):
    response = client.post("/en/signup", data={**GOOD, "notice": "0" * 32, "newsletter": "yes"})
    assert response.status_code == 422
    assert "What the boxes say has changed since you opened this page." in response.text
    assert 'id="box-newsletter" value="yes">' in response.text
    assert f'name="notice" value="{signup_notice("en").id}"' in response.text
    assert counts() == (0, 0, 0, 0)
    assert client.post("/en/signup", data={**GOOD, "notice": "0" * 32}).status_code == 303


def test_what_was_accepted_and_shown_is_kept_each_in_its_own_way(
    sign_up, client, clock, other_session, settings
):
    path = sign_up("fi")
    assert "/fi/kasittelysopimus/versiot/" in client.get(path).text
    client.post(path)
    with other_session() as session:
        kept = {one.text: one for one in session.scalars(select(Agreement))}
        account = session.scalars(select(Account)).one()
    kinds = {"terms": "accepted", "dpa": "accepted", "privacy": "shown"}
    assert {text: one.kind for text, one in kept.items()} == kinds
    for text, one in kept.items():
        version = legal.current(text, NOW.date())
        assert (one.version, one.language, one.at) == (version.day, "fi", NOW)
        assert one.digest == version.digest("fi")
        assert (one.person, one.account) == (account.person_id, account.id)
        assert one.facts["controller"] == settings.controller_name
        assert one.facts["address"].endswith("Suomi")


def test_the_one_box_links_both_texts_and_the_notice_is_only_shown(client):
    for path, leads in (
        ("/fi/rekisteroidy", ("/fi/ehdot", "/fi/kasittelysopimus", "/fi/tietosuoja")),
        ("/en/signup", ("/en/terms", "/en/data-processing", "/en/privacy")),
    ):
        label = client.get(path).text.partition('<label for="terms">')[2]
        label, _, after = label.partition("</label>")
        assert [place in label for place in leads] == [True, True, False]
        assert leads[2] in after.partition("</div>")[0]
