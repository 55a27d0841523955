"""Temporary files in memory where a machine has it to spare: a test makes a database, and that is a thousand files.

What is synced there costs nothing, and is still counted by the tests of durability.
"""

import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
NEEDED = 4 << 30

if "TMPDIR" not in os.environ and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > NEEDED:
    # For this process, and for servers and browsers that it starts.
    os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)
