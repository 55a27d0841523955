"""A durable decision against the least a Flask application can do to store a row durably."""

import os
from collections.abc import Callable, Iterator
from io import BytesIO
from urllib.parse import urlencode

from flask import Flask, redirect, request
from sqlalchemy import Column, Integer, MetaData, String, Table
from werkzeug.test import EnvironBuilder, run_wsgi_app
from werkzeug.wrappers import Response

from bench import site
from bench.databases import each_database
from bench.measure import Figure, in_turns, seconds
from bench.serving import load
from clevenio.app import create_app
from clevenio.database import Database
from clevenio.settings import Settings

COUNT = 400
SERVED = 1600
# Where the peer's process finds its database.
PEER_URL = "BENCH_DATABASE_URL"


def run(_size: int) -> Iterator[Figure]:
    """First decisions of new browsers, `synchronous=FULL` on both sides: one after the other, then as served."""
    for name, url in each_database():
        with site.settings(url) as settings:
            ours = create_app(settings)
            peer = minimal(settings.database_url)
            body = urlencode({"decision": "accept", "next": "/en/"}).encode()
            a, b = in_turns(_posts(ours, "/en/choices", body), _posts(peer, "/", body))
            ours.extensions["clevenio"].database.close()
            yield Figure("consent", COUNT, name, a, "decisions/s", "Flask + Core insert", b, ">=0.6")
            a, b = _served(settings, body)
            yield Figure("consent.served", SERVED, name, a, "decisions/s", "Flask + Core insert", b, ">=0.6")


def _served(settings: Settings, body: bytes) -> tuple[float, float]:
    """Decisions a second of two workers, asked by a few browsers at once; and the same of the peer."""
    own = {"CLEVENIO_DATA": str(settings.data), "CLEVENIO_DATABASE_URL": settings.database_url}
    peer = {PEER_URL: settings.database_url}
    with (
        site.granian("clevenio.app:create_app", own, "/livez") as (_, ours),
        site.granian("bench.consent:served_peer", peer, "/") as (_, theirs),
    ):
        return in_turns(_loads(ours, "/en/choices", body), _loads(theirs, "/", body))


def _loads(port: int, path: str, body: bytes) -> Callable[[], float]:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-origin\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    request = head.encode("ascii") + body
    return lambda: SERVED / seconds(lambda: load(port, request, SERVED, (b"303",)))


def _posts(app: Flask, path: str, body: bytes) -> Callable[[], float]:
    """Posts straight into the WSGI application: no client and no socket is measured."""
    builder = EnvironBuilder(
        path,
        method="POST",
        data=body,
        content_type="application/x-www-form-urlencoded",
        headers=[("Sec-Fetch-Site", "same-origin")],
    )
    environ = builder.get_environ()

    def work() -> None:
        for _ in range(COUNT):
            chunks, status, _headers = run_wsgi_app(app.wsgi_app, {**environ, "wsgi.input": BytesIO(body)})
            for _chunk in chunks:
                pass
            if not status.startswith("303"):
                raise RuntimeError(f"the decision was answered with {status}")

    return lambda: COUNT / seconds(work)


def minimal(url: str) -> Flask:
    """The peer: one table, one insert, one commit, one redirect."""
    database = Database(url)
    table = Table(
        "bench_rows", MetaData(), Column("id", Integer, primary_key=True), Column("text", String(200))
    )
    table.metadata.create_all(database.engine)
    app = Flask(__name__)

    @app.get("/")
    def ready() -> str:
        return "ready"

    @app.post("/")
    def store() -> Response:
        with database.engine.begin() as connection:
            connection.execute(table.insert().values(text=request.form["decision"]))
        return redirect("/", 303)

    return app


def served_peer() -> Flask:
    """The peer in a server's process."""
    return minimal(os.environ[PEER_URL])
