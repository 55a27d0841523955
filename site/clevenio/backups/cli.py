"""`clevenio backup` and `clevenio restore`."""

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext

from clevenio.backups import restoring, taking
from clevenio.backups.restoring import Restored
from clevenio.backups.taking import Taken
from clevenio.restorations import lost
from clevenio.settings import PREFIX
from clevenio.terminal import progress
from clevenio.web.kit import kit, utc_now

as_json = click.option("--json", "as_json", is_flag=True, help="For a machine to read.")


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Write over FILE where there is one.")
@click.option(
    "--without-keys",
    is_flag=True,
    help="Name the keys that are kept in the data folder, and do not carry them.",
)
@as_json
@with_appcontext
def backup(file: Path, replace: bool, without_keys: bool, as_json: bool) -> None:
    """Write the whole installation into FILE, while the site runs."""
    made = kit()
    path = file.expanduser().absolute()
    with progress("beginning") as tell:
        taken = taking.take(
            made.settings,
            made.database,
            path,
            made.clock(),
            replace=replace,
            with_keys=not without_keys,
            tell=tell,
        )
    if as_json:
        click.echo(json.dumps({**asdict(taken), "path": str(taken.path)}))
        return
    for line in _taken(taken):
        click.echo(line)


def _taken(taken: Taken) -> list[str]:
    ways = [
        f"{PREFIX}{name} {' '.join(prints)} ({'in the file' if name in taken.keys_carried else 'not in the file'})"
        for name, prints in taken.keys.items()
    ]
    lines = [
        f"Backed up to {taken.path}: {taken.size:,} bytes, {taken.parts} parts, schema {taken.schema}.",
        f"Keys: {', '.join(ways)}.",
    ]
    if taken.keys_carried:
        lines.append("Whoever has the file has data and keys: keep it where nobody else reads.")
    if len(taken.keys_carried) < len(taken.keys):
        lines.append(
            "Keys that are not in the file are to be kept elsewhere: without them it cannot be restored."
        )
    return lines


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--replace", is_flag=True, help="Replace the installation that is there. All that is in it goes."
)
@click.option(
    "--seals",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A newer copy of $DATA/seals: who was erased or objected after the backup, and what was sealed.",
)
@click.option(
    "--mail-waits",
    is_flag=True,
    help="Nothing was sent since the backup, because the site had been stopped: let waiting mail leave.",
)
@click.option(
    "--despite-findings", is_flag=True, help="Restore also where the ledger or the trail is not whole."
)
@as_json
def restore(file: Path, as_json: bool, **said: Any) -> None:
    """Put FILE into the place that the settings name, whole or not at all.

    Erases again whom the erasure ledger outside the database knows, and sends nothing a second time.
    """
    with progress("beginning") as tell:
        done = restoring.restore(file, os.environ, restoring.Wish(**said), utc_now(), tell)
    if as_json:
        click.echo(json.dumps(_plain(done), ensure_ascii=False))
    else:
        for line in _restored(done):
            click.echo(line)
    if done.prepared.findings:
        sys.exit(1)


def _plain(done: Restored) -> dict[str, Any]:
    learnt = done.prepared.learnt
    told = {"erasures": learnt.erasures, "suppressions": learnt.suppressions}
    return {**asdict(done), "data": str(done.data), "prepared": {**asdict(done.prepared), "learnt": told}}


def _restored(done: Restored) -> list[str]:
    found = done.prepared
    schema = f"schema {done.schema}"
    if done.schema_before != done.schema:
        schema = f"schema {done.schema_before}, brought to {done.schema}"
    lines = [f"Restored into {done.data} from a backup of {done.backup_at} ({schema})."]
    for what, name, known in (
        ("decisions", "Ledger", found.decisions),
        ("entries", "Audit trail", found.entries),
    ):
        lines.append(f"{name}: {lost(what, known.here, known.known)}.")
    lines.append(
        f"Learnt from outside: erasures {found.learnt.erasures}, suppressions {found.learnt.suppressions}. "
        f"People erased again: {found.erased}; withdrawals carried out again: {found.withdrawn}."
    )
    if done.is_alone:
        lines.append(
            f"No seals outside the backup were read: whoever was erased or objected after {done.backup_at} is here as "
            "before. If there is a newer copy of the folder seals, restore again with --replace --seals FOLDER, before the "
            "site is started."
        )
    waited = found.uncertain
    lines.append(
        "Mail that waited may leave."
        if waited is None
        else f"Not sent again, for staff to decide: mails {waited.mails}, mails to be written {waited.requests}, "
        f"deliveries {waited.deliveries} in campaigns {waited.campaigns}."
    )
    lines.append(
        f"Ended: logins {found.revoked.logins}, links that open something once {found.revoked.links}."
    )
    lines += [f"Not believed: {line}." for line in found.unread]
    lines += [f"Does not fit: {line}." for line in found.findings]
    return lines
