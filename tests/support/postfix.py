"""Debian's Postfix and OpenDKIM on loopback, set up as `docs/postfix.md` says, with queues and mailboxes of their own."""

import os
import pwd
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.components import missing
from tests.support.server import free_port, is_taken

DOCUMENT = Path(__file__).parents[2] / "docs" / "postfix.md"
NOBODY = 65534
SERVICES = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
local unix - n n - - local
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""
# On loopback alone, and with mailboxes that need no user of the machine; the rest is the document's.
OWN = """\
compatibility_level = 3.6
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
virtual_alias_domains =
virtual_alias_maps =
mydestination = localhost
virtual_mailbox_domains = example.com, example.fi
virtual_mailbox_base = {folder}/boxes
virtual_mailbox_maps = inline:{{ bounces@example.com=bounces/, aino@example.fi=aino/ }}
virtual_uid_maps = static:{nobody}
virtual_gid_maps = static:{nobody}
# Takes mail for whomever and sends a report, as a relay does that learns of it from the next server.
smtpd_reject_unlisted_recipient = no
smtpd_milters = inet:127.0.0.1:{milter}
smtp_tls_security_level = none
smtpd_tls_security_level = none
"""


def documented(file: str) -> str:
    """What the document says goes into a file."""
    _, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(f"`{file}`")
    found = re.search(r"```\n(.*?)```", rest, re.DOTALL)
    assert found, file
    return found[1]


class Relay:
    """`port` takes mail for example.fi and example.com; `key` is the public half of what it signs with."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port, self.milter = folder, free_port(), free_port()
        self.key = folder / "mail2026.txt"

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def box(self, name: str) -> Path:
        """Somebody's Maildir."""
        return self.folder / "boxes" / name

    def wait_for(self, name: str, seconds: float = 60) -> list[Path]:
        """The mails in a box, once there is one. Raises AssertionError with the relay's log."""
        until = time.monotonic() + seconds
        while not (found := list(self.box(name).glob("new/*"))):
            assert time.monotonic() < until, (self.folder / "log").read_text(errors="replace")
            time.sleep(0.1)
        return found


@contextmanager
def running() -> Iterator[Relay]:
    """A relay until the block ends; the test ends where the machine lacks it."""
    for program in ("postfix", "opendkim", "opendkim-genkey"):
        if shutil.which(program) is None:
            missing(program)
    if os.geteuid() != 0:
        missing("the rights of root, which Postfix starts with")
    with tempfile.TemporaryDirectory(prefix="clevenio-postfix-") as name:
        relay = Relay(Path(name))
        relay.folder.chmod(0o755)
        with _signing(relay), _relaying(relay):
            yield relay


@contextmanager
def _signing(relay: Relay) -> Iterator[None]:
    make = ["opendkim-genkey", "--bits", "2048", "--domain", "example.com", "--selector", "mail2026"]
    subprocess.run([*make, "--directory", relay.folder], check=True)
    text = documented("/etc/opendkim.conf")
    for theirs, ours in (
        ("/etc/dkimkeys/", f"{relay.folder}/"),
        ("inet:8891@127.0.0.1", f"inet:{relay.milter}@127.0.0.1"),
        ("UserID            opendkim", "RequireSafeKeys no"),
    ):
        assert theirs in text
        text = text.replace(theirs, ours)
    configuration = relay.folder / "opendkim.conf"
    configuration.write_text(text)
    with subprocess.Popen(["opendkim", "-f", "-x", configuration]) as process:
        try:
            _wait_for(relay.milter)
            yield
        finally:
            process.terminate()


@contextmanager
def _relaying(relay: Relay) -> Iterator[None]:
    folder = relay.folder
    for part in ("etc", "queue", "data", "boxes"):
        (folder / part).mkdir()
    os.chown(folder / "data", pwd.getpwnam("postfix").pw_uid, -1)
    os.chown(folder / "boxes", NOBODY, NOBODY)
    own = OWN.format(folder=folder, nobody=NOBODY, milter=relay.milter)
    names = {line.partition("=")[0].strip() for line in own.splitlines()}
    lines = documented("/etc/postfix/main.cf").splitlines()
    kept = [line for line in lines if line.partition("=")[0].strip() not in names]
    (folder / "etc" / "main.cf").write_text("\n".join(kept) + "\n" + own)
    (folder / "etc" / "master.cf").write_text(SERVICES.format(port=relay.port))
    control: list[str | Path] = ["postfix", "-c", folder / "etc"]
    subprocess.run([*control, "start"], check=True, capture_output=True)
    try:
        _wait_for(relay.port)
        yield
    finally:
        subprocess.run([*control, "stop"], check=False, capture_output=True)


def _wait_for(port: int, seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not is_taken(port):
        assert time.monotonic() < until, f"nobody answers at {port}"
        time.sleep(0.1)
