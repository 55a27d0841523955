"""`clevenio newsletter`: send a text to everybody on a topic, and see how it went."""

import json
import sys
import time
from contextlib import closing
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import click
from flask.cli import AppGroup

from clevenio import terminal
from clevenio.errors import BadInput, Refused
from clevenio.i18n import gettext as _
from clevenio.mail import transport
from clevenio.newsletter import campaigns, queries
from clevenio.newsletter.bounces.cli import inbox
from clevenio.newsletter.models import FINAL, UNFINISHED, Campaign, CampaignState
from clevenio.newsletter.queries import PutOff, Summary
from clevenio.newsletter.sending import Sender, progress_database
from clevenio.web.kit import Kit, kit

# Seconds between two looks at the bar, and those to sleep while all that is left waits for another
# try, for the relay, or for another sender.
STRETCH, PAUSE = 1.0, 0.5
# How long the command waits while nothing ends; longer than a lease, so that it takes up what a sender
# that died had claimed. What waits longer for another try is the worker's.
PATIENCE = timedelta(minutes=3)
# A count reads the whole campaign: after one, none is made for so many times as long as it took. Where nobody
# sees the bar, it tells only whether anything ends, and so many are made within `PATIENCE`.
REST, UNSEEN = 20, 6
# Columns where no terminal says how many it has: enough for the longest subject, so nothing is cut.
PIPE_WIDTH = 1000

newsletter = AppGroup("newsletter", help="Campaigns: send one, see how they went.")
newsletter.add_command(inbox)
texts = click.Path(path_type=Path, dir_okay=False)


@newsletter.command()
@click.option("--topic", required=True, help="What kind of message it is: newsletter, product_news, …")
@click.option(
    "--fi", type=texts, required=True, help="The Finnish text, Markdown; its heading is the subject."
)
@click.option("--en", type=texts, required=True, help="The English text, likewise.")
def send(topic: str, fi: Path, en: Path) -> None:
    """Mail a text to everybody on a topic, each in their language, and wait for the end.

    Where the relay puts some off for longer, say how many: the worker goes on with those.
    """
    made = kit()
    sources = {"fi": _read(fi), "en": _read(en)}
    with made.database.session() as session:
        files = {"fi": fi, "en": en}
        campaign = campaigns.make(session, made.settings, topic, sources, "command", made.clock(), files)
        session.commit()
    _send(made, campaign.id)
    with made.database.session(write=False) as session:
        found = queries.summary(session, made.settings, session.get_one(Campaign, campaign.id))
    click.echo(_sentence(found))
    if found.state in UNFINISHED:
        if found.put_off is not None:
            click.echo(_last_words(found.put_off))
        raise Refused(
            "The relay did not take everything yet: %(deferred)s deferred, %(waiting)s not tried. "
            "The worker goes on with them.",
            deferred=found.counts["deferred"],
            waiting=sum(found.counts[state] for state in ("pending", "claimed", "sending")),
        )
    if found.state == CampaignState.PAUSED:
        reason = found.trouble or _("somebody paused it.")
        raise Refused("The campaign was paused: %(reason)s", reason=reason)
    if found.state == CampaignState.CANCELLED:
        raise Refused("The campaign was cancelled before everybody had it.")
    if found.state == CampaignState.NEEDS_ATTENTION:
        raise Refused(
            "The campaign needs attention: %(failed)s failed, %(uncertain)s uncertain, %(missing)s missing.",
            failed=found.counts["failed"],
            uncertain=found.counts["uncertain"],
            missing=found.candidates - sum(found.counts.values()),
        )


@newsletter.command()
@click.option("--json", "as_json", is_flag=True, help="For a machine: an array of campaigns.")
def status(as_json: bool) -> None:
    """List campaigns with their counts, newest first."""
    made = kit()
    with made.database.session(write=False) as session:
        found = list(queries.summaries(session, made.settings))
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found], default=str, ensure_ascii=False, indent=2))
    elif found:
        _show(found)
    else:
        click.echo("No campaign has been sent yet.")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        reason = error.strerror or "unreadable"
        raise BadInput("%(file)s cannot be read: %(reason)s.", file=path, reason=reason) from error
    except UnicodeDecodeError as error:
        raise BadInput("%(file)s is not text in UTF-8.", file=path) from error


