"""What one application holds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import cast

from flask import current_app

from clevenio.database import Database
from clevenio.health import Finding
from clevenio.jobs import Jobs
from clevenio.settings import Settings

EXTENSION = "clevenio"


def utc_now() -> datetime:
    """This moment. Tests set another clock on the kit."""
    return datetime.now(UTC)


@dataclass
class Kit:
    """The parts that views reach through `clevenio.web.request`."""

    settings: Settings
    database: Database
    jobs: Jobs
    clock: Callable[[], datetime] = utc_now
    # Values that every template may use, each computed when a page is rendered.
    shared: dict[str, Callable[[], object]] = field(default_factory=dict)
    # Which of the variants of a public page a request gets: bar, gpc or none.
    variant: Callable[[Mapping[str, object]], str] = lambda _environ: "none"
    # Origins of others that the content security policy lets in, by directive.
    sources: dict[str, set[str]] = field(default_factory=dict)
    # What `clevenio doctor` finds, for the page of settings.
    examine: Callable[[], list[Finding]] = list
    # The addresses of plain pages by language, place and endpoint: built once, as they never change.
    addresses: dict[tuple[str, str, str], str] = field(default_factory=dict)
    # Endpoints that are the same for everybody; filled by SiteBlueprint.public.
    public: set[str] = field(default_factory=set)


def kit() -> Kit:
    """The kit of the current application."""
    return cast(Kit, current_app.extensions[EXTENSION])
