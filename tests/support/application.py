"""The application in this process: settings, client and clock of one test."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from clevenio.app import Site, create_app
from clevenio.consent.installation import cookie_filter, shown_counter
from clevenio.i18n import set_language
from clevenio.registry import loader
from clevenio.settings import PREFIX, Settings
from clevenio.web.rules import LateRule
from tests.support.factories import NOW, SUPPRESSION_KEY

_compiled: dict[tuple[str, tuple[tuple[str, object], ...]], dict[str, Any]] = {}
# What a rule is compiled to, but for the rule itself, which its two building functions are bound to.
PARTS = ("_parts", "_trace", "_converters", "arguments")
BUILDERS = ("_build", "_build_unknown")


class SharedRule(LateRule):
    """An address that is compiled once for all applications of a process: nine tenths of what one takes to be made."""

    def compile(self) -> None:
        key = (self.rule, tuple((self.defaults or {}).items()))
        known = _compiled.get(key)
        if known is None:
            super().compile()
            known = {name: getattr(self, name) for name in PARTS}
            known |= {name: getattr(self, name).__func__ for name in BUILDERS}
            _compiled[key] = known
        for name in PARTS:
            setattr(self, name, known[name])
        for name in BUILDERS:
            setattr(self, name, known[name].__get__(self, None))


Site.url_rule_class = SharedRule
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@dataclass
class Clock:
    """A clock that stands still until it is told to go on."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **units: float) -> datetime:
        """`clock.advance(days=2)`, in the words of timedelta."""
        self.now += timedelta(**units)
        return self.now


@pytest.fixture(autouse=True)
def english_unless_said() -> None:
    """The language belongs to the context, which tests share; each begins with the source's."""
    set_language("en")


@pytest.fixture
def extra_settings() -> dict[str, str]:
    """Settings without their prefix, for a file or a test to override: `{"SMTP_URL": ...}`."""
    return {}


@pytest.fixture
def settings(database_url: str, tmp_path: Path, extra_settings: dict[str, str]) -> Settings:
    """Settings with a folder and a database of their own, on each backend."""
    own = {
        "DATA": str(tmp_path / "data"),
        "DATABASE_URL": database_url,
        "BASE_URL": "http://localhost",
        "SUPPRESSION_KEY": SUPPRESSION_KEY,
    }
    return Settings.from_env({PREFIX + name: value for name, value in {**own, **extra_settings}.items()})


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The whole application, protections included, on each backend."""
    in_force = loader._IN_FORCE[:]
    app = create_app(settings)
    # A cookie that may not be set is taken away in production; here it fails the test.
    cookie_filter(app).is_strict = True
    yield app
    shown_counter(app).close()
    kit = app.extensions["clevenio"]
    kit.database.close()
    kit.jobs.close()
    # What these settings put in force is not for tests that have an application of their own, or none.
    loader._IN_FORCE[:] = in_force


@pytest.fixture
def clock(app: Flask) -> Clock:
    """The application's clock, stopped at `factories.NOW`, a Monday morning in summer time."""
    clock = Clock(NOW)
    app.extensions["clevenio"].clock = clock
    return clock


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client that says where its posts come from, as browsers do; `headers=` may say otherwise."""
    return new_client(app)


def new_client(app: Flask) -> FlaskClient:
    """Another browser, with cookies of its own."""
    client = app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    return client


def form_token(response: TestResponse) -> str:
    """The token in the form of a signed-in page, to be posted as `csrf_token`."""
    found = TOKEN.search(response.text)
    assert found, "no form with a token on this page"
    return found.group(1)
