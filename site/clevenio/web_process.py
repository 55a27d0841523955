"""The application in one of the processes that answer: what `serve`, or a WSGI server of one's own, starts."""

import os
import signal

from flask import Flask

from clevenio import collector

with collector.resting():
    from clevenio.app import create_app
    from clevenio.settings import DEFAULT_PORT, PREFIX, Settings
    from clevenio.web import logs
    from clevenio.web.kit import EXTENSION

_handed_down: list[Flask] = []


def hand_down(app: Flask) -> None:
    """Have forks of this process answer with this application, which holds no connection and no thread by then."""
    _handed_down[:] = [app]


def web_process() -> Flask:
    """The application: the one that was handed down, or one of its own where the settings are others by now.

    Such a process begins with its parent's signal handlers; until the server sets its own, being told
    to stop ends it, where the parent's would swallow that and be waited for.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    logs.configure()
    # Who answers is at the port that is set, wherever `serve` was the last time.
    os.environ.setdefault(f"{PREFIX}PORT", str(DEFAULT_PORT))
    settings = Settings.from_env()
    for app in _handed_down:
        if app.extensions[EXTENSION].settings == settings:
            return app
    with collector.resting():
        return create_app(settings)
