"""What must be true of a registry as a whole: it holds what the program asks for, and its parts agree."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from clevenio.errors import BadInput
from clevenio.registry.entries import Registry, SubjectKind, Unit
from clevenio.registry.tables import Table

# The public contract's purposes: forms, pages and the ledger ask for them by name.
PURPOSES = {
    SubjectKind.BROWSER: ("necessary", "preferences", "analytics", "marketing"),
    SubjectKind.PERSON: ("newsletter", "product_news", "surveys", "trials", "mail_opens", "ad_audiences"),
}
TOPICS = ("newsletter", "product_news", "surveys", "trials")
# Counted in days, because the links that wait for them are.
DAYS = ("unverified_signup", "unconfirmed_subscription")
PERIODS = (
    *DAYS,
    *("unwritten_mail", "inquiry", "suspected_inquiry", "usage_log", "login", "staff_login"),
    *("consent_evidence", "advertising_counts"),
)


@dataclass(frozen=True)
class Places:
    """Where each entry stands, by identifier, for complaints."""

    purposes: Mapping[str, Table]
    topics: Mapping[str, Table]
    vendors: Mapping[str, Table]
    cookies: Mapping[str, Table]
    periods: Mapping[str, Table]
    tags: Mapping[str, Table]
    embeds: Mapping[str, Table]


def check(registry: Registry, places: Places) -> None:
    """Raises `BadInput` at the first thing that is wrong."""
    _check_purposes(registry, places)
    _check_topics(registry, places)
    _check_periods(registry, places)
    _check_recipients(registry, places)
    _check_tags(registry, places)
    _check_embeds(registry, places)


def _check_purposes(registry: Registry, places: Places) -> None:
    for kind, names in PURPOSES.items():
        _require("purposes", registry.purposes, names)
        for name in names:
            purpose, place = registry.purposes[name], places.purposes[name]
            if purpose.subject is not kind:
                raise place.fail(f"{name} is a purpose of a {kind}", "subject")
            if name != "necessary" and not purpose.needs_consent:
                raise place.fail(f"{name} takes consent", "basis")
    if not registry.purposes["ad_audiences"].per_vendor:
        raise places.purposes["ad_audiences"].fail("ad_audiences is decided for each vendor", "per_vendor")


def _check_topics(registry: Registry, places: Places) -> None:
    _require("topics", registry.topics, TOPICS)
    for name in registry.topics:
        purpose = registry.purposes.get(name)
        if purpose is None or purpose.subject is not SubjectKind.PERSON:
            raise places.topics[name].fail(f"{name} is no purpose of a person", "purpose")


def _check_periods(registry: Registry, places: Places) -> None:
    _require("periods", registry.periods, PERIODS)
    for name in DAYS:
        if registry.periods[name].unit is not Unit.DAY:
            raise places.periods[name].fail(f"{name} is counted in days", "unit")


def _check_recipients(registry: Registry, places: Places) -> None:
    categories = {p.id for p in registry.purposes.values() if p.subject is SubjectKind.BROWSER}
    for vendor in registry.vendors.values():
        if vendor.category is not None and vendor.category not in categories - {"necessary"}:
            raise places.vendors[vendor.id].fail(f"{vendor.category} is no optional category", "category")
        for kind in vendor.receives:
            if kind not in registry.holdings or not registry.holdings[kind].is_personal:
                raise places.vendors[vendor.id].fail(f"{kind} is no kind of personal data", "receives")
    for cookie in registry.cookies.values():
        if cookie.category not in categories:
            raise places.cookies[cookie.name].fail(f"{cookie.category} is no category", "category")
        if cookie.provider != "clevenio" and cookie.provider not in registry.vendors:
            raise places.cookies[cookie.name].fail(f"{cookie.provider} is no vendor", "provider")
        if cookie.category == "necessary" or cookie.provider == "clevenio":
            continue
        # What a vendor stores could otherwise be refused by nobody.
        if cookie.provider not in {vendor.id for vendor in registry.vendors_of(cookie.category)}:
            reason = f"{cookie.provider} is asked about in no box of {cookie.category}"
            raise places.cookies[cookie.name].fail(reason, "provider")


def _check_tags(registry: Registry, places: Places) -> None:
    optional = {category.id for category in registry.categories}
    for tag in registry.tags.values():
        if tag.category not in optional:
            raise places.tags[tag.id].fail(f"{tag.category} is no optional category", "category")
        if tag.vendor is not None and tag.vendor not in registry.vendors:
            raise places.tags[tag.id].fail(f"{tag.vendor} is no vendor", "vendor")
    for cookie in registry.cookies.values():
        if cookie.tag is not None and cookie.tag not in registry.tags:
            raise places.cookies[cookie.name].fail(f"{cookie.tag} is no tag", "tag")


def _check_embeds(registry: Registry, places: Places) -> None:
    optional = {category.id for category in registry.categories}
    for embed in registry.embeds.values():
        if embed.category not in optional:
            raise places.embeds[embed.id].fail(f"{embed.category} is no optional category", "category")
        if embed.vendor not in registry.vendors:
            raise places.embeds[embed.id].fail(f"{embed.vendor} is no vendor", "vendor")
    for cookie in registry.cookies.values():
        if cookie.embed is not None and cookie.embed not in registry.embeds:
            raise places.cookies[cookie.name].fail(f"{cookie.embed} is no embed", "embed")


def _require(table: str, found: Collection[str], needed: Collection[str]) -> None:
    missing = [name for name in needed if name not in found]
    if missing:
        raise BadInput(
            "%(file)s lacks %(names)s, which the program asks for by name",
            file=f"{table}.toml",
            names=", ".join(missing),
        )
