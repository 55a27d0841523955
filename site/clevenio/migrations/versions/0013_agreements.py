"""Agreements say whose account they belong to, whether a text was accepted or shown, and to whom it bound."""

import sqlalchemy as sa
from alembic import op

from clevenio.database import UtcDateTime
from clevenio.migrations.append_only import make_append_only

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """What was accepted so far is copied; a signup that waits has accepted the terms alone."""
    connection = op.get_bind()
    # Rows may not be changed where they are, and names of keys are taken until the old table is gone.
    op.execute(
        "CREATE TEMPORARY TABLE kept_agreements AS "
        "SELECT g.id, g.person, a.id AS account, g.text, g.version, g.language, g.digest, g.agreed_at AS at "
        "FROM agreements g LEFT JOIN accounts a ON a.person_id = g.person"
    )
    op.drop_table("agreements")
    if connection.dialect.name == "postgresql":
        op.execute("DROP FUNCTION agreements_append_only()")
    made = op.create_table(
        "agreements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.Column("account", sa.Uuid(), nullable=True),
        sa.Column("text", sa.String(length=16), nullable=False),
        sa.Column("version", sa.String(length=10), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreements")),
        sa.UniqueConstraint("account", "text", "version", name=op.f("uq_agreements_account")),
    )
    op.create_index(op.f("ix_agreements_person"), "agreements", ["person"], unique=False)
    names = ("id", "person", "account", "text", "version", "language", "digest", "at")
    kept = sa.table("kept_agreements", *(sa.column(name) for name in names))
    rest = {"kind": sa.literal("accepted"), "facts": sa.literal({}, sa.JSON())}
    columns = [*names, *rest]
    connection.execute(
        sa.insert(made).from_select(columns, sa.select(*(kept.c[name] for name in names), *rest.values()))
    )
    op.execute("DROP TABLE kept_agreements")
    make_append_only("agreements", ignores_doubles=True)
    _name_texts(connection)


def _name_texts(connection: sa.Connection) -> None:
    op.add_column("signups", sa.Column("texts", sa.JSON(), nullable=True))
    signups = sa.table("signups", sa.column("id"), sa.column("terms"), sa.column("texts", sa.JSON()))
    for number, terms in connection.execute(sa.select(signups.c.id, signups.c.terms)).all():
        connection.execute(sa.update(signups).where(signups.c.id == number).values(texts={"terms": terms}))
    with op.batch_alter_table("signups") as batch:
        batch.alter_column("texts", existing_type=sa.JSON(), nullable=False)
        batch.drop_column("terms")
