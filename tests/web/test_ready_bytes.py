"""Which encoding a browser is sent, by what it says it takes."""

import pytest

from clevenio.web.ready_bytes import preferred_encoding


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("", ""),
        ("br;q=0", ""),
        ("br;q=0, gzip", "gzip"),
        ("br; q=0.0, gzip;q=0.000", ""),
        ("br;q=0.5, gzip;q=0.8", "gzip"),
        ("GZIP", "gzip"),
        ("*", "br"),
        ("*, br;q=0", "gzip"),
        ("*;q=0", ""),
        ("brotli, vibrant, x-gzipped", ""),
        ("identity", ""),
        ("br;q=x, ;;,", ""),
        (";q=1", ""),
    ],
)
def test_an_encoding_that_is_not_wanted_is_not_sent(accepted, encoding):
    assert preferred_encoding(accepted) == encoding


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_browser_that_refuses_both_gets_the_plain_page(client):
    answer = client.get("/en/", headers={"Accept-Encoding": "br;q=0, gzip;q=0"})
    assert "Content-Encoding" not in answer.headers
    assert answer.text.startswith("<!doctype html>")
