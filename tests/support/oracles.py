"""What platforms' own packages make of an identifier: code that nobody here wrote, loaded when it is asked.

Each takes a field of a layout and what somebody typed, and answers with the cell as that package would write it, the
digest where it makes one; empty where it refuses the value.
"""

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from audits.tools import node_tool

Oracle = Callable[[str, str], str]
Made = Callable[[str], str | None]
NODE_PACKAGE = Path(__file__).parents[1] / "audiences" / "oracles"
_BUILDER = """
const {ParamBuilder} = require("capi-param-builder-nodejs"), builder = new ParamBuilder();
require("readline").createInterface({input: process.stdin}).on("line", line =>
    console.log(JSON.stringify(builder.getNormalizedAndHashedPII(...JSON.parse(line)))));
"""


def google() -> Oracle:
    """Google's Data Manager utilities; country and postal code stay clear."""
    from google.ads.datamanager_util.format import Encoding, Formatter

    own = Formatter()
    hashed: dict[str, Callable[..., str]] = {
        "email": own.process_email_address,
        "phone": own.process_phone_number,
        "first_name": own.process_given_name,
        "last_name": own.process_family_name,
    }
    made = {field: lambda typed, f=f: f(typed, Encoding.HEX) for field, f in hashed.items()}
    return _asked({**made, "country": own.process_region_code, "postal_code": own.process_postal_code})


def facebook_business() -> Oracle:
    """Meta's business SDK for Python."""
    from facebook_business.adobjects.serverside.normalize import Normalize

    return _asked(
        {
            field: lambda typed, name=name: Normalize.normalize_field(name, typed)
            for field, name in {
                "email": "em",
                "phone": "ph",
                "first_name": "fn",
                "last_name": "ln",
                "city": "ct",
                "postal_code": "zp",
                "country": "country",
            }.items()
        }
    )


def uid2() -> Oracle:
    """The Trade Desk's client; it takes numbers in E.164 alone."""
    from uid2_client import input_util

    return _asked(
        {"email": input_util.normalize_and_hash_email, "phone": input_util.normalize_and_hash_phone}
    )


@contextmanager
def param_builder() -> Iterator[Oracle]:
    """Meta's builder of parameters for Node, in a process of its own; its digests bear a mark behind a dot."""
    modules = node_tool(NODE_PACKAGE)
    with subprocess.Popen(
        ["node", "-e", _BUILDER], cwd=modules, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as node:
        questions, answers = node.stdin, node.stdout
        assert questions is not None
        assert answers is not None

        def ask(field: str, typed: str) -> str:
            kind = "zip_code" if field == "postal_code" else field
            questions.write(json.dumps([typed, kind]) + "\n")
            questions.flush()
            return (json.loads(answers.readline()) or "").partition(".")[0]

        yield ask


def _asked(made: dict[str, Any]) -> Oracle:
    def ask(field: str, typed: str) -> str:
        # How these packages refuse a value.
        with suppress(ValueError, TypeError):
            return made[field](typed) or ""
        return ""

    return ask
