"""The house's own commands: serve, worker, db, doctor; and the group that gives every command its exit codes."""

import logging
import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from multiprocessing.connection import wait
from multiprocessing.context import ForkProcess
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup, FlaskGroup, ScriptInfo, with_appcontext
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels
from sqlalchemy.exc import DBAPIError

from clevenio import collector, migrations, served
from clevenio.database import BUSY_SECONDS
from clevenio.doctor import doctor
from clevenio.errors import BadInput, Problem, Refused
from clevenio.settings import PREFIX, Settings
from clevenio.web import logs
from clevenio.web.kit import EXTENSION, Kit, kit

log = logging.getLogger(__name__)

# Commands that look after the schema themselves, or say what is wrong with it.
SCHEMA_FREE = ("db", "doctor", "serve", "backup", "restore")
# One that reads a file alone, perhaps on a machine where nothing of ours runs.
ALONE = ("evidence", "check")
# One that fills an empty database, and makes it where there is none.
FILLING = ("demo", "load")
# Forks that share what this process has read, wherever another way of starting is Python's own choice.
FORK = multiprocessing.get_context("fork")
ENDINGS = (signal.SIGTERM, signal.SIGINT)
# Looks, a twentieth of a second apart, until nobody waits for the site's first answer any more.
PATIENCE = 600


class LateGroup(AppGroup):
    """A group that reads the modules of further commands, by name in `late`, when they are asked for."""

    def __init__(self, *, late: Mapping[str, str], **options: Any) -> None:
        super().__init__(**options)
        self._late = late

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command, read or not."""
        return sorted({*super().list_commands(ctx), *self._late})

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command of this name, read now where it was not."""
        if name in self._late and name not in self.commands:
            self.add_command(getattr(import_module(self._late[name]), name))
        return super().get_command(ctx, name)


class ClevenioGroup(LateGroup, FlaskGroup):
    """Turns a problem into one clear sentence and an exit code: 2 for bad input, 1 for the rest."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        # There is one application, and its settings come from the environment: nothing to choose.
        self.params = []

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run, and end the process."""
        try:
            return super().main(*args, **kwargs)
        except Problem as problem:
            click.echo(f"clevenio: {problem}", err=True)
            sys.exit(2 if isinstance(problem, BadInput) else 1)
        except DBAPIError as error:
            reason = str(error.orig).strip().splitlines()[0]
            click.echo(f"clevenio: The database does not answer: {reason}", err=True)
            sys.exit(1)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command. Raises what is wrong with the settings, where Flask would print a traceback."""
        ctx.ensure_object(ScriptInfo).load_app()
        return super().list_commands(ctx)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; one that reads or writes data will get a current schema to do it on."""
        name, command, rest = super().resolve_command(ctx, args)
        if command is not None and name not in SCHEMA_FREE:
            for each in _commands_in(command):
                if (name, each.name) != ALONE:
                    is_filling = (name, each.name) == FILLING
                    each.context_class = _OnNewDatabase if is_filling else _OnCurrentSchema
        return name, command, rest


class _OnCurrentSchema(click.Context):
    """Looks after the schema right before the command's function runs.

    By then every argument has been understood: wrong usage, or a look at the help, makes no database.
    """

    def invoke(self, callback: Any, /, *args: Any, **kwargs: Any) -> Any:
        if callback is self.command.callback:
            self.prepare(self.ensure_object(ScriptInfo).load_app().extensions[EXTENSION])
        return super().invoke(callback, *args, **kwargs)

    def prepare(self, made: Kit) -> None:
        """Have the schema that the function wants."""
        _require_schema(made)


class _OnNewDatabase(_OnCurrentSchema):
    """Makes the database where there is none, as `serve` does: what fills an empty one tells nothing wrong of it."""

    def prepare(self, made: Kit) -> None:
        """As above; in production nothing is made, and the command itself says that it is refused."""
        if made.settings.mode != "local":
            return
        if migrations.current(made.database) is None:
            migrations.upgrade(made.database)
        super().prepare(made)


def _commands_in(command: click.Command) -> Iterator[click.Command]:
    """The command itself, or all that a group holds."""
    if not isinstance(command, click.Group):
        yield command
        return
    for each in command.commands.values():
        yield from _commands_in(each)


def _require_schema(made: Kit) -> None:
    """Migrate the embedded database; for another one, refuse where it is not at this program's revision.

    None is made here: started from the wrong folder, a command would answer from an empty one.
    """
    if made.database.is_sqlite:
        if not Path(str(made.database.url.database)).exists():
            raise Refused(
                "There is no database at %(path)s. Set CLEVENIO_DATA, or make one: `clevenio db upgrade`.",
                path=made.database.url.database,
            )
        migrations.upgrade(made.database)
    elif migrations.current(made.database) != migrations.newest():
        raise Refused("The database has another schema than this program wants. Run `clevenio db upgrade`.")


