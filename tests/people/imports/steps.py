"""A file of people on its way through the browser."""

import re

import pytest

from tests.support.application import form_token

HOME = "/staff/imports"
# What the database has no part in is tried on one.
one_database = pytest.mark.parametrize("backend", ["sqlite"])
PROOF = "newsletter,2026-05-31T14:30,trade fair form,Send me the newsletter."
GOOD = (
    "Record ID,Email,First Name,Last Name,Shoe Size,consent,consent_at,consent_source,consent_wording\n"
    f"1,aino@example.fi,Aino,Esimerkki,38,{PROOF}\n"
    f"2,veikko@example.fi,Veikko,Esimerkki,44,{PROOF}\n"
    "3,not an address,A,B,40,,,,\n"
)


def upload(client, text=GOOD, name="people.csv"):
    content = text if isinstance(text, bytes) else text.encode()
    token = form_token(client.get(HOME))
    # Written by hand: what the client makes of a large file is a file that it leaves open.
    body = (
        f'--b\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token}\r\n'
        f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    ).encode()
    kind = "multipart/form-data; boundary=b"
    return client.post(HOME, data=body + content + b"\r\n--b--\r\n", content_type=kind)


def post(client, address, page=None, **fields):
    return client.post(address, data={"csrf_token": form_token(client.get(page or HOME)), **fields})


def columns(client, address):
    """What the form of the columns has chosen, by field."""
    page = client.get(address)
    assert page.status_code == 200
    selects = re.findall(r'<select[^>]*name="(column_\d+)"[^>]*>(.*?)</select>', page.text, re.DOTALL)
    return {
        name: (re.search(r'<option selected value="([^"]*)"', body) or [0, ""])[1] for name, body in selects
    }


def checked(client, work, text=GOOD):
    """The address of a file that was uploaded and checked."""
    where = upload(client, text).location
    answer = post(client, where, where, **columns(client, where))
    assert answer.status_code == 303, answer.text
    work()
    return answer.location
