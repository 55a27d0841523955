"""What one application holds."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import cast

from flask import current_app
from markupsafe import Markup

from clevenio.database import Database
from clevenio.health import Finding
from clevenio.jobs import Jobs
from clevenio.migrations.steady import Watch
from clevenio.presence import Presence
from clevenio.settings import Settings
from clevenio.smtp import Transport
from clevenio.web.addresses import Addresses
from clevenio.web.forms import SignedInForm

EXTENSION = "clevenio"
# In a request's environment: the variant to make where a page is made for nobody in particular, and what an
# answer shows that is worth counting, as whoever made it noted.
VARIANT, SHOWN = "clevenio.variant", "clevenio.shown"


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
    # Whether the schema is this program's, looked at before each session of a request.
    watch: Watch = field(init=False)
    # Values that every template may use, each computed when a page is rendered.
    shared: dict[str, Callable[[], object]] = field(default_factory=dict)
    # Which of the variants of a public page a request gets: bar, gpc or none.
    variant: Callable[[Mapping[str, object]], str] = lambda _environ: "none"
    # Told of each answer to a request that showed something worth counting.
    count_shown: Callable[[Mapping[str, object], object], None] = lambda _environ, _shown: None
    # Origins of others that the content security policy lets in, by directive: on a measured page, or on any other.
    sources: Callable[[bool], Mapping[str, Collection[str]]] = lambda _is_measured: {}
    # What `clevenio doctor` finds, for the page of settings.
    examine: Callable[[], list[Finding]] = list
    # By language and the path that the site stands under, the addresses of plain pages by endpoint; and by part,
    # endpoint and day of its text, too, the parts of their layout. Neither ever changes.
    addresses: dict[tuple[str, str], Addresses] = field(default_factory=dict)
    parts: dict[tuple[str, str, str, str | None, date | None], Markup] = field(default_factory=dict)
    # The form that is posted to an endpoint of a signed-in page, and what stands before the names of its fields.
    form_of: Callable[[str], tuple[type[SignedInForm], str] | None] = lambda _endpoint: None
    # Endpoints that are the same for everybody; filled by SiteBlueprint.public.
    public: set[str] = field(default_factory=set)
    # Those on which scripts of others may run: no secret stands in their address, and nothing is typed there.
    measured: set[str] = field(default_factory=set)
    # By a relay, what hands over the account mail that is due: it goes before campaigns.
    account_mail: Callable[[Transport], Callable[[], object]] = lambda _relay: lambda: None
    # What holds the data folder for as long as the application lives, so that nobody restores into it.
    presence: Presence | None = None

    def __post_init__(self) -> None:
        self.watch = Watch(self.database)


def kit() -> Kit:
    """The kit of the current application."""
    return cast(Kit, current_app.extensions[EXTENSION])
