"""Every sentence has a Chinese translation with the same facts, and no catalogue keeps a sentence nobody says."""

from __future__ import annotations

import re
import string
import sys
from collections import Counter
from pathlib import Path

from babel.messages.pofile import read_po

from contracts.messages import Message, catalogue

sys.path.insert(0, str(Path(__file__).parent))
from sentences import ROOT, all_templates

LOCALE = ROOT / "contracts" / "locale" / "zh_CN"
FROM_TABLES = frozenset({"optimal", "optimal among nearest"})  # said by Message(variable): statuses of an assignment
WITHOUT_CHINESE = frozenset[str](("{name}: {reason}", "{code}: {reason}", "{place}: {what}", "WGS-84 (GPS)"))
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def fields(template: str) -> set[str]:
    return {name.split(".")[0].split("[")[0] for _text, name, _spec, _conversion in string.Formatter().parse(template) if name is not None}


def test_every_sentence_is_translated():
    known = catalogue("zh_CN")
    missing = {template: place for template, place in all_templates().items() if template and template not in known}
    assert not missing


def test_a_translation_names_the_same_facts():
    assert not {id_: text for id_, text in catalogue("zh_CN").items() if fields(id_) != fields(text)}


def test_no_catalogue_keeps_a_sentence_nobody_says():
    said = set(all_templates()) | FROM_TABLES
    assert not sorted(set(catalogue("zh_CN")) - said)


def test_a_translation_is_chinese():
    assert not {id_: text for id_, text in catalogue("zh_CN").items() if not CHINESE.search(text) and id_ not in WITHOUT_CHINESE}


def test_two_catalogues_do_not_translate_one_sentence_differently():
    texts: dict[str, set[str]] = {}
    for path in sorted(LOCALE.glob("*.po")):
        with path.open("rb") as file:
            for entry in read_po(file):
                if entry.id:
                    texts.setdefault(str(entry.id), set()).add(str(entry.string))
    assert not {id_: sorted(found) for id_, found in texts.items() if len(found) > 1}


def test_one_catalogue_says_a_sentence_once():
    for path in sorted(LOCALE.glob("*.po")):
        ids = re.findall(r'^msgid "(.+)"$', path.read_text("utf-8"), flags=re.MULTILINE)
        assert not [id_ for id_, count in Counter(ids).items() if count > 1], path.name


def test_a_sentence_can_be_said_with_its_facts():
    assert Message("The login or the password is not right.").in_language("zh_CN") == "登录名或密码不正确。"


def test_a_number_takes_the_word_that_goes_with_it():
    said = [Message("{count:fault is|faults are} left", {"count": count}).in_language("en") for count in (1, "1", 0, 2, "1,000")]
    assert said == ["1 fault is left", "1 fault is left", "0 faults are left", "2 faults are left", "1,000 faults are left"]


def test_a_list_is_spoken_as_the_language_lists():
    told = Message("The roles are {known:one|many} {all}.", {"known": 2, "all": ["a", Message("Grid"), 3]})
    assert [Message("{all}", told.details).in_language(language) for language in ("zh_CN", "en")] == ["a、网格、3", "a, Grid, 3"]


def test_no_sentence_leaves_the_plural_to_the_reader():
    assert not [template for template in all_templates() if "(s)" in template]
