"""Identifiers that people have left, sealed until platforms are told; and what takes people out, sealed as well."""

import json

import sqlalchemy as sa
from alembic import op

from clevenio.database import RowNumber, UtcDateTime

revision = "0044"
down_revision = "0043"


def upgrade() -> None:
    """What is kept already stays readable as it is, until the platform was told, three months at most."""
    op.create_table(
        "former_identifiers",
        sa.Column("id", RowNumber, autoincrement=True, nullable=False),
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.Column("field", sa.String(length=16), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_former_identifiers")),
    )
    op.create_index(op.f("ix_former_identifiers_person"), "former_identifiers", ["person"])
    connection = op.get_bind()
    kept = connection.execute(
        sa.text(
            "SELECT member, platform, key, email, phone, advertising_id, created_at FROM audience_leavers"
        ).columns(member=sa.Uuid(), created_at=UtcDateTime())
    ).all()
    tasks = {
        (member, platform): (subject, upload)
        for member, platform, subject, upload in connection.execute(
            sa.text(
                "SELECT member, platform, subject, upload FROM rights_tasks WHERE platform IS NOT NULL"
            ).columns(member=sa.Uuid(), subject=sa.Uuid())
        )
    }
    op.drop_table("audience_leavers")
    leavers = op.create_table(
        "audience_leavers",
        sa.Column("member", sa.Uuid(), nullable=False),
        sa.Column("platform", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("field", sa.String(length=16), nullable=True),
        sa.Column("upload", sa.Integer(), nullable=False),
        sa.Column("email_key", sa.String(length=64), nullable=True),
        sa.Column("phone_key", sa.String(length=64), nullable=True),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("is_covered", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("member", "platform", name=op.f("pk_audience_leavers")),
    )
    op.create_index(op.f("ix_audience_leavers_subject"), "audience_leavers", ["subject"])
    for row in kept:
        cells = {name: [row[place]] for place, name in enumerate(("email", "phone", "advertising_id"), 3)}
        subject, upload = tasks.get((row.member, row.platform), (row.member, 0))
        connection.execute(
            leavers.insert().values(
                member=row.member,
                platform=row.platform,
                subject=subject,
                upload=upload,
                email_key=row.key,
                sealed=json.dumps(
                    {
                        "cells": {name: cell for name, cell in cells.items() if cell[0]},
                        "advertising_id": row.advertising_id,
                    }
                ),
                is_covered=False,
                created_at=row.created_at,
            )
        )
