"""What `clevenio doctor` says of what erased rows leave behind on PostgreSQL's disk, and what to grant or set."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from clevenio import rewriting, strays
from clevenio.database import Database
from clevenio.health import Finding, Verdict
from clevenio.i18n import lazy_gettext as _l
from clevenio.rights import disk
from clevenio.settings import Settings

# A large log waits for the quiet hour; what waits longer is kept by something.
NIGHT = timedelta(days=1)


def examine(settings: Settings, database: Database, now: datetime) -> Iterator[Finding]:
    """Whether erased data is written away in time, and whether the server lets us and keeps no copies of its own."""
    with database.session(write=False) as session:
        oldest, oldest_log = disk.oldest_waiting(session), disk.oldest_log(session)
    quoted = database.engine.dialect.identifier_preparer.quote
    role = quoted(database.url.username or "ROLE")
    if forbidden := rewriting.forbidden(database, disk.tables()):
        text = _l(
            "Erased data stays on the disk and no request for erasure ends, because our role may not write these anew: "
            "%(tables)s. Let whoever keeps the server run this: %(statement)s",
            tables=", ".join(forbidden),
            statement=f"ALTER DATABASE {quoted(database.url.database or 'DATABASE')} OWNER TO {role};",
        )
        yield Finding("erasures", Verdict.BAD, text)
    elif oldest is not None and now - oldest > disk.PROMISED:
        text = _l(
            "Erased data has waited %(days)s days for the tables to be written anew. See that the worker runs and that "
            "no transaction, backup or replica stays open through the hour from %(hour)s; or run `clevenio rights "
            "rewrite` when nobody is waiting.",
            days=(now - oldest).days,
            hour=settings.quiet_hour,
        )
        yield Finding("erasures", Verdict.WARNING, text)
    else:
        yield Finding("erasures", Verdict.GOOD, _l("No erased data waits longer than it should."))
    if not strays.may_find(database):
        text = _l(
            "A server that is killed while it writes a table anew leaves half of it in a file that nothing removes, and our "
            "role may not look for such files. Let whoever keeps the server run this in our database: %(grants)s",
            grants=f"GRANT EXECUTE ON FUNCTION {', '.join(strays.FUNCTIONS)} TO {role};",
        )
        yield Finding("pg_files", Verdict.WARNING, text)
    elif found := strays.find(database, patience=1):
        text = _l(
            "Files of no table are in the server’s data folder, left when it was killed while it wrote a table anew; rows "
            "of people, erased ones too, may stand in them: %(files)s. Let whoever keeps the server stop it and remove them.",
            files=", ".join(found),
        )
        yield Finding("pg_files", Verdict.BAD, text)
    if not rewriting.may_empty_log(database):
        text = _l(
            "The server’s log (pg_wal) keeps what was erased until it is written over, because our role may not empty "
            "it. Let whoever keeps the server run this in our database: %(grants)s",
            grants=f"GRANT pg_checkpoint TO {role}; GRANT EXECUTE ON FUNCTION pg_switch_wal(), pg_ls_waldir() TO {role};",
        )
        yield Finding("pg_wal", Verdict.WARNING, text)
    elif oldest_log is not None and now - oldest_log > NIGHT:
        text = _l(
            "Something keeps segments of the server’s log (pg_wal) in which erased data may stand: wal_keep_size, a "
            "replication slot, or an archive that does not keep up. It is tried again every night."
        )
        yield Finding("pg_wal", Verdict.WARNING, text)
    if spoken := rewriting.spoken(database):
        text = _l(
            "The server writes values of rows, and so addresses, into its own text log. Set there: %(settings)s.",
            settings=", ".join(spoken),
        )
        yield Finding("server_log", Verdict.WARNING, text)
