"""An audience file against the bare `hashlib` loop that no export in Python can beat."""

import hashlib
import io
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import insert

from bench import site
from bench.databases import each_database
from bench.measure import Figure, cpu_seconds, in_turns
