"""Tables of the scorecard of staff and rooms, in the reader's words: communities, what is missing, totals, published figures, rules."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from types import MappingProxyType
from typing import Any

import pandas as pd

from contracts.columns import ANSWER, AREA_CODE, COMMUNITY_CODE, GAP, HAS, HOUSEHOLDS, MEASURE, NEED, PEOPLE, RESIDENTS, STAFF_AS_OF, text_of
from contracts.messages import Message
from contracts.reference import reference_table
from grids.staffing import MET, SHORT, UNKNOWN
from services.staffing import COMMUNITIES, GAPS, MET_SHARE, STREET_CODE, Scorecard
from views.components.rule_tables import certainty_words
from views.i18n import _, language, names_of, number, spoken

TOO_FEW = "▼"
ANSWERS = MappingProxyType({MET: Message("Meets the rule"), SHORT: Message("Too few"), UNKNOWN: Message("Not known")})
UNITS = MappingProxyType({"person": Message("people"), "m2": Message("m²"), "grid": Message("grids")})
ONE_PERSON = Message("person")


def measure_words() -> dict[str, str]:
    """Measure -> its name with its unit where it is not people."""
    table = reference_table("staffing_measures")
    names = table["en" if language() == "en" else "zh"]
    units = [f", {spoken(UNITS['m2'])}" if unit == "m2" else "" for unit in table["unit"]]
    return {measure: f"{name}{unit}" for measure, name, unit in zip(table[MEASURE], names, units, strict=True)}


def scheme_words() -> dict[str, str]:
    """Scheme -> its name."""
    table = reference_table("staffing_schemes")
    return dict(zip(table["scheme"], table["en" if language() == "en" else "zh"], strict=True))


def community_rows(card: Scorecard, streets: pd.Series) -> pd.DataFrame:
    """A row per community, a column per measure: there / needed. ``streets`` are names of sub-districts by code."""
    shown = card.judged.assign(text=[_of_need(row) for row in card.judged[[HAS, NEED, ANSWER]].itertuples(index=False)])
    wide = shown.pivot(index=COMMUNITY_CODE, columns=MEASURE, values="text").reindex(index=card.communities.index, columns=card.measures)
    people = card.communities
    first = pd.DataFrame({"community": names_of(people), "street": people[STREET_CODE].map(streets).map(text_of), HOUSEHOLDS: people[HOUSEHOLDS]})
    last = {GAPS: people[GAPS].map(number), UNKNOWN: people[UNKNOWN], STAFF_AS_OF: people[STAFF_AS_OF].map(text_of)}
    return first.join(wide.rename(columns=measure_words())).assign(**last).sort_values(["street", "community"])


def long_rows(card: Scorecard) -> pd.DataFrame:
    """A row per community and measure in plain numbers, to be taken away."""
    words, people = measure_words(), card.communities
    code = card.judged[COMMUNITY_CODE]
    names = {"code": code, "community": code.map(names_of(people)), MEASURE: card.judged[MEASURE].map(words)}
    said = {ANSWER: card.judged[ANSWER].map({name: spoken(word) for name, word in ANSWERS.items()}), "people": code.map(people[RESIDENTS])}
    return pd.DataFrame({**names, **{name: card.judged[name] for name in (NEED, HAS, GAP)}, **said})


def gap_rows(card: Scorecard) -> pd.DataFrame:
    """What is missing, most people first."""
    short = card.gaps
    names = {"community": short[COMMUNITY_CODE].map(names_of(card.communities)), MEASURE: short[MEASURE].map(measure_words())}
    return pd.DataFrame({**names, **{name: short[name] for name in (GAP, HAS, NEED, PEOPLE)}})


def total_rows(card: Scorecard, streets: pd.Series) -> pd.DataFrame:
    """All that is shown, then each sub-district."""
    table = card.totals
    area = table[AREA_CODE].map(streets).where(table[AREA_CODE] != "", _("All shown")).fillna(table[AREA_CODE])
    columns = {name: table[name] for name in (COMMUNITIES, UNKNOWN, MET_SHARE, NEED, HAS, GAP)}
    return pd.DataFrame({"area": area, MEASURE: table[MEASURE].map(measure_words()), **columns})


def published_rows(card: Scorecard) -> pd.DataFrame:
    """Our totals beside the published ones."""
    table, published = card.plausibility, reference_table("staffing_published")
    totals = [f"{number(float(amount))} / {number(float(over))}" for amount, over in zip(published["amount"], published["over"], strict=True)]
    names = published["en" if language() == "en" else "zh"]
    figures = {name: [number(value, digits=2) for value in table[name]] for name in ("here", "published", "ratio")}
    sources = {"source": table["source"], "certainty": table["certainty"].map(certainty_words)}
    return pd.DataFrame({"figure": names, **figures, "published_totals": totals, **sources})


def rule_rows(card: Scorecard) -> pd.DataFrame:
    """The rules behind the scorecard in sentences, with source and certainty."""
    rules, words = card.rules, measure_words()
    said = [spoken(_rule(row)) for row in rules.to_dict("records")]
    return pd.DataFrame({MEASURE: rules[MEASURE].map(words), "rule": said, "source": rules["source"], "certainty": rules["certainty"].map(certainty_words)})


def _of_need(row: tuple[float, float, str]) -> str:
    has, need, answer = row
    return f"{number(has)} / {number(need)}{f' {TOO_FEW}' if answer == SHORT else ''}"


def _rule(row: Mapping[Hashable, Any]) -> Message:
    """One term of a need as a sentence."""
    unit = ONE_PERSON if (row["unit"], row["value"]) == ("person", "1") else UNITS[row["unit"]]
    facts = {"value": number(float(row["value"])), "unit": unit, "per": number(float(row["per"] or 1))}
    match row["formula"]:
        case "per_households":
            return Message("{value} {unit} for every {per} households", facts)
        case "per_residents":
            return Message("{value} {unit} for every {per} residents", facts)
        case "per_grids":
            return Message("somebody works in every grid")
        case "steps":
            return _class(row, facts)
    return Message("{value} {unit} at least", facts)


def _class(row: Mapping[Hashable, Any], facts: dict[str, object]) -> Message:
    facts = facts | {"low": number(float(row["from_households"] or 0)), "high": number(float(row["to_households"] or 0))}
    if not row["to_households"]:
        return Message("{value} {unit} above {low} households", facts)
    return (
        Message("{value} {unit} from {low} to {high} households", facts)
        if float(row["from_households"])
        else Message("{value} {unit} below {high} households", facts)
    )
