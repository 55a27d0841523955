"""A field of text that a program sends as a file counts as one that was not filled in."""

from io import BytesIO

import pytest

from tests.support.application import form_token

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


def a_file():
    return (BytesIO(b"aino@example.com"), "address.txt")


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/en/login", {"email": None, "password": "x"}),
        ("/en/login", {"email": "aino@example.com", "password": None}),
        ("/staff/login", {"email": None, "password": "x"}),
        ("/en/newsletter", {"email": None}),
        ("/en/signup", {"email": None, "company": None, "password": None, "terms": None, "role": None}),
        ("/fi/yhteys", {"name": None, "email": "aino@example.com", "message": None}),
        ("/en/new-password", {"email": None}),
    ],
)
def test_a_public_form_answers_as_to_an_empty_field(client, path, fields):
    data = {name: a_file() if value is None else value for name, value in fields.items()}
    assert client.post(path, data=data).status_code == 422


def test_so_does_the_profile(sign_in_account):
    client = sign_in_account()
    token = form_token(client.get("/en/account/profile"))
    answer = client.post("/en/account/profile", data={"csrf_token": token, "company": a_file()})
    assert answer.status_code == 422
    assert 'id="company-error"' in answer.text
