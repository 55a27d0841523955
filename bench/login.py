"""Logins: whether their duration tells who is known, what a crowd of them takes, and what a session costs."""

import http.client
import random
import statistics
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from urllib.parse import urlencode
from uuid import UUID

from flask import Flask
from werkzeug.test import EnvironBuilder, run_wsgi_app

from bench import site
from bench.databases import each_database
from bench.measure import Figure, median, seconds
from clevenio.accounts import passwords, sessions
from clevenio.accounts.models import Account
from clevenio.accounts.sessions import Kind
from clevenio.app import create_app
from clevenio.people import addresses, operations
from clevenio.settings import Settings

TRIES, CROWD, LOOKS, WARM_UP = 200, 100, 1000, 10
SIGNUP = {
    "first_name": "Aino",
    "last_name": "Esimerkki",
    "company": "Esimerkki Oy",
    "website": "example.fi",
    "role": "sales",
    "password": "a made-up pass phrase",
    "terms": "yes",
}
# What is posted where; the address comes with each try, and is somebody's or nobody's.
DOORS: dict[str, tuple[str, dict[str, str], str]] = {
    "login": ("/en/login", {"password": "not the password"}, "422"),
    "signup": ("/en/signup", SIGNUP, "303"),
    "reset": ("/en/new-password", {}, "303"),
    "request": ("/en/rights", {"kind": "access"}, "303"),
}


def run(_size: int) -> Iterator[Figure]:
    """Known against unknown at each door; then memory and the look-up of a session."""
    for name, url in each_database():
        with site.settings(url) as settings:
            app = create_app(settings)
            accounts = _add_accounts(app, settings)
            for door in DOORS:
                yield from _known_or_not(app, door, name)
            yield _look_up(app, accounts[0], name)
            app.extensions["clevenio"].database.close()
    yield _crowd()


def _known_or_not(app: Flask, door: str, database: str) -> Iterator[Figure]:
    known, unknown = _durations(app, door)
    # The chance that a known address takes longer than an unknown one; half means that nothing is told.
    # Of 200 tries each its standard error is 0.029, so the target leaves two and a half of those.
    told = auc(known, unknown)
    label = "no difference"
    yield Figure(f"login.{door}", TRIES, database, max(told, 1 - told), "AUC", label, 0.5, "<=1.15")
    a, b = (statistics.median(times) * 1000 for times in (known, unknown))
    yield Figure(f"login.{door}_median", TRIES, database, a, "ms", "unknown address", b, "<=1.05")


def auc(ours: list[float], control: list[float]) -> float:
    """The Mann–Whitney statistic as a share: how often one of ours is larger than one of the control."""
    pairs = [(a > b) + (a == b) / 2 for a in ours for b in control]
    return sum(pairs) / len(pairs)


def _durations(app: Flask, door: str) -> tuple[list[float], list[float]]:
    """Seconds of each answer, known and unknown in random order, after a few to warm up.

    Each address comes once: whether one was seen before leaves rows of its own, and is not the question.
    """
    found: dict[bool, list[float]] = {True: [], False: []}
    order = [True, False] * TRIES
    random.Random(door).shuffle(order)
    for number, is_known in enumerate([True, False] * (WARM_UP // 2) + order):
        took = seconds(_post(app, door, f"{'known' if is_known else 'nobody'}{number}@example.com"))
        if number >= WARM_UP:
            found[is_known].append(took)
    return found[True], found[False]


def _post(app: Flask, door: str, email: str) -> Callable[[], None]:
    """One post straight into the WSGI application, a day after the last, so that no limit is spent."""
    path, form, wanted = DOORS[door]
    body = urlencode({**form, "email": email}).encode()
    headers = [("Sec-Fetch-Site", "same-origin")]
    builder = EnvironBuilder(path, method="POST", headers=headers)
    environ = builder.get_environ()
    environ |= {"CONTENT_TYPE": "application/x-www-form-urlencoded", "CONTENT_LENGTH": str(len(body))}
    kit = app.extensions["clevenio"]
    now = kit.clock() + timedelta(days=1, minutes=1)
    kit.clock = lambda: now

    def work() -> None:
        chunks, status, _headers = run_wsgi_app(app.wsgi_app, {**environ, "wsgi.input": BytesIO(body)})
        for _chunk in chunks:
            pass
        if not status.startswith(wanted):
            raise RuntimeError(f"{path} answered {status}")

    return work


def _add_accounts(app: Flask, settings: Settings) -> list[UUID]:
    """One for every number that a try may have; their ids."""
    now = datetime.now(UTC)
    password = passwords.hashed("a made-up pass phrase")
    found = []
    with app.extensions["clevenio"].database.session() as session:
        for number in range(2 * TRIES + WARM_UP):
            person = operations.add(
                session,
                settings.suppression_key,
                addresses.address(f"known{number}@example.com"),
                language="en",
                source="signup",
                now=now,
                profile={"first_name": "Aino", "last_name": "Esimerkki"},
            )
            account = Account(person_id=person.id, person=person, password=password, verified_at=now)
            session.add(account)
            session.flush()
            found.append(account.id)
        session.commit()
    return found


def _look_up(app: Flask, account: UUID, database: str) -> Figure:
    """What the session of a signed-in request costs: from the id in the cookie to who it is."""
    kit = app.extensions["clevenio"]
    with kit.database.session() as session:
        token = sessions.start(session, Kind.ACCOUNT, account, kit.clock(), "Firefox, Linux")
        session.commit()
    load = app.login_manager._user_callback  # type: ignore[attr-defined]  # noqa: SLF001 - what a request calls

    def look() -> None:
        for _ in range(LOOKS):
            if load(token) is None:
                raise RuntimeError("the session was not found")

    with app.test_request_context("/en/account"):
        took = median(lambda: seconds(look)) / LOOKS * 1000
    return Figure("login.session", LOOKS, database, took, "ms", None, None, "<=0.3")


def _crowd() -> Figure:
    """The most memory that many logins at once take above a site at rest, all its processes together."""
    with site.settings() as settings:
        env = {"CLEVENIO_DATA": str(settings.data)}
        with site.granian("clevenio.app:create_app", env, "/en/login") as (pid, port):
            for _ in range(20):
                _log_in(port, 0)
            processes = [pid, *site.children(pid)]
            at_rest = sum(_kilobytes(process, "VmRSS") for process in processes)
            begin = threading.Barrier(CROWD)
            with ThreadPoolExecutor(CROWD) as pool:
                list(pool.map(lambda number: _log_in(port, number, begin), range(1, CROWD + 1)))
            peak = sum(_kilobytes(process, "VmHWM") for process in processes)
    # Two at a time in each of two processes are allowed; unbounded, each login would take its own.
    label, unbounded = "a hash for each, all at once", CROWD * 19_456 / 1024
    return Figure("login.memory", CROWD, "sqlite", (peak - at_rest) / 1024, "MiB", label, unbounded, "<=0.1")


def _log_in(port: int, number: int, begin: threading.Barrier | None = None) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    body = urlencode({"email": f"nobody{number}@example.com", "password": "not the password"})
    if begin:
        begin.wait()
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
    connection.request("POST", "/en/login", body, headers)
    status = connection.getresponse().status
    connection.close()
    # Twenty of one address from one network are enough; that costs no hash and is no matter here.
    if status not in (422, 429):
        raise RuntimeError(f"a login was answered with {status}")


def _kilobytes(process: int, field: str) -> int:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{field}:")), 0)
