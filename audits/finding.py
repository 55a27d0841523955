"""What a tool found, and whether that is little enough."""

from dataclasses import asdict, dataclass, field

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Result:
    """One line of the table: a tool, what it looked at, how much it found, and the gate."""

    tool: str
    scope: str
    found: str
    gate: str
    holds: bool
    details: tuple[str, ...] = field(default=())

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


def none_of(tool: str, scope: str, details: list[str]) -> Result:
    """A result whose gate is that nothing was found."""
    return Result(tool, scope, f"{len(details)} findings", "0", not details, tuple(details))


def failed(tool: str, scope: str, reason: str) -> Result:
    """A tool that did not do its work has not found nothing."""
    return Result(tool, scope, "did not finish", "runs", False, (reason,))


def show(results: list[Result]) -> None:
    """The table, and below it what broke a gate."""
    console = Console(width=110)
    table = Table("tool", "scope", "found", "gate", "holds")
    for result in results:
        table.add_row(result.tool, result.scope, result.found, result.gate, "yes" if result.holds else "NO")
    console.print(table)
    for result in results:
        if not result.holds:
            console.print(f"\n{result.tool}, {result.scope}:", markup=False)
            for detail in result.details[:40]:
                console.print(f"  {detail}", markup=False)
