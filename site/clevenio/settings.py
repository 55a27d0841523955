"""Settings, read once from the environment.

Every name has the prefix `CLEVENIO_`. A secret may be given as a file: `CLEVENIO_SECRET_KEYS_FILE`
names one. Wrong values are refused loudly, before anything starts.
"""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast
from urllib.parse import urlsplit

from clevenio.errors import BadInput

PREFIX = "CLEVENIO_"
Mode = Literal["local", "production"]

NAMES = (
    "DATA DATABASE_URL QUEUE_URL SMTP_URL BASE_URL SECRET_KEYS MAIL_KEYS SUPPRESSION_KEY TRUSTED_HOSTS "
    "TRUSTED_PROXIES MODE PORT MAIL_FROM ACCOUNT_FROM REPLY_TO BOUNCE_ADDRESS WEBHOOK_SECRET "
    "CONTROLLER_NAME CONTROLLER_ADDRESS CONTROLLER_CONTACT DEFAULT_LANGUAGE TIME_ZONE "
    "AUDIENCE_MINIMUM AUDIENCE_MINIMUM_OVERRIDE"
).split()
SECRETS = ("SECRET_KEYS", "MAIL_KEYS", "SUPPRESSION_KEY")


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
    port: int = 8000
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

    @property
    def is_secure(self) -> bool:
        """Whether people reach the site over HTTPS."""
        return self.base_url.startswith("https://")

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> "Settings":
        """Read the environment. Raises `BadInput` naming the setting and what is expected of it."""
        values = _read(os.environ if env is None else env)
        mode = values.get("MODE", "local")
        if mode not in ("local", "production"):
            raise BadInput("CLEVENIO_MODE is %(value)r; it is either local or production.", value=mode)
        if mode == "production":
            _require_for_production(values)
        data = Path(values.get("DATA", "var")).expanduser().resolve()
        port = _number(values, "PORT", 8000)
        secrets_ = {name: values.get(name) or _kept_secret(data, name) for name in SECRETS}
        defaults = {
            name.lower(): values[name]
            for name in (
                "MAIL_FROM ACCOUNT_FROM REPLY_TO BOUNCE_ADDRESS WEBHOOK_SECRET CONTROLLER_NAME "
                "CONTROLLER_ADDRESS CONTROLLER_CONTACT TIME_ZONE QUEUE_URL"
            ).split()
            if name in values
        }
        override = values.get("AUDIENCE_MINIMUM_OVERRIDE")
        return cls(
            data=data,
            database_url=_database_url(values, data),
            queue_url=defaults.pop("queue_url", None),
            smtp_url=_smtp_url(values),
            base_url=_base_url(values, port),
            secret_keys=_keys(secrets_["SECRET_KEYS"], "SECRET_KEYS"),
            mail_keys=_keys(secrets_["MAIL_KEYS"], "MAIL_KEYS"),
            suppression_key=_keys(secrets_["SUPPRESSION_KEY"], "SUPPRESSION_KEY")[0],
            trusted_hosts=_list(values, "TRUSTED_HOSTS"),
            trusted_proxies=_number(values, "TRUSTED_PROXIES", 0),
            mode=cast(Mode, mode),
            port=port,
            default_language=_language(values),
            audience_minimum=_number(values, "AUDIENCE_MINIMUM", 100),
            audience_minimum_override=None
            if override is None
            else _number(values, "AUDIENCE_MINIMUM_OVERRIDE", 0),
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
            except OSError as error:
                raise BadInput(
                    "CLEVENIO_%(name)s_FILE names a file that cannot be read: %(reason)s.",
                    name=name,
                    reason=error.strerror or "unreadable",
                ) from error
        if value:
            found[name] = value
    return found


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


def _list(values: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in values.get(name, "").split(",") if part.strip())


def _keys(text: str, name: str) -> tuple[str, ...]:
    keys = tuple(part.strip() for part in text.split(",") if part.strip())
    if not keys or any(len(key) < 32 for key in keys):
        raise BadInput("CLEVENIO_%(name)s: every key has at least 32 characters.", name=name)
    return keys


def _kept_secret(data: Path, name: str) -> str:
    """The key that `local` made once and keeps in `$DATA/keys`, readable by its owner alone."""
    path = data / "keys" / name.lower()
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise BadInput(
            "CLEVENIO_DATA: the folder %(path)s cannot be written: %(reason)s.",
            path=str(data),
            reason=error.strerror or "unwritable",
        ) from error
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secret := secrets.token_urlsafe(48))
        file.flush()
        os.fsync(file.fileno())
    return secret


def _database_url(values: Mapping[str, str], data: Path) -> str:
    url = values.get("DATABASE_URL")
    if url is None:
        return f"sqlite:///{data / 'clevenio.db'}"
    scheme = url.split("://", 1)[0]
    if scheme in ("postgresql", "postgres"):
        return "postgresql+psycopg://" + url.split("://", 1)[1]
    if scheme not in ("sqlite", "postgresql+psycopg") or "://" not in url:
        raise BadInput("CLEVENIO_DATABASE_URL starts with sqlite:/// or postgresql://.")
    return url


def _smtp_url(values: Mapping[str, str]) -> str | None:
    url = values.get("SMTP_URL")
    if url is not None and (urlsplit(url).scheme not in ("smtp", "smtps") or not urlsplit(url).hostname):
        raise BadInput("CLEVENIO_SMTP_URL looks like smtp://user:password@host:587 or smtps://host.")
    return url


def _base_url(values: Mapping[str, str], port: int) -> str:
    url = values.get("BASE_URL", f"http://localhost:{port}").rstrip("/")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query:
        raise BadInput("CLEVENIO_BASE_URL is an address without a path, such as https://www.example.com.")
    return url


def _language(values: Mapping[str, str]) -> str:
    language = values.get("DEFAULT_LANGUAGE", "en")
    if language not in ("fi", "en"):
        raise BadInput("CLEVENIO_DEFAULT_LANGUAGE is %(value)r; it is fi or en.", value=language)
    return language
