"""The `campaign` cookie: all that is kept of a visit, in the browser it belongs to and nowhere else.

`d=<day of the consent>&s=<source>&c=<campaign>&k=<what was counted>`, in the form of a query. The registry
declares it under marketing, so that the filter lets it out by consent alone, and a withdrawal deletes it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import parse_qsl, urlencode

from clevenio.consent.advertising.addresses import Campaign, campaign, word
from clevenio.consent.advertising.models import Kind
from clevenio.consent.cookies import chosen, cookie_in
from clevenio.registry import load

NAME = "campaign"
LONGEST_VALUE = 600


@dataclass(frozen=True)
class Visit:
    """The campaign a browser came by, since when that is kept (UTC), and what was counted of it."""

    campaign: Campaign
    since: date
    counted: frozenset[Kind] = frozenset()

    @property
    def until(self) -> datetime:
        """When it is gone: never later than its declared days after the consent."""
        start = datetime.combine(self.since, time(), UTC)
        return start + timedelta(days=load().cookies[NAME].days)

    def with_counted(self, kind: Kind) -> "Visit":
        """The same once it has been counted."""
        return replace(self, counted=self.counted | {kind})

    @property
    def value(self) -> str:
        """The cookie's value."""
        fields = {"d": self.since.isoformat(), "s": self.campaign.source, "c": self.campaign.name}
        return urlencode({**fields, "k": ".".join(sorted(self.counted))})


def visit_in(environ: Mapping[str, object], now: datetime) -> Visit | None:
    """The visit that the browser behind a request allows to be counted.

    None without its consent, whatever cookie it sends, and where that is over, or not as we wrote it.
    """
    value = cookie_in(environ, NAME)
    choices = chosen(environ) if value else None
    declared = load().cookies[NAME]
    if choices is None or not choices.allows(declared.category, declared.provider):
        return None
    visit = parse(value)
    return visit if visit and visit.since <= now.date() and now < visit.until else None


def parse(value: str) -> Visit | None:
    """The visit in a cookie's value; None where it is not one of ours."""
    if len(value) > LONGEST_VALUE:
        return None
    try:
        fields = dict(parse_qsl(value, keep_blank_values=True, max_num_fields=4, strict_parsing=True))
        since = date.fromisoformat(fields["d"])
        counted = frozenset(Kind(kind) for kind in fields["k"].split(".") if kind)
        source, name = fields["s"], fields["c"]
    except (ValueError, KeyError):
        return None
    found = campaign(source, name)
    return Visit(found, since, counted) if found and (word(source), word(name)) == (source, name) else None
