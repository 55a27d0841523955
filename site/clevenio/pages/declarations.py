"""Words for what the registry declares, so that pages can show it to people."""

from collections.abc import Iterator
from dataclasses import dataclass

from clevenio.consent import changes
from clevenio.consent.notices import wording_of
from clevenio.i18n import current_language, format_duration
from clevenio.i18n import gettext as _
from clevenio.registry import Cookie, LegalBasis, Period, Purpose, Registry, Vendor, load


def basis(value: LegalBasis) -> str:
    """A legal basis in plain words."""
    return {
        LegalBasis.CONSENT: _("your consent"),
        LegalBasis.CONTRACT: _("contract"),
        LegalBasis.LEGAL_OBLIGATION: _("legal obligation"),
        LegalBasis.LEGITIMATE_INTEREST: _("legitimate interest"),
    }[value]


def meaning(purpose: Purpose) -> str:
    """What a purpose is: in our words, or in those that a person agrees to, which are quoted."""
    words = wording_of(load(), purpose.id, current_language())
    is_agreed_to = purpose.subject == "person" and purpose.basis is LegalBasis.CONSENT
    return _("“%(words)s”", words=words) if is_agreed_to else words


def role(vendor: Vendor) -> str:
    """What a recipient is to us under the GDPR. Raises `KeyError` for a role without a word."""
    return {
        "processor": _("processor"),
        "controller": _("controller"),
        "joint_controller": _("joint controller"),
    }[vendor.role]


def safeguard(vendor: Vendor) -> str:
    """The ground of a transfer out of the EEA. Raises `KeyError` for one without a word."""
    return {
        "dpf": _("EU–US Data Privacy Framework"),
        "scc": _("standard contractual clauses"),
        "adequacy": _("adequacy decision"),
        "none": _("no transfer"),
    }[vendor.safeguard]


def lifetime(cookie: Cookie) -> str:
    """How long an entry stays in the browser."""
    return changes.lifetime(cookie.days)


def kind(cookie: Cookie) -> str:
    """Where in the browser an entry stands. Raises `KeyError` for a place without a word."""
    return {
        "cookie": _("cookie"),
        "local_storage": _("local storage"),
        "session_storage": _("session storage"),
        "indexed_db": _("IndexedDB"),
        "cache_storage": _("cache"),
        "service_worker": _("service worker"),
    }[cookie.kind]


def party(cookie: Cookie) -> str:
    """To whom the browser gives it back: this site, or the third party that it belongs to."""
    return _("on this site") if cookie.domain is None else _("on %(site)s", site=cookie.domain)


def kept(period: Period) -> str:
    """How long a kind of data is kept."""
    return format_duration(period.number, period.unit) if period.number else _("without end")


@dataclass(frozen=True)
class Declared:
    """One line of the list of what a browser may hold. `recipient` is who else reads it, if anybody."""

    entry: Cookie
    category: str
    provider: str
    recipient: str


def cookies(registry: Registry, controller: str) -> Iterator[Declared]:
    """Every stored entry, with its category's and provider's names."""
    for cookie in registry.cookies.values():
        vendor = registry.vendors.get(cookie.provider)
        yield Declared(
            cookie,
            str(registry.purposes[cookie.category].name),
            vendor.company if vendor else controller,
            vendor.company if vendor else _("nobody else"),
        )
