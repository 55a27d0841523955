"""What lets data go in time: holds, reports, warnings, when an account was used, and removal of agreements."""

import sqlalchemy as sa
from alembic import op

from clevenio.database import UtcDateTime
from clevenio.migrations.append_only import allow_removal_by_permit

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    """An account counts as used on the last day that the log still knows of, else when it was opened."""
    op.create_table(
        "holds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.Column("ground", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("set_by", sa.String(length=64), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
    )
    op.create_index(op.f("ix_holds_person"), "holds", ["person"])
    _reports()
    op.create_table(
        "account_warnings",
        sa.Column("account", sa.Uuid(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account"],
            ["accounts.id"],
            name=op.f("fk_account_warnings_account_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_account_warnings")),
    )
    op.create_table(
        "agreement_removal_permits",
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_agreement_removal_permits")),
    )
    allow_removal_by_permit("agreements", "agreement_removal_permits", "person")
    op.add_column("accounts", sa.Column("last_used_at", UtcDateTime(), nullable=True))
    op.create_index(op.f("ix_accounts_last_used_at"), "accounts", ["last_used_at"])
    _copy_last_use()


def _reports() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "retention_runs",
        sa.Column("id", number, autoincrement=True, nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("is_whole", sa.Boolean(), nullable=False),
        sa.Column("began_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_runs")),
    )
    op.create_index(op.f("ix_retention_runs_began_at"), "retention_runs", ["began_at"])
    op.create_table(
        "retention_counts",
        sa.Column("run", number, nullable=False),
        sa.Column("sweep", sa.String(length=32), nullable=False),
        sa.Column("rule", sa.String(length=32), nullable=False),
        sa.Column("gone", sa.Integer(), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run"],
            ["retention_runs.id"],
            name=op.f("fk_retention_counts_run_retention_runs"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("run", "sweep", name=op.f("pk_retention_counts")),
    )


def _copy_last_use() -> None:
    days = sa.table("usage_days", sa.column("person", sa.Uuid()), sa.column("day", sa.Date()))
    accounts = sa.table(
        "accounts", sa.column("person_id", sa.Uuid()), sa.column("last_used_at", UtcDateTime())
    )
    last = sa.select(sa.func.max(days.c.day)).where(days.c.person == accounts.c.person_id).scalar_subquery()
    noon = (
        last.cast(sa.String) + "T12:00:00.000000+00:00"
        if op.get_bind().dialect.name == "sqlite"
        else last.cast(sa.DateTime(timezone=True)) + sa.text("interval '12 hours'")
    )
    op.execute(accounts.update().values(last_used_at=sa.type_coerce(noon, UtcDateTime())))