@click.command()
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    help="Where to listen, on this machine only; CLEVENIO_PORT otherwise.",
)
@click.pass_context
def serve(context: click.Context, port: int | None) -> None:
    """Serve the site and do its background work, in one."""
    from clevenio.web_process import hand_down  # noqa: PLC0415 - it knows the application, which knows this

    logs.configure()
    port = port or Settings.from_env().port
    _require_free(port)
    # Before the application is made: the port stands in what it mails.
    os.environ[f"{PREFIX}PORT"] = str(port)
    with collector.resting():
        app = context.ensure_object(ScriptInfo).load_app()
    made = app.extensions[EXTENSION]
    migrations.upgrade(made.database)
    served.keep(made.settings.data, port)
    made.database.close()
    hand_down(app)
    with app.app_context(), _Worker(port, made.settings.base_url):
        Granian(
            "clevenio.web_process:web_process",
            factory=True,
            address="127.0.0.1",
            port=port,
            interface=Interfaces.WSGI,
            workers=2,
            blocking_threads=4,
            backlog=1024,
            respawn_failed_workers=True,
            # A request in flight is waited for, and it waits for the database no longer than this.
            workers_kill_timeout=BUSY_SECONDS + 2,
            log_access=False,
            log_level=LogLevels.warning,
            log_dictconfig=logs.CONFIGURATION,
        ).serve()


def _require_free(port: int) -> None:
    """Refuse a port that somebody listens on: the kernel would share its visitors out among both."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise Refused(
                "Port %(port)s cannot be used: %(reason)s. Choose another with --port.",
                port=port,
                reason=error.strerror,
            ) from error


def _announce(base: str) -> None:
    """Say where everything is. Whatever keeps it from being said keeps nobody from working."""
    with suppress(OSError):
        click.echo(f"Site:         {base}/")
        click.echo(f"Back office:  {base}/staff/")
        if invitation := _first_invitation():
            click.echo(f"Become the administrator (once, 7 days):  {base}{invitation}")


def _first_invitation() -> str | None:
    from clevenio.backoffice.operations import first_invitation  # noqa: PLC0415 - the site answers before it

    made = kit()
    try:
        with made.database.session() as session:
            invitation = first_invitation(session, made.settings, made.clock())
            session.commit()
    except DBAPIError:
        log.exception("no link to become the administrator: `clevenio staff invite` makes one")
        return None
    finally:
        # The worker is forked from here, with a connection of nobody's.
        made.database.close()
    return invitation


class _Worker:
    """The worker as a process beside the site, started again when it dies.

    A fork of this process, which has read the program already: it starts in half of the time, and the machine
    holds the program once. What forks it is a process of its own, not a thread of this one: the web workers are
    forks, too, and a fork copies what threads were in the middle of. One that inherits a half imported codec
    fails at every request, for as long as it lives.
    """

    def __init__(self, port: int, base: str) -> None:
        self._keeper = FORK.Process(target=_keep_worker, args=(os.getpid(), port, base))

    def __enter__(self) -> None:
        self._keeper.start()

    def __exit__(self, *_: object) -> None:
        self._keeper.terminate()
        self._keeper.join()


def _keep_worker(site: int, port: int, base: str) -> None:
    """Say where everything is once the site answers, and fork the worker; again each time it dies.

    Until told to stop, or left alone by the process of the number `site`.
    """
    told, telling = os.pipe()
    os.set_blocking(telling, False)
    signal.set_wakeup_fd(telling)
    for number in ENDINGS:
        signal.signal(number, lambda *_: None)
    # Visitors first: the worker, which has much to look through at its start, would take their time.
    for _ in range(PATIENCE):
        if wait([told], timeout=0.05) or os.getppid() != site:
            return
        if _answers(port):
            _announce(base)
            break
    else:
        click.echo("The site does not answer; what it said above may tell why.", err=True)
    process = _forked_worker()
    while os.getppid() == site:
        ready = wait([told, process.sentinel], timeout=5)
        if told in ready:
            break
        if ready:
            time.sleep(1)
            process = _forked_worker()
    process.terminate()
    process.join(15)
    process.kill()


def _answers(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/livez", timeout=1).close()  # nosec B310 - this machine
    except (urllib.error.URLError, OSError):
        return False
    return True


def _forked_worker() -> ForkProcess:
    process = FORK.Process(target=_work)
    process.start()
    return process


def _work() -> None:
    """Be the worker of the application that this process inherited."""
    signal.set_wakeup_fd(-1)
    for number in ENDINGS:
        signal.signal(number, signal.SIG_DFL)
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    kit().jobs.consume()


def _end_with(keeper: int) -> None:
    """End this process once nobody keeps it: a later `serve` has a worker of its own."""
    while os.getppid() == keeper:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)


@click.command()
@with_appcontext
def worker() -> None:
    """Do the background work: mail, campaigns, seals."""
    logs.configure()
    kit().jobs.consume()


db = AppGroup("db", help="The database's schema.")


@db.command()
def upgrade() -> None:
    """Bring the schema to the one this program was written for."""
    before = migrations.current(kit().database)
    migrations.upgrade(kit().database)
    after = migrations.newest()
    click.echo("The schema is current." if before == after else f"The schema went to {after}.")


def add_house_commands(add: Callable[[click.Command], None]) -> None:
    """Add the commands that belong to no room, and want an application."""
    commands: Sequence[click.Command] = (worker, db, doctor)
    for command in commands:
        add(command)
