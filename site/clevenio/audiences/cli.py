"""`clevenio audiences`: segments, counts, files, removals, and why somebody is in or out."""

import json
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup

from clevenio.audiences import export as exports
from clevenio.audiences import files, operations, queries
from clevenio.audiences.blurring import STEP, no_exact_refusal
from clevenio.audiences.choosing import counting
from clevenio.audiences.explain import as_json, explain, line_of_file, sentence, sentence_of_missing
from clevenio.audiences.handouts import Handout
from clevenio.audiences.models import Export, Kind, State
from clevenio.audiences.platforms import platform
from clevenio.audiences.preview import required, serves
from clevenio.audiences.removals import order_removal
from clevenio.audiences.segments import ALL, find, saved
from clevenio.audiences.uploads import operations as marking
from clevenio.audiences.uploads import queries as uploads
from clevenio.errors import BadInput, Missing
from clevenio.i18n import local_day
from clevenio.people.identifiers import address
from clevenio.web.kit import kit

audiences = AppGroup("audiences", help="Target groups for advertising platforms, of those who agreed.")

SEGMENT = click.option("--segment", "name", required=True, help="A segment's name; all is everybody.")
PLATFORM = click.option("--platform", "platform_name", required=True, help="Such as google or meta.")
OUTPUT = click.option(
    "--output", required=True, help="Where the file goes; FILE.2 and so on when split; - is standard output."
)
JSON = click.option("--json", "as_json_", is_flag=True, help="One JSON document for a machine.")
NUMBER = click.argument("number", type=click.IntRange(1, 2**31 - 1))
ACTOR = "command"
# So many files are listed.
FILES = 50


@audiences.command("list")
@JSON
def list_(as_json_: bool) -> None:
    """Name the saved segments; one named all always exists."""
    with kit().database.session(write=False) as session:
        found: list[tuple[str, str, Mapping[str, list[str]]]] = [(ALL, "", {})]
        found += [(segment.name, segment.description, segment.criteria) for segment in saved(session)]
    if as_json_:
        _print([{"name": n, "description": d, "criteria": c} for n, d, c in found])
        return
    for name, description, _criteria in found:
        click.echo(f"{name}\t{description}".rstrip())


@audiences.command("preview")
@SEGMENT
@PLATFORM
@JSON
def preview_(name: str, platform_name: str, as_json_: bool) -> None:
    """Count what an export would hold, no more exactly than the back office. Nothing is hashed and nobody is listed."""
    made, now = kit(), kit().clock()
    chosen = platform(platform_name, made.settings.data)
    with made.database.session(write=False) as session:
        choice = find(session, name, now)
    shown, is_enough = counting.count(made.database, made.settings, choice, chosen, now)
    counts, needed = shown.counts, required(made.settings, chosen.facts)
    facts: dict[str, Any] = {
        "segment": name,
        "platform": chosen.id,
        "matching": counts.matching,
        "rows": counts.rows,
        "rejects": dict(counts.rejects),
        "identifiers": dict(counts.identifiers),
        "minimum": needed,
        "below_minimum": not is_enough,
        "serves": serves(made.settings, chosen.facts, counts.rows),
    }
    facts["in_tens"] = [field for field in facts if field in shown.in_tens]
    if as_json_:
        _print(facts)
        return
    click.echo(f"{name} for {chosen.facts.name}")
    tables: dict[str, Mapping[str, int]] = {
        "rows": {"people that match": counts.matching, "rows in the file": counts.rows},
        "rejects": {f"out: {reason.replace('_', ' ')}": number for reason, number in counts.rejects.items()},
        "identifiers": {f"with {field.replace('_', ' ')}": n for field, n in counts.identifiers.items()},
        "minimum": {"needed at least": needed},
    }
    for table, numbers in tables.items():
        for label, number in numbers.items():
            click.echo(f"  {label:<24}{_said(number, is_in_tens=table in shown.in_tens):>12}")
    if shown.in_tens:
        click.echo("Some counts are given in tens, so that they do not tell of a few people.")


@audiences.command("export")
@SEGMENT
@PLATFORM
@OUTPUT
@click.option("--added", is_flag=True, help="Only those who were in no earlier file of this segment for it.")
def export_(name: str, platform_name: str, output: str, added: bool) -> None:
    """Write an audience file for a platform, of those who agreed to it and nobody else."""
    made = kit()
    chosen, path = platform(platform_name, made.settings.data), _destination(output)
    with made.database.session(write=False) as session:
        choice = find(session, name, made.clock())
    opened = exports.handout_now(
        made.database,
        made.settings,
        chosen,
        choice,
        actor=ACTOR,
        now=made.clock(),
        is_added_only=added,
        is_one_file=path is None,
    )
    with no_exact_refusal(), opened as ready:
        if not serves(made.settings, chosen.facts, ready.rows):
            click.echo(
                f"{chosen.facts.name} shows no advertisements to fewer than {chosen.facts.minimum_serving} "
                f"people; this audience has {ready.rows}.",
                err=True,
            )
        _hand_out(ready, path)


