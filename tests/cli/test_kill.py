"""An import that is killed in the middle leaves a store that opens and holds nothing of it."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROWS = 40_000


@pytest.fixture
def big(tmp_path: Path) -> Path:
    """A sheet of many facilities."""
    rows = (f"F{i},甲{i},药店,{116 + i % 200 / 1000:.3f},{39 + i // 200 / 1000:.3f}" for i in range(ROWS))
    path = tmp_path / "big.csv"
    path.write_text("编号,名称,类别,经度,纬度\n" + "\n".join(rows) + "\n", "utf-8")
    return path


def importing(big: Path, db: Path, home: Path) -> subprocess.Popen[bytes]:
    words = [sys.executable, str(ROOT / "cli.py"), "import", "facilities", str(big), "--db", f"sqlite:///{db}"]
    env = {**os.environ, "WANGGE_HOME": str(home), "LANG": "C.UTF-8"}
    return subprocess.Popen(words, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def killed_while_writing(process: subprocess.Popen[bytes], db: Path) -> bool:
    """Kill the process once it has let the store's log grow; whether it was still running."""
    wal = db.with_name(db.name + "-wal")
    settled, deadline = wal.stat().st_size if wal.exists() else 0, time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        if wal.exists() and wal.stat().st_size > settled + 100_000:
            process.send_signal(signal.SIGKILL)
            return process.wait() == -signal.SIGKILL
        time.sleep(0.005)
    process.kill()
    process.wait()
    return False


def held(db: Path) -> tuple[str, int, int]:
    """What the store says of itself, its facilities and its audit rows."""
    with sqlite3.connect(db) as store:
        questions = ("PRAGMA integrity_check", "SELECT count(*) FROM facility", "SELECT count(*) FROM audit")
        sound, facilities, audits = (store.execute(question).fetchone()[0] for question in questions)
    return str(sound), int(facilities), int(audits)


def test_an_import_killed_while_it_writes_is_all_or_nothing(sqlite_store_url: str, big: Path, tmp_path: Path) -> None:
    db = Path(sqlite_store_url.removeprefix("sqlite:///"))

    assert killed_while_writing(importing(big, db, tmp_path / "home"), db), "the import ended before it could be killed"
    sound, facilities, audits = held(db)
    assert sound == "ok"
    assert (facilities, audits) in {(0, 0), (ROWS, 1)}

    assert importing(big, db, tmp_path / "home").wait(timeout=120) == 0
    assert held(db) == ("ok", ROWS, 1)
