"""The settings as an administrator may see them: what each does, what it is, where that came from.

A secret is never shown, nor a password in an address: of keys their number, a fingerprint of each, and
the day on which the site made them.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from clevenio.i18n import format_date, ngettext
from clevenio.i18n import gettext as _
from clevenio.i18n import lazy_gettext as _l
from clevenio.kept_keys import key_file
from clevenio.settings import NAMES, Origin, Settings

MEANINGS: Mapping[str, str] = {
    "DATA": _l("Folder for the embedded database, mail, files and, in local mode, the keys."),
    "DATABASE_URL": _l("Where the database is; unset means SQLite in the data folder."),
    "QUEUE_URL": _l("Where the job queue lives; unset means SQLite in the data folder."),
    "SMTP_URL": _l("The relay that takes mail; unset means that mail is kept as files."),
    "BASE_URL": _l("The address people use. Links in mails begin with it."),
    "SECRET_KEYS": _l("Sign sessions, links and forms. The first signs, all of them verify."),
    "MAIL_KEYS": _l("Sign the links in marketing mail."),
    "SUPPRESSION_KEY": _l("Recognises people who must not be written to again. It never changes."),
    "TRUSTED_HOSTS": _l(
        "Host names that requests may name; unset means that of the base address and this machine."
    ),
    "TRUSTED_PROXIES": _l("How many proxies of our own stand in front."),
    "MODE": _l(
        "Local makes its own keys and keeps mail in files; production starts with everything set or not at all."
    ),
    "PORT": _l("Where the site listens."),
    "MAIL_FROM": _l("Sender of marketing mail."),
    "ACCOUNT_FROM": _l("Sender of mail about accounts."),
    "REPLY_TO": _l("Where answers go; unset means to the sender’s address."),
    "BOUNCE_ADDRESS": _l("Where mail that bounces goes back to."),
    "WEBHOOK_SECRET": _l("What a mail provider signs its bounce reports with."),
    "CONTROLLER_NAME": _l("Who is responsible, as the privacy policy shows it."),
    "CONTROLLER_ADDRESS": _l("The postal address of whoever is responsible."),
    "CONTROLLER_CONTACT": _l("The contact address that the privacy policy shows."),
    "DEFAULT_LANGUAGE": _l("The language of a person whose own is unknown."),
    "TIME_ZONE": _l("The zone in which moments are shown."),
    "AUDIENCE_MINIMUM": _l("The smallest audience that may leave."),
    "AUDIENCE_MINIMUM_OVERRIDE": _l("Replaces every smallest size, for tests and drills."),
    "CONSENT_DAYS": _l("For how many days a consent in a browser counts."),
    "REFUSAL_DAYS": _l("For how many days a browser that refused everything is not asked again."),
    "STAFF_ACCESS_DAYS": _l("After how many days without use the access of staff ends."),
    "QUIET_HOUR": _l("The hour in which PostgreSQL’s tables are written anew after an erasure."),
    "PERIODS": _l("How long each kind of data is kept where it is not as long as we ship it."),
    "SEND_PER_SECOND": _l("How many mails may leave in any second; 0 means no limit."),
    "SEND_PER_DAY": _l("How many mails may leave in any 24 hours; 0 means no limit."),
    "SEND_PER_DOMAIN": _l("How many mails may go to each recipient domain in any minute."),
    "EMBEDS": _l("The videos and maps of others that pages may show after consent, or once on demand."),
    "TAGS": _l("The tags that load after consent, with their identifiers."),
}
ORIGINS: Mapping[Origin, str] = {
    Origin.DEFAULT: _l("Default"),
    Origin.ENVIRONMENT: _l("Environment variable"),
    Origin.FILE: _l("File named by the environment"),
    Origin.KEPT: _l("Made by the site, kept in the data folder"),
}
# What the doctor looks at, by the names of its findings.
CHECKS: Mapping[str, str] = {
    "settings": _l("Settings"),
    "audiences": _l("Audiences"),
    "address": _l("Base address"),
    "database": _l("Database"),
    "schema": _l("Structure of the database"),
    "space": _l("Free space"),
    "mail": _l("Waiting mail"),
    "relay": _l("Mail relay"),
    "recipients": _l("Recipients of the data"),
    "clock": _l("Clock"),
    "deliveries": _l("Deliveries"),
    "campaigns": _l("Campaigns"),
    "administrator": _l("Administrator"),
    "seals": _l("Seals"),
    "refusals": _l("Refusals"),
    "platforms": _l("Platforms"),
    "keys": _l("Keys"),
}
HIDDEN = "…"
DATABASES = ("postgresql+psycopg", "sqlite")
# A short secret could be guessed from its fingerprint.
LONG = 32


@dataclass(frozen=True)
class Shown:
    """One setting in words; `value` is empty where none is set."""

    name: str
    meaning: str
    value: str
    origin: str


def shown(settings: Settings) -> list[Shown]:
    """Every setting there is, in the order of the program's own list, in the current language."""
    return [
        Shown(
            name,
            str(MEANINGS.get(name, "")),
            _value(settings, name),
            str(ORIGINS[settings.origins.get(name, Origin.DEFAULT)]),
        )
        for name in NAMES
    ]


