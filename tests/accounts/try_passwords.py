"""A process of its own that tries passwords: `python -m tests.accounts.try_passwords URL ADDRESS NETWORK TRIES [BROWSER]`.

Prints how many tries were let through. It waits for a line of input, so that several begin together.
"""

import sys

from clevenio.accounts import guessing
from clevenio.database import Database
from tests.support.factories import NOW

KEY = "a key that only tests use"


def say(what: object) -> None:
    """One line to whoever started this process."""
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def main(url: str, whose: str, network: str, tries: str, browser: str | None = None) -> None:
    database, passed = Database(url), 0
    say("ready")
    sys.stdin.readline()
    for _ in range(int(tries)):
        with database.session() as session:
            tried = guessing.Try(guessing.STAFF, KEY, whose, network, NOW, browser)
            passed += tried.begin(session)
            session.commit()
    say(passed)


if __name__ == "__main__":
    main(*sys.argv[1:])
