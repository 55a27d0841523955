"""A public page is the same whether it lies ready or Flask makes it for this very request: bytes and headers."""

import gzip
from itertools import product

import brotli
import pytest
from flask import Flask
from werkzeug.test import EnvironBuilder, run_wsgi_app

from clevenio.consent.cookies import Choices
from clevenio.consent.notices import choices_notice
from clevenio.web.blueprints import public_endpoints

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])

VARIANTS = {
    "bar": {},
    "none": {"Cookie": f"choices={Choices(choices_notice('fi').id, frozenset()).value}"},
    "gpc": {"Sec-GPC": "1"},
}
ENCODINGS = {"": bytes, "gzip": gzip.decompress, "br": brotli.decompress}
# What only a page that is kept has, and what depends on how it is squeezed.
OF_THE_SHELF = {"etag", "vary", "content-encoding", "content-length"}


@pytest.fixture
def asked(app):
    """`asked(way, path, headers)`: body and headers by the way in front of Flask, or by Flask alone."""

    def ask(way, path, headers, method="GET"):
        environ = EnvironBuilder(path, "http://localhost", method=method, headers=headers).get_environ()
        wsgi = app.wsgi_app if way == "ready" else lambda *given: Flask.wsgi_app(app, *given)
        body, status, made = run_wsgi_app(wsgi, environ, buffered=True)
        assert status == "200 OK"
        return b"".join(body), sorted((name.lower(), value) for name, value in made)

    return ask


def essential(headers):
    return [(name, value) for name, value in headers if name not in OF_THE_SHELF]


def test_both_ways_give_the_same_bytes_under_the_same_headers(app, asked):
    paths = sorted(
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint in public_endpoints(app) and rule.defaults
    )
    assert len(paths) >= 40
    for path, (variant, sent) in product(paths, VARIANTS.items()):
        body, headers = asked("flask", path, sent)
        for encoding, unpack in ENCODINGS.items():
            kept, kept_headers = asked("ready", path, {**sent, "Accept-Encoding": encoding})
            assert unpack(kept) == body, (path, variant, encoding)
            assert essential(kept_headers) == essential(headers), (path, variant, encoding)
            told = dict(kept_headers)
            assert told["content-length"] == str(len(kept))
            assert told.get("content-encoding", "") == encoding


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_head_has_the_headers_of_its_variant_and_no_body(asked, variant):
    for encoding in ENCODINGS:
        sent = {**VARIANTS[variant], "Accept-Encoding": encoding}
        whole, headers = asked("ready", "/fi/", sent)
        nothing, same = asked("ready", "/fi/", sent, "HEAD")
        assert (nothing, same) == (b"", headers)
        assert whole
