"""`clevenio newsletter inbox`: standard input and Maildir, whole, broken and cut off by a crash."""

import io
import json
import os
from datetime import timedelta

import pytest
from flask.cli import ScriptInfo
from sqlalchemy.exc import OperationalError

from clevenio.app import cli
from clevenio.newsletter.bounces import inbox, operations
from clevenio.newsletter.bounces.maildir import Maildir
from clevenio.newsletter.bounces.reports import LARGEST

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


@pytest.fixture
def run(app, monkeypatch, capsys):
    """`run("-", stdin=b"…")`: exit code, standard output, standard error."""

    def run(*arguments, stdin=b""):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        with pytest.raises(SystemExit) as end:
            cli.main(
                ["newsletter", "inbox", *map(str, arguments)],
                obj=ScriptInfo(create_app=lambda: app),
                prog_name="clevenio",
            )
        captured = capsys.readouterr()
        return end.value.code or 0, captured.out, captured.err

    return run


@pytest.fixture
def maildir(tmp_path):
    return Maildir.made(tmp_path / "Maildir")


def put(maildir, name, content, folder="new"):
    (maildir.path / folder / name).write_bytes(content)


def names(maildir):
    return [path.name for path in maildir.waiting()]


def test_a_report_on_standard_input_is_noted(run, sent, shut, settings):
    one = sent()
    assert run(stdin=one.bounce()) == (0, "1 noted.\n", "")
    assert shut(one.person)
    assert names(inbox.spool(settings)) == []
    assert run("-", stdin=one.bounce()) == (0, "1 read before.\n", "")


def test_what_is_no_report_is_set_aside_in_words_and_kept(run, settings):
    code, out, err = run(stdin=b"Subject: I am on holiday\n\nBack on Monday.\n")
    assert (code, out) == (1, "1 set aside.\n")
    assert err == (
        "clevenio: The mail was set aside. It is neither a delivery status report (RFC 3464) nor a feedback "
        "report (RFC 5965).\n"
    )
    [kept] = inbox.spool(settings).aside()
    assert b"Back on Monday" in kept.read_bytes()


def test_a_huge_mail_is_set_aside_and_not_read_into_memory(run, settings):
    code, _, err = run(stdin=b"x" * (LARGEST + 500_000))
    assert code == 1
    assert "larger than 2 MB" in err
    [kept] = inbox.spool(settings).aside()
    assert kept.stat().st_size == LARGEST + 1


def test_a_maildir_is_read_and_emptied_of_reports(run, sent, maildir, bounces):
    one = sent()
    put(maildir, "1.bounce", one.bounce())
    put(maildir, "2.complaint:2,S", one.complaint(), "cur")
    put(maildir, "3.again", one.bounce())
    put(maildir, "4.delayed", one.bounce("4.4.1", action="delayed"))
    put(maildir, "5.reply", b"Subject: hello\n\nWho are you?\n")
    put(maildir, "6.foreign", one.bounce(original="Message-ID: <foreign@example.org>\n"))
    code, out, err = run(maildir.path)
    assert (code, out) == (0, "2 noted, 1 read before, 1 still being tried, 2 set aside.\n")
    assert err.splitlines() == [
        "5.reply: set aside. It is neither a delivery status report (RFC 3464) nor a feedback report (RFC 5965).",
        f"6.foreign: set aside. {inbox.NO_MESSAGE}",
    ]
    assert [row.kind for row in bounces()] == ["hard", "complaint"]
    assert (names(maildir), [path.name for path in maildir.aside()]) == ([], ["5.reply", "6.foreign"])
    assert run(maildir.path) == (0, "Nothing came back.\n", "")


def test_a_machine_gets_counts_and_faults(run, sent, maildir):
    put(maildir, "1", sent().bounce())
    put(maildir, "2", b"")
    code, out, _ = run(maildir.path, "--json")
    found = json.loads(out)
    assert (code, found["noted"], found["set_aside"], found["read_before"]) == (0, 1, 1, 0)
    assert [each["file"] for each in found["faults"]] == ["2"]


