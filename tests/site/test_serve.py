import os
import signal
import socket
import threading
import time
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

import pytest
from click.testing import CliRunner
from flask.cli import ScriptInfo
from sqlalchemy.exc import OperationalError

from clevenio import commands, web_process
from clevenio import served as served_port
from clevenio.app import cli, create_app
from clevenio.backoffice import operations
from clevenio.errors import Refused
from clevenio.settings import Settings
from clevenio.web.kit import kit


class _Server:
    """Stands in for the server, and remembers what there was when web workers would have been forked."""

    def __init__(self, kit):
        self._kit, self.threads, self.connections = kit, None, None

    def serve(self):
        self.threads = set(threading.enumerate())
        self.connections = self._kit.database.engine.pool.checkedin()


@pytest.fixture
def served(app, monkeypatch):
    """What the server stood in for saw of a site that was started here."""
    monkeypatch.setenv("CLEVENIO_BASE_URL", app.extensions["clevenio"].settings.base_url)
    server = _Server(app.extensions["clevenio"])
    monkeypatch.setattr(commands, "_Worker", lambda *_: nullcontext())
    monkeypatch.setattr(commands, "Granian", lambda *_, **_options: server)
    monkeypatch.setattr(web_process, "_handed_down", [])
    before = set(threading.enumerate())
    _serve(monkeypatch, app.extensions["clevenio"].settings.port, lambda: app)
    return server, before


def _serve(monkeypatch, port, create_app):
    """Start a site as somebody does, up to where it would listen."""
    monkeypatch.setenv("CLEVENIO_PORT", "8000")
    monkeypatch.setattr(commands, "_require_free", lambda _port: None)
    made = CliRunner().invoke(cli, ["serve", "--port", str(port)], obj=ScriptInfo(create_app=create_app))
    assert made.exception is None


@pytest.mark.parametrize("backend", ["sqlite"])
def test_no_thread_is_in_the_middle_of_anything_when_web_workers_are_forked(served):
    """A fork that catches a thread importing a codec gives a web worker that fails for ever."""
    server, before = served
    assert server.threads <= before


@pytest.mark.parametrize("backend", ["sqlite"])
def test_what_the_worker_and_commands_beside_it_mail_leads_to_the_port_that_is_served(
    app, monkeypatch, tmp_path
):
    seen = []
    monkeypatch.setenv("CLEVENIO_DATA", str(tmp_path / "served"))
    monkeypatch.delenv("CLEVENIO_BASE_URL", raising=False)
    monkeypatch.setattr(commands, "_Worker", lambda *_: seen.append(kit().settings) or nullcontext())
    monkeypatch.setattr(commands, "Granian", lambda *_, **_options: _Server(app.extensions["clevenio"]))
    monkeypatch.setattr(web_process, "_handed_down", [])
    _serve(monkeypatch, 8123, create_app)
    [settings] = seen
    assert (settings.port, settings.base_url) == (8123, "http://localhost:8123")
    [handed] = web_process._handed_down
    assert handed.extensions["clevenio"].settings == settings
    beside = Settings.from_env({"CLEVENIO_DATA": str(settings.data)})
    assert beside.base_url == "http://localhost:8123"


def test_forks_of_the_site_answer_with_its_application_and_share_no_connection(app, served, monkeypatch):
    server, _ = served
    monkeypatch.setattr(web_process.signal, "signal", lambda *_: None)
    monkeypatch.setattr(web_process.logs, "configure", lambda: None)
    made = app.extensions["clevenio"].settings
    monkeypatch.setattr(web_process.Settings, "from_env", lambda: made)
    assert web_process.web_process() is app
    assert server.connections == 0


def test_one_whose_settings_changed_since_has_an_application_of_its_own(app, served, monkeypatch):
    monkeypatch.setattr(web_process.signal, "signal", lambda *_: None)
    monkeypatch.setattr(web_process.logs, "configure", lambda: None)
    monkeypatch.setattr(web_process, "create_app", lambda settings: settings)
    other = replace(app.extensions["clevenio"].settings, base_url="http://localhost:1")
    monkeypatch.setattr(web_process.Settings, "from_env", lambda: other)
    assert web_process.web_process() is other


