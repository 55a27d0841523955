"""The worker's part in files of people, as a process of its own. Its chunks are small."""

from datetime import UTC, datetime

from clevenio.database import Database
from clevenio.people.imports import operations, working
from clevenio.settings import Settings


def main() -> None:
    operations.CHUNK = 50
    settings = Settings.from_env()
    working.go_on(Database(settings.database_url), settings, lambda: datetime.now(UTC))


if __name__ == "__main__":
    main()
