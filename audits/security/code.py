"""What reads the code without running it: bandit, and semgrep with the house's own rules."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from audits.finding import Result, none_of
from audits.tools import ENVIRONMENTS, NotRunError, python_tool, run

CODE = ("site", "wsgi.py")
HOUSE = Path(__file__).parent / "rules"
RULES = HOUSE / "clevenio.yaml"
EXAMPLES = (HOUSE / "clevenio.py", HOUSE / "clevenio.html")


def bandit() -> Iterator[Result]:
    """Every finding of bandit, whatever its severity; exceptions stand in the code, with their reason."""
    command: list[str | Path] = [
        python_tool("bandit"),
        "-q",
        "-c",
        "pyproject.toml",
        "-r",
        *CODE,
        "-f",
        "json",
    ]
    found = json.loads(run(command, seconds=300, codes=(0, 1)))
    details = [
        f"{each['test_id']} {each['filename']}:{each['line_number']} {each['issue_text']}"
        for each in found["results"]
    ]
    details += [f"not read: {each['filename']}" for each in found["errors"]]
    yield none_of("bandit", "code", details)


def semgrep() -> Iterator[Result]:
    """The rules' own examples first: a rule that finds nothing bad in them would find nothing anywhere."""
    yield none_of("semgrep", "examples of the rules", list(_missed()))
    command = [*_semgrep("scan"), "--config", RULES, "--json", "--quiet", *CODE]
    found = json.loads(run(command, seconds=300, env=_offline(), codes=(0, 1)))
    details = [
        f"{each['check_id'].rpartition('.')[2]} {each['path']}:{each['start']['line']}"
        for each in found["results"]
    ]
    details += [f"not read: {each.get('message', each)}" for each in found["errors"]]
    yield none_of("semgrep", f"code, {len(found['paths']['scanned'])} files", details)


def _missed() -> Iterator[str]:
    for example in EXAMPLES:
        command = [*_semgrep("scan"), "--test", "--json", "--config", RULES, example]
        told = json.loads(run(command, seconds=300, env=_offline(), codes=(0, 1)))
        seen = set()
        for checks in told["results"].values():
            for name, check in checks["checks"].items():
                seen.add(name)
                if not check["passed"]:
                    yield f"{name} does not find what {example.name} says: {check['matches']}"
        wanted = set(re.findall(r"ruleid: ([\w-]+)", example.read_text(encoding="utf-8")))
        yield from (f"{name} was not tried on {example.name}" for name in sorted(wanted - seen))


def rules_without_example() -> set[str]:
    """Rules for which neither file holds a bad example."""
    rules = set(re.findall(r"(?m)^  - id: ([\w-]+)", RULES.read_text(encoding="utf-8")))
    texts = "".join(path.read_text(encoding="utf-8") for path in EXAMPLES)
    return rules - set(re.findall(r"ruleid: ([\w-]+)", texts))


def _semgrep(command: str) -> list[str | Path]:
    program = python_tool("semgrep")
    if lacking := rules_without_example():
        raise NotRunError(f"rules without a bad example: {', '.join(sorted(lacking))}")
    return [program, command, "--metrics", "off", "--disable-version-check"]


def _offline() -> dict[str, str]:
    """Nothing is sent, nothing is kept in anybody's home; its own programs are found on the path."""
    home = ENVIRONMENTS / "semgrep"
    return {
        "HOME": str(home),
        "SEMGREP_SETTINGS_FILE": str(home / "settings.yml"),
        "SEMGREP_SEND_METRICS": "off",
        "SEMGREP_ENABLE_VERSION_CHECK": "0",
        "PATH": f"{home / 'bin'}:/usr/local/bin:/usr/bin:/bin",
    }
