"""The gate stops at the first linter that fails, and a half-made environment is made again."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FUNCTIONS = (ROOT / "wangge").read_text("utf-8").rsplit("\nmake_venv\n", 1)[0].replace('cd "$(dirname "${BASH_SOURCE[0]}")"', "")


def run(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["bash", "-c", f"{FUNCTIONS}\n{script}"], cwd=folder, capture_output=True, text=True, timeout=300, check=False)


@pytest.mark.parametrize("broken", ["ruff", "lint-imports", "mypy"])
def test_a_failing_linter_stops_the_gate(broken, tmp_path):
    stubs = "\n".join(f"{name}() {{ return {int(name == broken)}; }}" for name in ("ruff", "lint-imports", "mypy"))
    result = run(f"{stubs}\nrun_linters\necho went on", tmp_path)
    assert result.returncode != 0
    assert "went on" not in result.stdout


def test_the_gate_goes_on_when_every_linter_passes(tmp_path):
    result = run("ruff() { :; }; lint-imports() { :; }; mypy() { :; }\nrun_linters\necho went on", tmp_path)
    assert (result.returncode, result.stdout) == (0, "went on\n")


def test_no_function_is_written_twice():
    names = [line.split("()")[0] for line in FUNCTIONS.splitlines() if "() {" in line and not line.startswith((" ", "#"))]
    assert len(names) == len(set(names))


def test_a_half_made_environment_is_made_again(tmp_path):
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").touch(mode=0o755)
    result = run("make_venv; test -x .venv/bin/pip && test -e .venv/made", tmp_path)
    assert result.returncode == 0, result.stderr
