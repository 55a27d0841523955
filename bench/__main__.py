"""`python -m bench [--only NAME] [--json FILE] [--size N]`: run, print a table, write the figures."""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench import (
    bytes_,
    consent,
    export,
    freeze,
    importing,
    ledger,
    limits,
    login,
    removal,
    retention,
    rights,
    sending,
    serving,
    startup,
    verification,
)
from bench.measure import Figure

ALL: dict[str, Callable[[int], Iterator[Figure]]] = {
    "serving": serving.run,
    "render": serving.run_render,
    "consent": consent.run,
    "ledger": ledger.run,
    "verify": verification.run,
    "export": export.run,
    "removal": removal.run,
    "preview": ledger.run_preview,
    "sending": sending.run,
    "freeze": freeze.run,
    "import": importing.run,
    "login": login.run,
    "limits": limits.run,
    "retention": retention.run,
    "rights": rights.run,
    "startup": startup.run,
    "bytes": bytes_.run,
}


def main() -> int:
    """Run what was asked for. Exit code 0 whether or not a target holds: it measures, it does not judge."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", choices=ALL)
    parser.add_argument("--json", type=Path)
    parser.add_argument(
        "--size", type=int, default=100_000, help="people or decisions, where their number matters"
    )
    chosen = parser.parse_args()
    figures: list[Figure] = []
    for name, run in ALL.items():
        if chosen.only in (None, name):
            print(f"measuring {name} …", file=sys.stderr)
            figures += run(chosen.size)
    show(figures)
    if chosen.json:
        chosen.json.write_text(json.dumps([figure.row() for figure in figures], indent=1), encoding="utf-8")
    return 0


def show(figures: list[Figure]) -> None:
    """The table for people."""
    table = Table("what", "n", "database", "value", "control", "ratio", "target", "holds")
    for figure in figures:
        control = (
            f"{figure.control}: {figure.control_value:,.4g}" if figure.control_value is not None else "–"
        )
        table.add_row(
            figure.name,
            f"{figure.n:,}",
            figure.database or "–",
            f"{figure.value:,.4g} {figure.unit}",
            control,
            f"{figure.ratio:.2f}" if figure.ratio is not None else "–",
            figure.target,
            "yes" if figure.holds else "NO",
        )
    Console(width=150 if not sys.stdout.isatty() else None).print(table)


if __name__ == "__main__":
    sys.exit(main())
