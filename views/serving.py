"""Start the app: one Streamlit process, on this machine's address unless another is given."""

from __future__ import annotations

import os
import sys

from contracts.settings import ROOT, environment_with
from views.terminal import speak


def serve_app(*, port: int, host: str = "127.0.0.1", store_url: str, open_demo: bool) -> None:
    """Replace this process by the app's; returns only if that fails."""
    speak("Open http://{host}:{port} in a browser. Stop with Ctrl-C.", host=host, port=port)
    environment = environment_with(database_url=store_url, open_demo="1" if open_demo else "0")
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port), "--server.address", host, "--server.headless", "true"]
    os.chdir(ROOT)
    os.execve(sys.executable, command, environment)
