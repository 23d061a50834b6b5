"""What a command cannot do it says in one sentence, with a status of its own and, where asked, one line of JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Wangge

ROOT = Path(__file__).resolve().parents[2]
BAD = "name,category\nx,HLT_STATION\n"  # no place

REFUSALS = [
    (2, "UnreadableFile", ["import", "facilities", "missing.csv"]),
    (2, "UnreadableFile", ["import", "osm", "missing.osm"]),
    (2, "Input", ["import", "moons", "bad.csv"]),
    (2, None, ["import", "facilities", "bad.csv"]),
    (2, None, ["import", "facilities", "empty.csv"]),
    (2, "Input", ["import", "facilities", "bad.csv", "--map", "name"]),
    (2, None, ["import", "facilities", "bad.csv", "--crs", "nowhere"]),
    (3, "NotFound", ["divide", "--community", "990101001009"]),
    (3, "NotFound", ["assign"]),
    (3, "NotFound", ["circles", "--profile", "runner"]),
    (2, "Input", ["export", "moon", "m.csv"]),
    (2, "Input", ["export", "grids", "g.pdf"]),
    (2, "Input", ["export", "grids", "bad.csv/g.csv"]),
    (7, "Store", ["backup", "no/such/folder/b.sqlite"]),
    (2, "UnreadableFile", ["restore", "missing.sqlite", "--replace"]),
    (2, "UnreadableFile", ["restore", "bad.csv", "--replace"]),
    (2, "Input", ["user", "add", "lin", "--role", "king"]),
    (2, "Input", ["user", "add", "", "--role", "planner"]),
]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a bad and an empty file, to work in."""
    (tmp_path / "bad.csv").write_text(BAD, "utf-8")
    (tmp_path / "empty.csv").write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(("code", "error", "words"), REFUSALS, ids=lambda value: " ".join(value) if isinstance(value, list) else None)
def test_a_refusal_has_its_status_and_one_line_of_json(wangge: Wangge, loaded: str, here: Path, code: int, error: str | None, words: list[str]) -> None:
    answer = wangge(*words, "--db", loaded, "--json")
    said = answer.json()
    assert answer.code == code
    assert said["error"] == (error or said["error"])
    assert said["message"]["en"] == answer.err.strip().splitlines()[-1]
    assert any("\u4e00" <= sign <= "\u9fff" for sign in said["message"]["zh_CN"])


@pytest.mark.parametrize("url", ["nonsense", "mysql://u@h/d", "sqlite:////proc/no/such.sqlite", "postgresql://nobody@127.0.0.1:1/none"])
def test_a_store_that_cannot_be_opened_is_said(wangge: Wangge, url: str) -> None:
    answer = wangge("check", "--db", url, "--json")
    assert (answer.code, answer.json()["error"]) == (7, "Store")


@pytest.mark.parametrize(("word", "says"), [("facilties", "Did you mean facilities?"), ("moons", "The kinds are: osm, areas")])
def test_an_unknown_kind_of_import_names_the_nearest(wangge: Wangge, here: Path, word: str, says: str) -> None:
    assert says in wangge("import", word, "bad.csv").err


def test_an_unknown_benchmark_names_the_known_ones(wangge: Wangge) -> None:
    answer = wangge("bench", "moon", "--json")
    assert (answer.code, answer.json()["error"]) == (3, "NotFound")
    assert "communities" in answer.err


@pytest.mark.parametrize("name", ["../cli", "__init__", "communities.py", "os"])
def test_only_benchmarks_are_run(wangge: Wangge, name: str) -> None:
    assert wangge("bench", name).code == 3


def test_people_get_no_json(wangge: Wangge, loaded: str) -> None:
    answer = wangge("assign", "--db", loaded)
    assert (answer.code, answer.out) == (3, "")
    assert answer.err.strip() == "There are no grids in force here. Divide the communities first."


@pytest.mark.parametrize("words", [["no-such-command"], ["import"], ["divide", "--no-such-option"], ["demo", "--port", "x"]])
def test_misspelt_words_end_with_2(wangge: Wangge, words: list[str]) -> None:
    assert wangge(*words).code == 2


def command(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "cli.py", *words], cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, timeout=120, check=False)


def test_a_process_keeps_stdout_for_its_json(planned: str, home: Path) -> None:
    done = command("check", "--db", planned, "--json", WANGGE_HOME=str(home))
    nothing = {"faults": 0, "kinds": {}, "people": 0, "computed": 0, "not_computed": 0}
    assert (done.returncode, json.loads(done.stdout)) == (0, nothing)


def test_a_process_ends_with_the_status_of_its_error(home: Path) -> None:
    done = command("export", "grids", "x.pdf", "--json", WANGGE_HOME=str(home), WANGGE_DATABASE_URL="sqlite://")
    assert (done.returncode, json.loads(done.stdout)["error"]) == (2, "Input")
    assert "Traceback" not in done.stderr


def test_a_wrong_setting_is_one_sentence(home: Path) -> None:
    done = command("check", "--json", WANGGE_HOME=str(home), WANGGE_MAX_UPLOAD_MB="many")
    assert (done.returncode, json.loads(done.stdout)["error"]) == (2, "Setting")
    assert "WANGGE_MAX_UPLOAD_MB" in done.stderr
    assert "Traceback" not in done.stderr
