"""The file that comes with an answer: behind a mailed link that works once, for whoever has no account too."""

import json
from io import BytesIO
from zipfile import ZipFile

import pytest

from clevenio.people.addresses import address
from clevenio.rights.handling import operations as handling
from clevenio.rights.handling.operations import Came
from clevenio.rights.models import Channel, Kind, State
from tests.support.application import new_client
from tests.support.factories import make_person
from tests.support.mailbox import link_in

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
EMAIL = "aino@example.com"


@pytest.fixture
def answered(app, database, settings, mailbox, clock):
    """`answered(kind, …)`: a request that came by post was answered; the path of the link in the mail, or None."""

    def answer(kind=Kind.ACCESS, language="en", email=EMAIL, **how):
        with database.session() as session:
            make_person(session, EMAIL, first_name="Aino")
            came = Came(
                (kind,), address(email), Channel.POST, clock.now, language, None, None, "Name and company"
            )
            [request] = handling.write_down(session, settings, came, "staff:1", clock.now)
            handling.answer(session, settings, request.id, "Here it is.", "staff:1", clock.now, **how)
            session.commit()
            assert request.state == State.DONE
        app.extensions["clevenio"].jobs.run("mail")
        try:
            return link_in(mailbox.newest(email), "/d/")
        except AssertionError:
            return None

    return answer


@pytest.mark.parametrize("language", ["fi", "en"])
@pytest.mark.parametrize("kind", [Kind.ACCESS, Kind.PORTABILITY])
def test_the_answer_leads_to_the_file(app, answered, kind, language):
    path, client = answered(kind, language), new_client(app)
    page = client.get(path)
    assert page.status_code == 200
    assert f'lang="{language}"' in page.text
    response = client.post(path)
    assert response.mimetype == "application/zip"
    assert response.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in response.headers
    with ZipFile(BytesIO(response.data)) as bundle:
        assert EMAIL in bundle.read("data.json").decode()
        assert f'lang="{language}"' in bundle.read("index.html").decode()


def test_the_link_works_once_and_looking_uses_nothing_up(app, answered):
    path, client = answered(), new_client(app)
    for _ in range(3):
        assert "Fetch the file" in client.get(path).text
    assert client.post(path).status_code == 200
    assert client.post(path).status_code == 404
    assert "The file was fetched" in client.get(path).text


def test_after_three_days_the_link_is_dead(app, answered, clock):
    path, client = answered(), new_client(app)
    clock.advance(hours=72)
    assert client.get(path).status_code == client.post(path).status_code == 404


def test_a_link_that_was_changed_is_none(app, answered):
    path, client = answered(), new_client(app)
    assert client.post(f"{path[:-2]}xx").status_code == 404


@pytest.mark.parametrize(
    "how", [{"by_mail": False}, {"kind": Kind.RECTIFICATION, "email": "nobody@example.com"}]
)
def test_no_file_goes_by_post_or_where_none_was_asked_for(answered, how):
    assert answered(**how) is None


def test_who_only_has_an_address_gets_what_is_known_of_it(app, answered):
    path = answered(email="nobody@example.com")
    with ZipFile(BytesIO(new_client(app).post(path).data)) as bundle:
        document = json.loads(bundle.read("data.json"))
    filled = {table["id"] for kind in document["kinds"] for table in kind["tables"] if table["rows"]}
    assert {"rights_requests", "rights_submissions"} <= filled
    assert "people" not in filled