def _send(made: Kit, campaign: UUID) -> None:
    relay = transport(made.settings.smtp_url, made.settings.data)
    url = made.database.url.render_as_string(hide_password=False)
    with (
        progress_database(url) as progress,
        terminal.progress("Sending", has_end=True) as show,
        closing(relay),
    ):
        first = made.account_mail(relay)
        sender = Sender(campaign, made.settings, made.database, progress, relay, made.clock, first=first)
        reached, since = (0, 0), time.monotonic()
        rest = 0.0 if show.is_seen else PATIENCE.total_seconds() / UNSEEN
        count_at = since + rest
        while True:
            state, now = sender.work(STRETCH), time.monotonic()
            is_over, is_quiet = state not in UNFINISHED, now - since > PATIENCE.total_seconds()
            is_due = show.is_seen if is_over else is_quiet or now >= count_at
            if is_due:
                if (progressed := _done(made, campaign)) != reached:
                    reached, since, is_quiet = progressed, now, False
                show("Sending", *reached)
                counted = time.monotonic()
                count_at = counted + max(rest, REST * (counted - now))
            if is_over or _is_held_up(made, campaign, state, is_quiet):
                return
            if not sender.ran_out:
                time.sleep(PAUSE)


def _is_held_up(made: Kit, campaign: UUID, state: CampaignState, is_quiet: bool) -> bool:
    """Whether waiting helps no more: nothing has ended for long, or nothing is due for as long."""
    if state is CampaignState.FREEZING:
        return False
    with made.database.session(write=False) as session:
        due = campaigns.next_due(session, campaign)
    return is_quiet or (due is not None and due > made.clock() + PATIENCE)


def _done(made: Kit, campaign_id: UUID) -> tuple[int, int]:
    """How many deliveries are over, out of how many."""
    with made.database.session(write=False) as session:
        candidates = session.get_one(Campaign, campaign_id).candidates
        found = campaigns.counts(session, campaign_id)
    return sum(found.get(state, 0) for state in FINAL), candidates


def _sentence(found: Summary) -> str:
    parts = [f"{found.counts[state]} {state.value}" for state in FINAL if found.counts[state]]
    who = "1 candidate" if found.candidates == 1 else f"{found.candidates} candidates"
    nothing = "nothing sent yet" if found.state in UNFINISHED else "nobody to mail"
    return f"{who}: {', '.join(parts) or nothing}."


def _show(found: list[Summary]) -> None:
    from rich.console import Console  # noqa: PLC0415 - nothing that serves the site prints tables
    from rich.table import Table  # noqa: PLC0415 - as above

    table = Table(box=None, pad_edge=False)
    for name in ("Created", "Topic", "State", "Subject"):
        table.add_column(name, no_wrap=True, overflow="ellipsis", ratio=1 if name == "Subject" else None)
    for name in ("Candidates", *(state.value.capitalize() for state in FINAL), "Left"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in found:
        numbers = (one.candidates, *(one.counts[state] for state in FINAL), one.departures)
        created = f"{one.created_at:%Y-%m-%d %H:%M}"
        table.add_row(created, one.topic, one.state, _subject(one), *map(str, numbers))
    Console(width=None if sys.stdout.isatty() else PIPE_WIDTH).print(table)
    for one in found:
        if one.put_off is not None:
            click.echo(f"{_subject(one)}: {one.counts['deferred']} deferred. {_last_words(one.put_off)}")


def _subject(one: Summary) -> str:
    return one.subjects.get("en") or next(iter(one.subjects.values()), "")


def _last_words(put_off: PutOff) -> str:
    first = "The relay said last" if put_off.is_quoted else "What happened last"
    next_ = f"{put_off.next_at:%Y-%m-%d %H:%M} UTC" if put_off.next_at else "when the campaign goes on"
    return f"{first}, at {put_off.at:%Y-%m-%d %H:%M} UTC: {put_off.said}. Next attempt: {next_}."
