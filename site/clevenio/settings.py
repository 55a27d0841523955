"""Settings, read once from the environment.

Every name has the prefix `CLEVENIO_`. A secret may be given as a file: `CLEVENIO_SECRET_KEYS_FILE`
names one. Wrong values are refused loudly, before anything starts.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import getaddresses
from enum import StrEnum
from pathlib import Path
from typing import Literal, cast
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from clevenio import served
from clevenio.errors import BadInput
from clevenio.kept_keys import kept_keys, key_ring

DEFAULT_PORT = 8000
PREFIX = "CLEVENIO_"
Mode = Literal["local", "production"]
Kept = Callable[[Path, str], tuple[str, ...]]

NAMES = (
    "DATA DATABASE_URL QUEUE_URL SMTP_URL BASE_URL SECRET_KEYS MAIL_KEYS SUPPRESSION_KEY TRUSTED_HOSTS "
    "TRUSTED_PROXIES MODE PORT MAIL_FROM ACCOUNT_FROM REPLY_TO BOUNCE_ADDRESS WEBHOOK_SECRET "
    "CONTROLLER_NAME CONTROLLER_ADDRESS CONTROLLER_CONTACT DEFAULT_LANGUAGE TIME_ZONE "
    "AUDIENCE_MINIMUM AUDIENCE_MINIMUM_OVERRIDE TAGS EMBEDS CONSENT_DAYS REFUSAL_DAYS STAFF_ACCESS_DAYS "
    "QUIET_HOUR PERIODS SEND_PER_SECOND SEND_PER_DAY SEND_PER_DOMAIN"
).split()
SECRETS = ("SECRET_KEYS", "MAIL_KEYS", "SUPPRESSION_KEY")
# Each holds one address, alone or with a name before it.
MAILBOXES = ("MAIL_FROM", "ACCOUNT_FROM", "REPLY_TO", "BOUNCE_ADDRESS")
# Six months, as long as a choice about cookies counts: nobody is asked sooner, nor held to it longer
# (CNIL, recommendation 2020-092).
CHOICE_DAYS = 183
# Browsers keep no cookie longer (RFC 6265bis, section 5.5).
COOKIE_DAYS = 400
QUEUES = ("sqlite", "postgresql", "postgres", "redis", "rediss")


class Origin(StrEnum):
    """Where the value of a setting came from."""

    DEFAULT = "default"
    ENVIRONMENT = "environment"
    FILE = "file"
    KEPT = "kept"


@dataclass(frozen=True)
class Settings:
    """What differs between one installation and another. `from_env` is the way to make one."""

    data: Path
    database_url: str
    queue_url: str | None
    smtp_url: str | None
    base_url: str
    secret_keys: tuple[str, ...] = field(repr=False)
    mail_keys: tuple[str, ...] = field(repr=False)
    suppression_key: str = field(repr=False)
    trusted_hosts: tuple[str, ...] = ()
    trusted_proxies: int = 0
    mode: Mode = "local"
    port: int = DEFAULT_PORT
    mail_from: str = "Clevenio <news@example.com>"
    account_from: str = "Clevenio <account@example.com>"
    reply_to: str | None = None
    bounce_address: str | None = None
    webhook_secret: str | None = field(default=None, repr=False)
    controller_name: str = "Clevenio"
    controller_address: str = "Kympinkatu 3c, 40320 Jyväskylä, Finland"
    controller_contact: str = "aleksi@clevenio.com"
    default_language: str = "en"
    time_zone: str = "Europe/Helsinki"
    audience_minimum: int = 100
    audience_minimum_override: int | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    embeds: tuple[str, ...] = ()
    consent_days: int = CHOICE_DAYS
    refusal_days: int = CHOICE_DAYS
    staff_access_days: int = 60
    quiet_hour: int = 4
    periods: Mapping[str, int] = field(default_factory=dict)
    # 0: no limit. By domain within a minute, `*` for those not named.
    send_per_second: int = 0
    send_per_day: int = 0
    send_per_domain: Mapping[str, int] = field(default_factory=dict)
    # Where each setting came from, by its bare name; one that is missing has its default.
    origins: Mapping[str, Origin] = field(default_factory=dict, repr=False, compare=False)

    @property
    def is_secure(self) -> bool:
        """Whether people reach the site over HTTPS."""
        return self.base_url.startswith("https://")

    @property
    def relay_host(self) -> str | None:
        """The machine that mail goes out by; None where it stays here."""
        return urlsplit(self.smtp_url).hostname if self.smtp_url else None

    @property
    def webhook_secrets(self) -> tuple[str, ...]:
        """What mail providers sign with, commas between: two while one is changed, none where the webhook is off."""
        parts = (part.strip() for part in (self.webhook_secret or "").split(","))
        return tuple(filter(None, parts))

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None, kept: Kept | None = None) -> "Settings":
        """Read the environment. Raises `BadInput` naming the setting and what is expected of it.

        `kept` gives the keys that are not set; otherwise they are made once and kept in the folder.
        """
        kept = kept or kept_keys
        env = os.environ if env is None else env
        values = _read(env)
        mode = values.get("MODE", "local")
        if mode not in ("local", "production"):
            raise BadInput("CLEVENIO_MODE is %(value)r; it is either local or production.", value=mode)
        if mode == "production":
            _require_for_production(values)
        for name in MAILBOXES:
            _check_mailbox(values, name)
        data = _data(values)
        port = _port(values)
        rings = {name: key_ring(values[name], name) for name in SECRETS if name in values}
        defaults = {
            name.lower(): values[name]
            for name in (
                "MAIL_FROM ACCOUNT_FROM REPLY_TO BOUNCE_ADDRESS WEBHOOK_SECRET CONTROLLER_NAME "
                "CONTROLLER_ADDRESS CONTROLLER_CONTACT"
            ).split()
            if name in values
        }
        override = values.get("AUDIENCE_MINIMUM_OVERRIDE")
        return cls(
            data=data,
            database_url=_database_url(values, data),
            queue_url=_queue_url(values),
            smtp_url=_smtp_url(values),
            base_url=_base_url(values, data, port),
            trusted_hosts=_list(values, "TRUSTED_HOSTS"),
            trusted_proxies=_number(values, "TRUSTED_PROXIES", 0),
            mode=cast(Mode, mode),
            port=port,
            default_language=_language(values),
            time_zone=_time_zone(values),
            audience_minimum=_number(values, "AUDIENCE_MINIMUM", 100),
            tags=_pairs(values, "TAGS", "google_analytics=G-1234"),
            embeds=_list(values, "EMBEDS"),
            audience_minimum_override=None
            if override is None
            else _number(values, "AUDIENCE_MINIMUM_OVERRIDE", 0),
            consent_days=_days(values, "CONSENT_DAYS", CHOICE_DAYS, COOKIE_DAYS),
            refusal_days=_days(values, "REFUSAL_DAYS", CHOICE_DAYS, COOKIE_DAYS),
            staff_access_days=_days(values, "STAFF_ACCESS_DAYS", 60),
            quiet_hour=_hour(values, "QUIET_HOUR", 4),
            periods=_numbers(values, "PERIODS", "inquiry=12"),
            send_per_second=_number(values, "SEND_PER_SECOND", 0),
            send_per_day=_number(values, "SEND_PER_DAY", 0),
            send_per_domain=_domains(values),
            # Last, because these may be made: a wrong setting leaves nothing behind.
            secret_keys=rings.get("SECRET_KEYS") or kept(data, "SECRET_KEYS"),
            mail_keys=rings.get("MAIL_KEYS") or kept(data, "MAIL_KEYS"),
            suppression_key=(rings.get("SUPPRESSION_KEY") or kept(data, "SUPPRESSION_KEY"))[0],
            origins=_origins(env, values),
            **defaults,
        )


def _read(env: Mapping[str, str]) -> dict[str, str]:
    """Values by bare name; `NAME_FILE` is read where `NAME` is absent. Empty means unset."""
    found: dict[str, str] = {}
    for name in NAMES:
        value = env.get(PREFIX + name, "").strip()
        path = env.get(f"{PREFIX}{name}_FILE", "").strip()
        if not value and path:
            try:
                value = Path(path).read_text(encoding="utf-8").strip()
            except (OSError, ValueError) as error:
                raise BadInput(
                    "CLEVENIO_%(name)s_FILE names a file that cannot be read: %(reason)s.",
                    name=name,
                    reason=getattr(error, "strerror", None) or "it is no text in UTF-8",
                ) from error
        if value:
            found[name] = value
    return found


def _origins(env: Mapping[str, str], values: Mapping[str, str]) -> dict[str, Origin]:
    def origin(name: str) -> Origin:
        if name in values:
            return Origin.ENVIRONMENT if env.get(PREFIX + name, "").strip() else Origin.FILE
        return Origin.KEPT if name in SECRETS else Origin.DEFAULT

    return {name: origin(name) for name in NAMES}


def _require_for_production(values: Mapping[str, str]) -> None:
    needed = (*SECRETS, "BASE_URL", "SMTP_URL", "DATABASE_URL", "TRUSTED_HOSTS", "MAIL_FROM", "ACCOUNT_FROM")
    missing = [PREFIX + name for name in needed if name not in values]
    if missing:
        raise BadInput("Production needs these settings, too: %(names)s.", names=", ".join(missing))


def _number(values: Mapping[str, str], name: str, default: int) -> int:
    text = values.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit():
        raise BadInput("CLEVENIO_%(name)s is %(value)r; it is a whole number.", name=name, value=text)
    return int(text)


def _days(values: Mapping[str, str], name: str, default: int, most: int = 3650) -> int:
    days = _number(values, name, default)
    if not 0 < days <= most:
        raise BadInput(
            "CLEVENIO_%(name)s is %(value)s; it is between 1 and %(most)s days.",
            name=name,
            value=days,
            most=most,
        )
    return days


def _hour(values: Mapping[str, str], name: str, default: int) -> int:
    hour = _number(values, name, default)
    if hour > 23:
        raise BadInput("CLEVENIO_%(name)s is %(value)s; it is an hour from 0 to 23.", name=name, value=hour)
    return hour


def _list(values: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in values.get(name, "").split(",") if part.strip())


def _pairs(values: Mapping[str, str], name: str, example: str) -> Mapping[str, str]:
    """`google_analytics=G-1234, matomo=stats.example.fi/1`; whether they are known is for the registry to say."""
    pairs = [part.partition("=") for part in _list(values, name)]
    for key, sign, value in pairs:
        if not (key.strip() and sign and value.strip()):
            raise BadInput(
                "CLEVENIO_%(name)s is a list such as %(example)s, with commas between.",
                name=name,
                example=example,
            )
    return {key.strip(): value.strip() for key, _, value in pairs}


def _numbers(values: Mapping[str, str], setting: str, example: str) -> Mapping[str, int]:
    """A list of names, each with a whole number; whether the names are known is for others to say."""
    pairs = _pairs(values, setting, example)
    wrong = [name for name, number in pairs.items() if not (number.isascii() and number.isdigit())]
    if wrong:
        raise BadInput(
            "CLEVENIO_%(setting)s: %(name)s is a whole number, such as %(example)s.",
            setting=setting,
            name=wrong[0],
            example=example,
        )
    return {name: int(number) for name, number in pairs.items()}


def _domains(values: Mapping[str, str]) -> Mapping[str, int]:
    found = _numbers(values, "SEND_PER_DOMAIN", "gmail.com=100")
    if none := [domain for domain, most in found.items() if most == 0]:
        raise BadInput(
            "CLEVENIO_SEND_PER_DOMAIN: %(domain)s would never get anything; leave it out for no limit.",
            domain=none[0],
        )
    return {domain.lower(): most for domain, most in found.items()}


def _data(values: Mapping[str, str]) -> Path:
    try:
        return Path(values.get("DATA", "var")).expanduser().resolve()
    except (RuntimeError, OSError, ValueError) as error:
        raise BadInput("CLEVENIO_DATA is no folder: %(reason)s.", reason=str(error)) from error


def _port(values: Mapping[str, str]) -> int:
    port = _number(values, "PORT", DEFAULT_PORT)
    if not 0 < port < 65536:
        raise BadInput("CLEVENIO_PORT is %(value)s; it is between 1 and 65535.", value=port)
    return port


def _split(url: str) -> SplitResult | None:
    """The parts of an address; None where it has none, or a port that is no port."""
    try:
        parts = urlsplit(url)
        _ = parts.port, parts.hostname
    except ValueError:
        return None
    return parts


def _database_url(values: Mapping[str, str], data: Path) -> str:
    url = values.get("DATABASE_URL")
    if url is None:
        return f"sqlite:///{data / 'clevenio.db'}"
    scheme, mark, rest = url.partition("://")
    if scheme in ("postgresql", "postgres"):
        scheme = "postgresql+psycopg"
    if scheme not in ("sqlite", "postgresql+psycopg") or not mark or not _is_database(f"{scheme}://{rest}"):
        # The value is not repeated: it holds a password.
        raise BadInput(
            "CLEVENIO_DATABASE_URL looks like sqlite:////folder/file.db or postgresql://user:password@host/name."
        )
    return f"{scheme}://{rest}"


def _is_database(url: str) -> bool:
    try:
        parts = make_url(url)
    except (ArgumentError, ValueError):
        return False
    return _split(url) is not None and (bool(parts.database) or parts.get_backend_name() != "sqlite")


def _queue_url(values: Mapping[str, str]) -> str | None:
    url = values.get("QUEUE_URL")
    if url is not None and ((parts := _split(url)) is None or parts.scheme not in QUEUES):
        raise BadInput("CLEVENIO_QUEUE_URL starts with sqlite:///, postgresql:// or redis://.")
    return url


def _smtp_url(values: Mapping[str, str]) -> str | None:
    url = values.get("SMTP_URL")
    if url is None:
        return None
    parts = _split(url)
    if parts is None or parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise BadInput("CLEVENIO_SMTP_URL looks like smtp://user:password@host:587 or smtps://host.")
    return url


def _base_url(values: Mapping[str, str], data: Path, port: int) -> str:
    """What is set; else this machine, by the port that is set, or by that of the site which serves the folder."""
    if "PORT" not in values:
        port = served.last(data) or port
    url = values.get("BASE_URL", f"http://localhost:{port}").rstrip("/")
    parts = _split(url)
    more = parts and (parts.path or parts.query or parts.fragment or "@" in parts.netloc)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname or more:
        raise BadInput("CLEVENIO_BASE_URL is an address without a path, such as https://www.example.com.")
    return url


def _check_mailbox(values: Mapping[str, str], name: str) -> None:
    """One address, syntactically; whether it takes mail only mail can tell."""
    text = values.get(name)
    if text is None:
        return
    found = [address for _, address in getaddresses([text])]
    local, _, domain = found[0].rpartition("@")
    if (
        len(found) != 1
        or not local
        or not domain
        or len(f"{local}{domain}".split()) > 1
        or len(text.splitlines()) > 1
    ):
        raise BadInput(
            "CLEVENIO_%(name)s is %(value)r; it looks like news@example.com or Name <news@example.com>.",
            name=name,
            value=text,
        )


def _time_zone(values: Mapping[str, str]) -> str:
    name = values.get("TIME_ZONE", "Europe/Helsinki")
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise BadInput(
            "CLEVENIO_TIME_ZONE is %(value)r; it is a name such as Europe/Helsinki.", value=name
        ) from error
    return name


def _language(values: Mapping[str, str]) -> str:
    language = values.get("DEFAULT_LANGUAGE", "en")
    if language not in ("fi", "en"):
        raise BadInput("CLEVENIO_DEFAULT_LANGUAGE is %(value)r; it is fi or en.", value=language)
    return language
