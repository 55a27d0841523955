"""`clevenio doctor`: looks at an installation and says what to do about what it finds."""

import json
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import click
from flask.cli import with_appcontext
from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from clevenio import audit_sealing
from clevenio.audiences.platforms import platforms
from clevenio.audit import AuditEntry
from clevenio.backups import keyring
from clevenio.database import is_sqlite
from clevenio.health import Finding, Verdict, readiness
from clevenio.i18n import lazy_gettext as _l
from clevenio.i18n import local_day
from clevenio.newsletter.models import Campaign, CampaignState
from clevenio.outbox import TROUBLED, Mail
from clevenio.people import outside
from clevenio.people.staff_members import Role, active
from clevenio.registry import load, own_vendors
from clevenio.registry.vendors import Service
from clevenio.rights import disk_findings
from clevenio.settings import Settings
from clevenio.smtp import Lost, Smtp
from clevenio.web.kit import Kit, kit

SKEW = timedelta(seconds=30)
A_FILE = click.Path(path_type=Path, dir_okay=False)
MARKS = {Verdict.GOOD: "ok", Verdict.WARNING: "look", Verdict.BAD: "BAD"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For a machine to read.")
@click.option("--mail", type=A_FILE, help="A mail that arrived elsewhere, as its source.")
@click.option("--key", type=A_FILE, help="The public key that it was signed for: the DNS record, or PEM.")
@with_appcontext
def doctor(as_json: bool, mail: Path | None, key: Path | None) -> None:
    """Check settings, database, mail, clock and disk; exit 1 where something does not work.

    With --mail, look at a mail of ours that came back from another mailbox instead, and say what its
    receiver would object to. Keys and policies are asked of DNS, or the key is read from --key.
    """
    if key is not None and mail is None:
        raise click.UsageError("--key goes with --mail.")
    found = examine(kit()) if mail is None else _examine_mail(mail, key)
    if as_json:
        click.echo(json.dumps([_fields(finding) for finding in found], indent=2))
    else:
        for finding in found:
            click.echo(f"{MARKS[finding.verdict]:<5} {finding.name:<14} {finding.text!s}")
    sys.exit(1 if any(finding.verdict is Verdict.BAD for finding in found) else 0)


def _examine_mail(mail: Path, key: Path | None) -> list[Finding]:
    from clevenio.deliverability import examination  # noqa: PLC0415 - reads DNS and DKIM, which serve no page

    return examination.examine(mail, key, kit().clock())


def _fields(finding: Finding) -> dict[str, str]:
    return {"name": finding.name, "verdict": finding.verdict.value, "text": str(finding.text)}


def examine(made: Kit, patience: float = 10, is_thorough: bool = True) -> list[Finding]:
    """Everything that was looked at, and how it came out; the relay is waited for so many seconds.

    `is_thorough` also checks each signed line of the files outside the database, which grows with them.
    """
    found = list(_settings(made.settings))
    found += readiness(made.settings, made.database, made.clock())
    found.append(_relay(made.settings, patience))
    found += _recipients(made.settings, made.clock())
    if all(finding.verdict is Verdict.GOOD for finding in found if finding.name in ("database", "schema")):
        with made.database.session(write=False) as session:
            found += [_clock(session, made.clock()), _deliveries(session)]
            found += [_campaigns(session), _administrator(session)]
            found.append(_seals(session, made.settings, made.clock()))
            found.append(_refusals(session, made.settings, is_thorough))
            found.append(_keys(session, made.settings))
        if not made.database.is_sqlite:
            found += disk_findings.examine(made.settings, made.database, made.clock())
    return found


def _settings(settings: Settings) -> Iterator[Finding]:
    text = _l("Mode %(mode)s, base address %(address)s.", mode=settings.mode, address=settings.base_url)
    yield Finding("settings", Verdict.GOOD, text)
    if settings.audience_minimum_override is not None:
        yield Finding(
            "audiences",
            Verdict.WARNING,
            _l("CLEVENIO_AUDIENCE_MINIMUM_OVERRIDE is set: audiences may single people out. Take it away."),
        )
    for each in platforms(settings.data):
        if each.problem is not None:
            text = _l(
                "%(problem)s No audience goes to %(platform)s until then. Mend the file in %(folder)s, or take it away.",
                problem=each.problem,
                platform=each.facts.name,
                folder=settings.data / "platforms",
            )
            yield Finding("platforms", Verdict.BAD, text)
    if settings.mode == "production" and not settings.is_secure:
        text = _l("CLEVENIO_BASE_URL is not https. Serve people over HTTPS.")
        yield Finding("address", Verdict.WARNING, text)


def _relay(settings: Settings, patience: float) -> Finding:
    if settings.smtp_url is None:
        text = _l("CLEVENIO_SMTP_URL is not set: mail is kept in the data folder, readable at /staff/outbox.")
        return Finding("relay", Verdict.GOOD if settings.mode == "local" else Verdict.BAD, text)
    try:
        Smtp(settings.smtp_url, timeout=patience).greet()
    except Lost as lost:
        return Finding(
            "relay", Verdict.BAD, _l("The mail relay does not answer (%(lost)s). Look at it.", lost=str(lost))
        )
    return Finding("relay", Verdict.GOOD, _l("The mail relay answers."))


def _recipients(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Whether it is said who passes mail on and who keeps the machine, where anybody else may: GDPR Art. 13(1)(e), 30(1)(d).

    A relay on this machine is nobody else; whose any other is, and whose machine a production runs on, no setting tells.
    """
    host, day, path = settings.relay_host, local_day(now), settings.data / own_vendors.FILE
    if host is not None and not _is_this_machine(host) and not load().is_told(Service.MAIL, day):
        text = _l(
            "Mail goes out by %(host)s, and no recipient of data is named who runs it. Name them in %(file)s with "
            'service = "mail", or write there that you do it yourselves: ourselves = ["mail"].',
            host=host,
            file=path,
        )
        yield Finding("recipients", Verdict.WARNING, text)
    if settings.mode == "production" and not load().is_told(Service.HOSTING, day):
        text = _l(
            'No recipient of data is named who keeps this machine. Name them in %(file)s with service = "hosting", or '
            'write there that it is your own: ourselves = ["hosting"].',
            file=path,
        )
        yield Finding("recipients", Verdict.WARNING, text)


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _clock(session: Session, now: datetime) -> Finding:
    """Against the database server's clock, else against the newest entry of the audit trail."""
    if is_sqlite(session):
        other = session.scalar(select(func.max(AuditEntry.at)))
        is_off = other is not None and other > now + SKEW
    else:
        other = session.scalar(select(func.now()))
        is_off = other is not None and abs(other - now) > SKEW
    if is_off:
        text = _l("This machine’s clock and the database’s do not agree. Set both by a time server (NTP).")
        return Finding("clock", Verdict.BAD, text)
    return Finding("clock", Verdict.GOOD, _l("It is %(moment)s UTC here.", moment=f"{now:%Y-%m-%d %H:%M}"))


def _seals(session: Session, settings: Settings, now: datetime) -> Finding:
    """The newest seal comes from the worker, the newest mark from whoever wrote the entry: both must be here."""
    folder = settings.data / "seals"
    reach = audit_sealing.reach(session, folder, [settings.suppression_key], now)
    if reach.unmarked_from is None and audit_sealing.is_kept_outside(session, folder):
        return Finding("seals", Verdict.GOOD, _l("The audit trail can be proved up to its last entry."))
    text = _l(
        "The newest seal of the audit trail, or the mark of its last entry, is not in %(folder)s. Web and worker "
        "must share this folder and be able to write to it.",
        folder=folder,
    )
    return Finding("seals", Verdict.WARNING, text)


def _refusals(session: Session, settings: Settings, is_thorough: bool) -> Finding:
    """The files by which a restored database learns of later refusals: whole, and no shorter than its tables."""
    folder, keys = settings.data / "seals", [settings.suppression_key]
    wrong = "; ".join(outside.faults(folder, keys)) if is_thorough else ""
    if wrong:
        text = _l(
            "Erasures and refusals outside the database are damaged: %(wrong)s. A restored database would not learn of "
            "them. Move the file elsewhere and keep it: the worker writes a new one within the hour.",
            wrong=wrong,
        )
        return Finding("refusals", Verdict.BAD, text)
    try:
        lacking = outside.missing(session, folder)
    except OSError as error:
        text = _l(
            "%(folder)s cannot be read: %(reason)s.", folder=folder, reason=error.strerror or "unreadable"
        )
        return Finding("refusals", Verdict.BAD, text)
    if lacking:
        said = ", ".join(f"{name}: {number}" for name, number in lacking.items())
        text = _l(
            "Lines are missing from the files of erasures and refusals in %(folder)s (%(said)s). The worker adds them "
            "within the hour; it must be able to write there.",
            folder=folder,
            said=said,
        )
        return Finding("refusals", Verdict.WARNING, text)
    return Finding("refusals", Verdict.GOOD, _l("Erasures and refusals are kept outside the database, too."))


def _keys(session: Session, settings: Settings) -> Finding:
    """By fingerprints as the page of settings shows them."""
    wrong = "; ".join(keyring.faults(session, settings))
    if not wrong:
        return Finding("keys", Verdict.GOOD, _l("The keys are those that the data was written with."))
    text = _l(
        "The data was written with other keys: %(wrong)s. Set those keys, before anything else is written.",
        wrong=wrong,
    )
    return Finding("keys", Verdict.BAD, text)


def _deliveries(session: Session) -> Finding:
    number = session.scalar(select(func.count()).select_from(Mail).where(Mail.state.in_(TROUBLED))) or 0
    if number:
        text = _l(
            "Mails that failed, ended uncertain or came back: %(number)s. See Failed mail in the back office.",
            number=number,
        )
        return Finding("deliveries", Verdict.WARNING, text)
    return Finding(
        "deliveries", Verdict.GOOD, _l("No mail but a campaign's failed, ended uncertain or came back.")
    )


def _campaigns(session: Session) -> Finding:
    stopped = and_(Campaign.state == CampaignState.PAUSED, Campaign.problem.is_not(None))
    which = or_(Campaign.state == CampaignState.NEEDS_ATTENTION, stopped)
    number = session.scalar(select(func.count()).select_from(Campaign).where(which)) or 0
    if number:
        text = _l(
            "Campaigns with failed or uncertain messages, or paused by themselves: %(number)s. Decide about them in the back office.",
            number=number,
        )
        return Finding("campaigns", Verdict.WARNING, text)
    return Finding("campaigns", Verdict.GOOD, _l("No campaign waits for a decision."))


def _administrator(session: Session) -> Finding:
    if session.scalars(active(Role.ADMINISTRATOR).limit(1)).first() is None:
        text = _l("Nobody is administrator. Run `clevenio staff invite EMAIL --role administrator`.")
        return Finding("administrator", Verdict.WARNING, text)
    return Finding("administrator", Verdict.GOOD, _l("There is an administrator."))
