"""Answers to begin with: none speaks of a copy that does not go with it, and who is unknown is told so."""

import pytest

from clevenio.audiences.platforms import platform
from clevenio.rights.recipients import uploads
from clevenio.rights.recipients.models import Cause, Result
from tests.rights.handling.test_staff import EMAIL, enter, send
from tests.support.factories import NOW, make_person

POST = {"route-way": "post", "route-post": "Katu 1\n40100 Jyväskylä", "route-reason": "Asked so"}
PHONE = {"route-way": "phone", "route-phone": "040 123 4567", "route-reason": "Asked so"}
FACTS = {"checked": "The company agrees"}


@pytest.fixture
def officer(sign_in_staff, clock):
    return sign_in_staff("privacy_officer")


def offered(officer, path):
    """What the page begins with, and what else it offers."""
    page = officer.get(f"{path}/answer").text
    return page.split("<textarea")[1].split("</textarea>")[0], page.split("Begin with")[1].split("<form")[0]


@pytest.mark.parametrize(
    ("kind", "route", "begun", "never"),
    [
        ("access", {}, "whose link is below", "enclosed"),
        ("access", POST, "enclosed with this letter", "Copy of the data<"),
        ("access", PHONE, "This is what we hold", "enclosed"),
        ("portability", POST, "enclosed with this letter", "The file<"),
        ("portability", PHONE, ">", "enclosed"),
        ("erasure", {}, "process for another company", "There is nothing"),
    ],
)
def test_an_answer_speaks_of_the_copy_that_goes_with_it(
    officer, database, backend, kind, route, begun, never
):
    with database.session() as session:
        make_person(session, EMAIL)
        session.commit()
    path = enter(officer, kind, language="en", **FACTS).location
    if route:
        assert send(officer, f"{path}/route", path, **route).status_code == 303
    text, others = offered(officer, path)
    assert begun in text
    assert "found nothing about you" not in text
    assert never not in others


@pytest.mark.parametrize("kind", ["access", "portability", "erasure", "objection"])
def test_of_nobody_it_begins_with_that_there_is_nothing(officer, kind):
    asked = {"email": "", "post": "Katu 1\n40100 Jyväskylä", "name": "Aino Virtanen", "channel": "post"}
    path = enter(officer, kind, language="en", **asked).location
    page = officer.get(path).text
    assert "There is no e-mail address that a link could go to" in page
    assert send(officer, f"{path}/check", path, checked="The order agrees").status_code == 303
    text, others = offered(officer, path)
    assert "found nothing about you" in text
    assert "enclosed" not in others


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("language", "words"), [("fi", "Kerromme korjauksesta"), ("en", "We also tell those")]
)
@pytest.mark.parametrize(
    ("result", "is_said"), [(None, True), (Result.TOLD, True), (Result.IMPOSSIBLE, False), ("nobody", False)]
)
def test_a_correction_speaks_of_recipients_where_some_are_told(
    officer, database, settings, found, language, words, result, is_said
):
    with database.session() as session:
        make_person(session, EMAIL)
        session.commit()
    path = enter(officer, "rectification", language=language, **FACTS).location
    [request] = found()
    with database.session() as session:
        if result != "nobody":
            google = platform("google", settings.data)
            task = uploads.task(google, request.subject, 1, Cause.RECTIFICATION, request, NOW)
            task.result = result
            session.add(task)
        session.commit()
    text, _others = offered(officer, path)
    assert (words in text) is is_said
    assert "{" not in text
    assert "\n\n\n" not in text
    assert text.count("\n–\n") == 1