def test_a_folder_that_is_no_maildir_is_named(run, tmp_path):
    code, out, err = run(tmp_path / "nowhere")
    assert (code, out) == (2, "")
    assert err == f"clevenio: {tmp_path / 'nowhere'} is no Maildir: it has no folders new and cur.\n"


def test_a_crash_before_the_commit_loses_nothing(
    sent, maildir, database, settings, clock, bounces, monkeypatch
):
    one = sent()
    put(maildir, "1", one.bounce())

    def crash(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(operations, "note", crash)
        with pytest.raises(KeyboardInterrupt):
            list(inbox.read(settings, database, maildir, clock))
    assert (names(maildir), bounces()) == (["1"], [])
    assert [each.outcome for each in inbox.read(settings, database, maildir, clock)] == ["noted"]


def test_a_crash_after_the_commit_repeats_nothing(
    sent, maildir, database, settings, clock, bounces, monkeypatch
):
    put(maildir, "1", sent().bounce())

    def crash(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr("pathlib.Path.unlink", crash)
        with pytest.raises(KeyboardInterrupt):
            list(inbox.read(settings, database, maildir, clock))
    assert (names(maildir), len(bounces())) == (["1"], 1)
    assert [each.outcome for each in inbox.read(settings, database, maildir, clock)] == ["repeated"]
    assert (names(maildir), len(bounces())) == ([], 1)


def test_while_the_database_does_not_answer_a_mail_is_kept_and_read_by_the_worker(
    run, sent, app, settings, bounces, monkeypatch
):
    one = sent()

    def down(*_):
        raise OperationalError("SELECT", {}, Exception("gone"))

    with monkeypatch.context() as broken:
        broken.setattr(operations, "note", down)
        code, _, err = run(stdin=one.bounce())
    assert (code, err) == (0, "The database does not answer. The mail is kept, and the worker reads it.\n")
    assert (len(names(inbox.spool(settings))), bounces()) == (1, [])
    app.extensions["clevenio"].jobs.run("returned-mail")
    assert (names(inbox.spool(settings)), len(bounces())) == ([], 1)


def test_what_is_no_file_is_left_alone(run, sent, maildir, bounces):
    (maildir.path / "new" / "folder").mkdir()
    os.mkfifo(maildir.path / "new" / "pipe")
    (maildir.path / "new" / "link").symlink_to("/dev/zero")
    put(maildir, "1", sent().bounce())
    assert run(maildir.path)[:2] == (0, "1 noted.\n")
    assert len(bounces()) == 1


def test_what_was_set_aside_goes_after_thirty_days(run, app, settings, clock):
    run(stdin=b"Subject: hello\n\nWho are you?\n")
    tick = app.extensions["clevenio"].jobs.run
    [kept] = inbox.spool(settings).aside()
    clock.now = inbox.datetime.fromtimestamp(kept.stat().st_ctime, clock.now.tzinfo) + timedelta(days=29)
    tick("returned-mail")
    assert len(inbox.spool(settings).aside()) == 1
    clock.advance(days=2)
    tick("returned-mail")
    assert inbox.spool(settings).aside() == []


def test_a_mail_that_breaks_off_leaves_nothing(settings):
    class Broken:
        def read(self, _most):
            raise KeyboardInterrupt

    spool = inbox.spool(settings)
    with pytest.raises(KeyboardInterrupt):
        spool.deliver(Broken(), 1000)
    assert list(spool.path.glob("*/*")) == []


def test_what_was_never_finished_goes_after_a_day_and_a_half(settings, database, clock):
    left = inbox.spool(settings).path / "tmp" / "killed"
    left.write_text("To: aino@example.fi")
    begun = inbox.datetime.fromtimestamp(left.stat().st_ctime, clock.now.tzinfo)
    inbox.go_on(settings, database, lambda: begun + timedelta(hours=35))
    assert left.exists()
    inbox.go_on(settings, database, lambda: begun + timedelta(hours=37))
    assert not left.exists()