def test_a_worker_that_dies_is_started_again(start_site):
    site = start_site()
    keeper, worker = _keeper_and_worker(site)
    os.kill(worker, signal.SIGKILL)
    _until(lambda: worker not in _children(keeper) and _children(keeper))
    assert site.stop() == 0


def test_a_site_that_is_killed_leaves_no_worker_behind(start_site):
    site = start_site()
    keeper, worker = _keeper_and_worker(site)
    os.kill(site.pid, signal.SIGKILL)
    _until(lambda: not {keeper, worker} & set(_running()))


def test_a_worker_whose_keeper_is_killed_ends(start_site):
    site = start_site()
    keeper, worker = _keeper_and_worker(site)
    os.kill(keeper, signal.SIGKILL)
    _until(lambda: worker not in _running())


def _keeper_and_worker(site):
    """Their numbers, once there are both: the worker comes after the site's first answer."""
    found = []

    def are_there():
        found[:] = [(pid, child) for pid in _children(site.pid) for child in _children(pid)]
        return found

    _until(are_there)
    (both,) = found
    return both


def _until(holds):
    until = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.05)


def _running():
    """The parent of each process that has not ended, by number."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, parent = path.read_text().rpartition(")")[2].split()[:2]
            if state != "Z":
                found[int(path.parent.name)] = int(parent)
    return found


def _children(pid):
    return [child for child, parent in _running().items() if parent == pid]


def test_a_port_that_somebody_listens_on_is_refused():
    with (
        socket.create_server(("127.0.0.1", 0), reuse_port=True) as taken,
        pytest.raises(Refused, match="in use"),
    ):
        commands._require_free(taken.getsockname()[1])


@pytest.mark.parametrize("backend", ["sqlite"])
def test_nothing_is_collected_while_the_application_is_made(app, monkeypatch):
    made, resting = [], []

    @contextmanager
    def rest():
        resting.append(True)
        yield
        resting.clear()

    monkeypatch.setattr(commands.collector, "resting", rest)
    monkeypatch.setattr(commands, "_Worker", lambda *_: nullcontext())
    monkeypatch.setattr(commands, "Granian", lambda *_, **_options: _Server(app.extensions["clevenio"]))
    monkeypatch.setattr(web_process, "_handed_down", [])
    _serve(monkeypatch, 8123, lambda: made.append([*resting]) or app)
    assert made == [[True]]
    assert resting == []


@pytest.mark.parametrize("backend", ["sqlite"])
def test_nobody_listening_to_where_the_site_is_takes_nothing_either(app, monkeypatch):
    monkeypatch.setattr(commands.click, "echo", Mock(side_effect=BrokenPipeError))
    with app.app_context():
        commands._announce("http://localhost:8000")
    assert commands.click.echo.called


def test_a_web_process_is_not_where_the_site_was_served_last(monkeypatch, tmp_path):
    monkeypatch.setattr(web_process.signal, "signal", lambda *_: None)
    monkeypatch.setattr(web_process.logs, "configure", lambda: None)
    monkeypatch.setattr(web_process, "create_app", lambda settings: settings)
    monkeypatch.setattr(web_process, "_handed_down", [])
    monkeypatch.setenv("CLEVENIO_DATA", str(tmp_path))
    monkeypatch.setenv("CLEVENIO_PORT", "")
    monkeypatch.delenv("CLEVENIO_PORT")
    monkeypatch.delenv("CLEVENIO_BASE_URL", raising=False)
    served_port.keep(tmp_path, 9000)
    assert Settings.from_env().base_url == "http://localhost:9000"
    assert web_process.web_process().base_url == "http://localhost:8000"


def test_a_full_disk_keeps_no_port_and_stops_nobody(monkeypatch, tmp_path, caplog):
    monkeypatch.setattr(Path, "replace", Mock(side_effect=OSError))
    served_port.keep(tmp_path, 9000)
    assert [*tmp_path.iterdir()] == []
    assert "will not know its port" in caplog.text


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_database_that_does_not_answer_takes_nothing_from_who_serves(app, monkeypatch, capsys, caplog):
    def broken(*_):
        raise OperationalError("SELECT", {}, Exception("disk I/O error"))

    monkeypatch.setattr(operations, "first_invitation", broken)
    with app.app_context():
        commands._announce("http://localhost:8000")
    assert capsys.readouterr().out.splitlines()[-1] == "Back office:  http://localhost:8000/staff/"
    assert "become the administrator" in caplog.text
