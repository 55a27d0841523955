"""Triggers that keep every row as it is, for tables that may only grow."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


def make_append_only(table: str, *, ignores_doubles: bool = False) -> None:
    """Refuse every change and removal of a row of this table, on both databases.

    `ignores_doubles` is for tables filled by `insert_ignoring`: on SQLite a second row under the same
    key then stays out silently, whatever statement brought it; otherwise it is refused.
    """
    if op.get_bind().dialect.name == "sqlite":
        _on_sqlite(table, ignores_doubles)
    else:
        _on_postgresql(table)


def allow_removal_by_permit(table: str, permits: str, key: str) -> None:
    """Let rows of an append-only table go whose `key` stands in the table of permits; no others."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP TRIGGER {table}_no_delete")
        op.execute(
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "  # noqa: S608 # nosec B608 - names of our own schema
            f"WHEN NOT EXISTS (SELECT 1 FROM {permits} WHERE {key} = OLD.{key}) "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
        return
    op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()"
    )
    op.execute(
        f"CREATE FUNCTION {table}_removal() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "  # noqa: S608 # nosec B608 - names of our own schema
        f"IF NOT EXISTS (SELECT 1 FROM {permits} WHERE {key} = OLD.{key}) THEN "
        f"RAISE EXCEPTION '{table} is append-only'; END IF; RETURN OLD; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_removal BEFORE DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_removal()"
    )


def _on_sqlite(table: str, ignores_doubles: bool) -> None:
    refusal = f"RAISE(ABORT, '{table} is append-only')"
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} BEGIN SELECT {refusal}; END"
        )
    # REPLACE removes the row that is in its way without firing the trigger above, unless the
    # connection asked for it (https://www.sqlite.org/lang_conflict.html); so nothing may be in its way.
    same = " OR ".join(f"EXISTS (SELECT 1 FROM {table} WHERE {_same(key)})" for key in _keys(table))  # noqa: S608 # nosec B608 - names of our own schema
    answer = "RAISE(IGNORE)" if ignores_doubles else refusal
    op.execute(
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {same} BEGIN SELECT {answer}; END"
    )


def _keys(table: str) -> list[Sequence[str]]:
    """The columns of each key that a new row could clash on; SQLite sets -1 for a rowid still to be given."""
    found = sa.inspect(op.get_bind())
    unique = [key["column_names"] for key in found.get_unique_constraints(table)]
    return [["rowid"], found.get_pk_constraint(table)["constrained_columns"], *unique]


def _same(columns: Sequence[str]) -> str:
    return " AND ".join(f"{column} = NEW.{column}" for column in columns)


def _on_postgresql(table: str) -> None:
    """The triggers of a statement fire for ON CONFLICT DO UPDATE and MERGE as well."""
    op.execute(
        f"CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()"
    )
