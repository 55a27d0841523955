"""Sec-GPC over HTTP: a variant of its own of every public page, for exactly one value of the header."""

import pytest

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
PATHS = ("/fi/", "/en/product", "/fi/tietosuoja")
GPC = {"Sec-GPC": "1"}


def tag(client, path, **headers):
    return client.get(path, headers=headers).headers["ETag"]


@pytest.mark.parametrize("path", PATHS)
def test_each_variant_has_its_own_tag_and_says_what_it_depends_on(client, path):
    bar, gpc = client.get(path), client.get(path, headers=GPC)
    client.post("/en/choices", data={"decision": "reject"})
    none = client.get(path)
    assert len({bar.headers["ETag"], gpc.headers["ETag"], none.headers["ETag"]}) == 3
    for response in (bar, gpc, none):
        assert response.headers["Vary"] == "Accept-Encoding, Sec-GPC"
        assert response.headers["Cache-Control"] == "no-cache"
        assert "Set-Cookie" not in response.headers
    # An explicit choice comes before the signal.
    assert client.get(path, headers=GPC).headers["ETag"] == none.headers["ETag"]


@pytest.mark.parametrize("path", PATHS)
def test_a_cached_page_with_the_bar_is_not_taken_for_the_line(client, path):
    bar = client.get(path).headers["ETag"]
    assert client.get(path, headers={"If-None-Match": bar}).status_code == 304
    again = client.get(path, headers={**GPC, "If-None-Match": bar})
    assert again.status_code == 200
    assert 'class="said-no"' in again.text
    assert client.get(path, headers={**GPC, "If-None-Match": again.headers["ETag"]}).status_code == 304


@pytest.mark.parametrize("value", ["0", "", "true", "1, 1", "11", "?1"])
def test_any_other_value_is_no_signal(client, value):
    assert (
        client.get("/en/", headers={"Sec-GPC": value}).headers["ETag"] == client.get("/en/").headers["ETag"]
    )


def test_a_choice_that_is_none_leaves_the_signal_in_force(client):
    client.set_cookie("choices", "v=1;c=marketing;x=")
    assert 'class="said-no"' in client.get("/en/", headers=GPC).text