@audiences.command()
@PLATFORM
@OUTPUT
def removals(platform_name: str, output: str) -> None:
    """Write the file of those to take out of a platform's audiences, in the format of the upload."""
    made = kit()
    chosen, path = platform(platform_name, made.settings.data), _destination(output)
    with made.database.session() as session:
        ordered = order_removal(session, chosen, actor=ACTOR, now=made.clock())
        session.commit()
    opened = exports.handout(
        made.database, made.settings, chosen, ordered.id, now=made.clock(), is_one_file=path is None
    )
    with opened as ready:
        _hand_out(ready, path)


@audiences.command("files")
@JSON
def files_(as_json_: bool) -> None:
    """List the newest files that were made, by number: what became of each, and on which day the platform got it."""
    with kit().database.session(write=False) as session:
        found = [_row(export) for export in session.scalars(queries.exports().limit(FILES))]
    if as_json_:
        _print(found)
        return
    for row in found:
        rows = "–" if row["rows"] is None else f"{row['rows']:,}"
        what = row["kind"] if row["kind"] == Kind.REMOVAL else row["segment"]
        click.echo(
            f"{row['number']:>6}  {row['made']}  {row['platform']:<18} {rows:>10}  {row['became']:<12} {what}"
        )


@audiences.command()
@NUMBER
@click.option(
    "--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="On which day, such as 2026-11-28; else today."
)
def uploaded(number: int, day: datetime | None) -> None:
    """Write down that the file NUMBER was uploaded to its platform."""
    made = kit()
    with made.database.session() as session:
        export, now = uploads.find(session, number, is_changing=True), made.clock()
        marking.mark_uploaded(session, export, day.date() if day else local_day(now), ACTOR, now)
        session.commit()
    click.echo(f"File {number} counts as uploaded.", err=True)


@audiences.command()
@NUMBER
@click.option(
    "--never-uploaded",
    is_flag=True,
    required=True,
    expose_value=False,
    help="Say outright that it never was; this cannot be taken back.",
)
def discard(number: int) -> None:
    """Write down that the file NUMBER was thrown away: people in it who leave go into no removal file because of it."""
    made = kit()
    with made.database.session() as session:
        export = uploads.find(session, number, is_changing=True)
        marking.discard(session, export, ACTOR, made.clock())
        session.commit()
    click.echo(f"File {number} counts as thrown away.", err=True)


@audiences.command("explain")
@click.argument("email")
@JSON
def explain_(email: str, as_json_: bool) -> None:
    """Say for each platform whether a person is in, and which decisions say so."""
    made = kit()
    with made.database.session() as session:
        key, wanted = made.settings.suppression_key, address(email)
        person = operations.look_up(session, key, wanted, ACTOR, made.clock(), sees_restricted=True)
        session.commit()
        if person is None:
            raise Missing("Nobody here has this address.")
        answers = explain(session, person, made.settings.data)
        if as_json_:
            _print(as_json(person, answers))
            return
        for answer in answers:
            click.echo(f"{answer.platform}: {sentence(answer.reason)}")
            for field, why in answer.missing.items():
                click.echo(f"    {sentence_of_missing(field, why)}")
            for field, is_hashed in answer.columns.items():
                click.echo(f"    {field.replace('_', ' ')}, {'as a hash' if is_hashed else 'readable'}")
            for decision in answer.decisions:
                click.echo(
                    f"    {decision.at:%Y-%m-%d %H:%M} UTC  {decision.state:<10} {decision.channel}"
                    f"  basis {decision.basis}  notice {decision.notice} ({decision.language})"
                )
                if given_at := decision.evidence.get("given_at"):
                    click.echo(f"        given {given_at}: {decision.evidence.get('source') or '–'}")
                if wording := answer.wordings[decision.notice]:
                    click.echo(f"        “{wording}”")
            for export in answer.exports:
                click.echo(f"    {export.created_at:%Y-%m-%d %H:%M} UTC  in {line_of_file(export)}")


def _row(export: Export) -> dict[str, Any]:
    """A file as the command shows it; until it has left, its rows would be a count that is never blurred."""
    return {
        "number": export.id,
        "made": f"{local_day(export.created_at)}",
        "kind": export.kind,
        "platform": export.platform,
        "segment": export.segment,
        "added_only": export.is_added_only,
        "rows": None if export.state == State.PREPARED else export.rows,
        "became": export.became.value,
        "reached_on": None if export.reached_on is None else f"{export.reached_on}",
    }


def _said(number: int, *, is_in_tens: bool) -> str:
    if not is_in_tens:
        return f"{number:,}"
    return f"about {number:,}" if number >= STEP else f"under {STEP}"


def _destination(output: str) -> Path | None:
    """The file's path, None for standard output. Raises `BadInput` before anybody is put on record."""
    if output == "-":
        return None
    path = Path(output)
    if not path.parent.is_dir() or (path.exists() and not path.is_file()):
        raise BadInput("%(path)s is no place for a file.", path=output)
    # The file is renamed into place: a link keeps pointing where it did.
    return path.resolve() if path.is_symlink() else path


def _hand_out(ready: Handout, path: Path | None) -> None:
    if path is None:
        for chunk in files.stream(ready):
            sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.flush()
        return
    written = files.write(ready, path)
    click.echo(f"File {ready.export_id}: {ready.rows} rows in {', '.join(map(str, written))}", err=True)


def _print(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))
