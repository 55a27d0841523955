"""`clevenio demo`: a made-up business to look at."""

from datetime import datetime

import click
from flask.cli import AppGroup

from clevenio.demo.loading import load
from clevenio.demo.stage import Stage
from clevenio.web.kit import kit

demo = AppGroup("demo", help="A made-up business, so that every screen has something to show.")


@demo.command("load")
def load_() -> None:
    """Fill an empty database with people who do not exist, and with what they did.

    Loaded already, it changes nothing. It is refused in production, and where there are people already.
    """
    made = kit()

    def run(tick: str, moment: datetime) -> None:
        kept, made.clock = made.clock, lambda: moment
        try:
            made.jobs.run(tick)
        finally:
            made.clock = kept

    done = 0
    for name in load(Stage(made.database, made.settings, made.clock(), run)):
        click.echo(f"  {name}", err=True)
        done += 1
    click.echo("The demonstration is loaded." if done else "The demonstration was loaded already.")
