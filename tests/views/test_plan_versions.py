"""What a planner reads of two plans against each other."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from views.components import plan_versions
from views.components.words import author_word


def test_a_grid_that_is_gone_or_new_has_no_households_there() -> None:
    changed = pd.DataFrame(
        {
            "change": ["lost", "gained"],
            "households_before": [420.0, None],
            "households_after": [None, 70.0],
            "households_moved_in": 0.0,
            "households_moved_out": 0.0,
        },
        index=["990101001002001", "990101001002002"],
    )
    rows = plan_versions._change_rows(changed)
    assert rows[["households_before", "households_after"]].to_numpy().tolist() == [[420.0, 0.0], [0.0, 70.0]]


def test_the_project_itself_is_named_in_words() -> None:
    st.session_state["language"] = "zh_CN"
    assert author_word("system") == "系统（自动）"
    assert author_word("lin") == "lin"
