"""nginx with two workers and one file: the fastest that a page can be served from this machine."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which

from bench.site import free_port, wait_for

CONFIGURATION = """\
{user}
daemon off; worker_processes 2; pid {folder}/pid; error_log /dev/null;
events {{ worker_connections 512; }}
http {{
    access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        location / {{ root {folder}; default_type text/html; }}
    }}
}}
"""


def is_here() -> bool:
    """Whether this machine has nginx."""
    return which("nginx") is not None


@contextmanager
def serving(body: bytes) -> Iterator[tuple[int, int]]:
    """Serve these bytes at `/page`: yields (process id, port) once it answers."""
    with tempfile.TemporaryDirectory(prefix="bench-nginx-") as name:
        folder, port = Path(name), free_port()
        (folder / "page").write_bytes(body)
        # Workers of a server that root starts are somebody else, who may not read here.
        user = "user root;" if os.geteuid() == 0 else ""
        text = CONFIGURATION.format(user=user, folder=folder, port=port)
        (folder / "nginx.conf").write_text(text, encoding="utf-8")
        process = subprocess.Popen(["nginx", "-c", folder / "nginx.conf"])
        try:
            wait_for(port, "/page")
            yield process.pid, port
        finally:
            process.terminate()
            process.wait(20)
