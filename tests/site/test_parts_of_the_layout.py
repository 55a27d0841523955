"""Parts of the layout are made once for each page and then shown to everybody, so they may hold nothing of anybody."""

import pytest

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
PAGES = ("", "/profile", "/security", "/choices", "/data")


def test_what_a_customers_page_leaves_behind_is_the_same_for_the_next(app, sign_in_account):
    kept = app.extensions["clevenio"].parts
    aino = sign_in_account("aino@example.com", first_name="Aino", last_name="Esimerkki-Tunniste")
    shown = [aino.get(f"/en/account{page}") for page in PAGES]
    assert any("Esimerkki-Tunniste" in answer.text for answer in shown)
    first = dict(kept)
    assert {name for name, *_ in first} == {
        "layouts/page/links",
        "layouts/page/header",
        "layouts/page/footer",
    }
    assert not [key for key, text in first.items() if "aino@" in text or "Tunniste" in text]
    matti = sign_in_account("matti@example.com", first_name="Matti", last_name="Malli-Tunniste")
    for page in PAGES:
        matti.get(f"/en/account{page}")
    assert {key: text for key, text in kept.items() if key in first} == first


def test_a_page_that_failed_takes_no_address_from_the_one_before(client):
    came_back = client.post("/en/choices", data={"decision": "nothing that is asked"})
    assert (came_back.status_code, 'rel="canonical"' in came_back.text) == (422, True)
    failed = client.post("/en/choices", headers={"Sec-Fetch-Site": "cross-site"})
    assert (failed.status_code, "canonical" in failed.text) == (403, False)
    assert client.post("/en/choices", data={"decision": "nothing that is asked"}).text == came_back.text
