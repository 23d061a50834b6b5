"""The house's own rules: who may know whom, how long a module is, where settings, rules and versions lie."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("contracts", "gis", "grids", "servicecircle", "cases", "services", "store", "views", "data")
MODULES = sorted([ROOT / "app.py", ROOT / "cli.py", *(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))])
PURE = ("gis", "grids", "servicecircle", "cases")
REFERENCE = ROOT / "data" / "reference"
TABLES = sorted(REFERENCE.glob("*.csv"))
REQUIREMENTS = sorted(ROOT.glob("requirements*.txt"))
LONGEST = 400
LONG_ON_PURPOSE = {"0001_first_tables.py": "a migration is a record of the whole first schema and is never edited"}
TEXT_ENDINGS = {".py", ".md", ".toml", ".txt", ".in", ".csv", ".po", ".yml", ".yaml", ".json", ".css", ".sh", ".cfg", ""}
# folders of somebody's machine, and package hosts other than the public default
PRIVATE = re.compile(
    r"/home/[a-z]|/Users/[A-Za-z]|/root/|[A-Z]:\\\\Users|--index-url|--extra-index-url|index-url *=|https?://[^/\s]*(?:pypi|nexus|artifactory|mirror)"
)


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("this is no checkout of git")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def calls_and_names(path: Path) -> set[str]:
    """Dotted names a module uses: ``os.environ``, ``datetime.now``."""
    return {ast.unparse(node) for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Attribute | ast.Name)}


def test_the_rooms_know_only_the_rooms_below_them() -> None:
    script = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]


def test_no_module_is_too_long_to_read() -> None:
    long = {relative(path): len(path.read_text("utf-8").splitlines()) for path in MODULES if path.name not in LONG_ON_PURPOSE}
    assert not {name: lines for name, lines in long.items() if lines > LONGEST}


@pytest.mark.parametrize(("name", "most"), [("app.py", 80), ("cli.py", 250)])
def test_the_doors_stay_thin(name: str, most: int) -> None:
    assert len((ROOT / name).read_text("utf-8").splitlines()) <= most


def test_every_module_says_why_it_exists() -> None:
    assert not [relative(path) for path in MODULES if path.read_text("utf-8").strip() and ast.get_docstring(ast.parse(path.read_text("utf-8"))) is None]


def test_only_the_settings_read_the_environment() -> None:
    readers = {relative(path) for path in MODULES if calls_and_names(path) & {"os.environ", "os.getenv", "environ", "getenv"}}
    assert readers == {"contracts/settings.py"}


def test_pure_rooms_ask_no_clock_and_no_chance() -> None:
    impure = {"datetime.now", "datetime.utcnow", "date.today", "time.time", "np.random.seed", "np.random.rand", "random.random", "settings"}
    assert not {
        relative(path): calls_and_names(path) & impure for path in MODULES if path.relative_to(ROOT).parts[0] in PURE and calls_and_names(path) & impure
    }


def test_no_error_is_caught_unnamed() -> None:
    caught = {
        f"{relative(path)}:{node.lineno}"
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ExceptHandler) and (node.type is None or ast.unparse(node.type) in ("Exception", "BaseException"))
    }
    assert not caught


def test_no_file_names_a_machine_or_a_package_host() -> None:
    texts = [path for path in tracked() if path.suffix in TEXT_ENDINGS and path != Path(__file__) and path.stat().st_size < 2_000_000]
    found = {relative(path): match.group() for path in texts if (match := PRIVATE.search(path.read_text("utf-8", errors="ignore")))}
    assert not found


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_every_rule_says_where_it_comes_from(path: Path) -> None:
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    assert {"source", "certainty"} <= set(table.columns)
    assert not table[(table["source"] == "") | (table["certainty"] == "")].index.tolist()


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_every_table_is_described(path: Path) -> None:
    assert f"`{path.stem}`" in (REFERENCE / "README.md").read_text("utf-8")


@pytest.mark.parametrize("path", REQUIREMENTS, ids=lambda path: path.name)
def test_every_requirement_is_pinned(path: Path) -> None:
    lines = [line.split(" #")[0].strip() for line in path.read_text("utf-8").splitlines()]
    wanted = [line for line in lines if line and not line.startswith(("#", "--hash", "-r ", "-c "))]
    assert wanted
    assert not [line for line in wanted if not re.match(r"[A-Za-z0-9._-]+(\[[a-z0-9,_-]+\])?==[0-9]", line)]
