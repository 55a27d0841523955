"""A durable decision against the least a Flask application can do to store a row durably."""

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
from clevenio.app import create_app
from clevenio.database import Database

COUNT = 400


def run(_size: int) -> Iterator[Figure]:
    """First decisions of new browsers, one after the other, `synchronous=FULL` on both sides."""
    for name, url in each_database():
        with site.settings(url) as settings:
            ours = create_app(settings)
            peer = minimal(settings.database_url)
            body = urlencode({"decision": "accept", "next": "/en/"}).encode()
            a, b = in_turns(_posts(ours, "/en/choices", body), _posts(peer, "/", body))
            ours.extensions["clevenio"].database.close()
            yield Figure("consent", COUNT, name, a, "decisions/s", "Flask + Core insert", b, ">=0.6")


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

    @app.post("/")
    def store() -> Response:
        with database.engine.begin() as connection:
            connection.execute(table.insert().values(text=request.form["decision"]))
        return redirect("/", 303)

    return app