def _value(settings: Settings, name: str) -> str:
    raw: object = getattr(settings, name.lower())
    if raw is None or raw in ("", (), {}):
        return ""
    if special := VALUES.get(name):
        return special(settings, raw)
    if isinstance(raw, Mapping):
        return ", ".join(f"{key}={value}" for key, value in raw.items())
    return ", ".join(map(str, raw)) if isinstance(raw, tuple) else str(raw)


def _keys(settings: Settings, name: str, raw: object) -> str:
    keys = [raw] if isinstance(raw, str) else list(raw) if isinstance(raw, tuple) else []
    parts = [ngettext("set, %(num)s key", "set, %(num)s keys", len(keys))]
    path = key_file(settings.data, name)
    if settings.origins.get(name) is Origin.KEPT and path.exists():
        made = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        parts.append(_("made on %(date)s", date=format_date(made)))
    if all(len(key) >= LONG for key in keys):
        parts.append(_("fingerprint %(fingerprint)s", fingerprint=" ".join(map(fingerprint, keys))))
    return ", ".join(parts)


def fingerprint(key: str) -> str:
    """The first 8 digits of a key's SHA-256: tells two keys apart and gives neither away."""
    return hashlib.sha256(key.encode("utf-8")).hexdigest()[:8]


def without_password(address: str) -> str:
    """An address whose credentials, and whatever follows a question mark, are hidden.

    Only a password goes from a database's, as its own parser finds it; from another everything
    up to the last at sign.
    """
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        return _without_credentials(address)
    seen = (url.username or "", url.host or "", url.database or "")
    # A relay or a queue has another parser, and where a sign may belong to a password, all of it does.
    if url.drivername not in DATABASES or any(sign in part for part in seen for sign in "@?#"):
        return _without_credentials(address)
    known = url.set(query={}).render_as_string(hide_password=True)
    return f"{known.replace('***', HIDDEN, 1)}{'?' + HIDDEN if url.query else ''}"


def _without_credentials(address: str) -> str:
    scheme, mark, rest = address.partition("://")
    before, at, host = rest.rpartition("@")
    if "?" in before or "#" in before or not mark:
        # The at sign may stand in the query, and what follows it belong to a password.
        return f"{scheme}://{HIDDEN}" if mark else HIDDEN
    name, query, _hidden = host.partition("?")
    return f"{scheme}://{HIDDEN + at if at else ''}{name}{query and query + HIDDEN}"


def _of_keys(name: str) -> Callable[[Settings, object], str]:
    return lambda settings, raw: _keys(settings, name, raw)


def _of_addresses(_settings: Settings, raw: object) -> str:
    return without_password(str(raw))


KEYS: Sequence[str] = ("SECRET_KEYS", "MAIL_KEYS", "SUPPRESSION_KEY", "WEBHOOK_SECRET")
ADDRESSES: Sequence[str] = ("DATABASE_URL", "QUEUE_URL", "SMTP_URL")
VALUES: Mapping[str, Callable[[Settings, object], str]] = {
    **{name: _of_keys(name) for name in KEYS},
    **dict.fromkeys(ADDRESSES, _of_addresses),
}
