"""Plans to choose from, as cards side by side: a small drawing, four figures, and a button that opens one as a draft."""

from __future__ import annotations

from typing import Any

import streamlit as st

from contracts.messages import Message, enumerated
from contracts.progress import Progress
from grids.frontier import FrontierPlan
from grids.sketch import DEDICATED
from services.editing import start_from
from services.plan_offers import Offer, Offers, plans_on_offer
from views import wiring
from views.components import desks, job_box
from views.components.edit_open import open_draft
from views.i18n import _, language, number, percent, spoken
from views.maps.plan_picture import plan_picture

JOB = "offers"
PER_ROW = 3


def show(community: str) -> None:
    """The offers where they were made for the data as they are, and the button that makes them."""
    st.subheader(_("Plans to choose from"))
    st.caption(
        _("The community is divided several times, each time weighing streets, shape, balance and change differently. Nothing is kept until you open one.")
    )
    if job_box.show(JOB):
        return
    offers = _made_for(community)
    if offers is None:
        if st.button(_("Make plans"), key="make_plans", type="primary", icon=":material/auto_awesome_mosaic:"):
            _start(community)
        return
    _show_why(offers)
    shown = sorted(offers.offers, key=_rank)
    for first in range(0, len(shown), PER_ROW):
        for place, column in enumerate(st.columns(PER_ROW), start=first):
            if place < len(shown):
                with column, st.container(border=True, key=f"offer_{place}"):
                    _show_card(shown[place], offers)


def _rank(offer: Offer) -> tuple[bool, int, float, tuple[str, ...]]:
    """Today's plan first, to measure the others by; then who keeps more rules, then the more even loads."""
    return not offer.plan.is_today, offer.plan.faults, offer.plan.balance_share, offer.plan.keys


def _show_why(offers: Offers) -> None:
    """How many there are and why not more; the reason of each that is left out on demand."""
    found = offers.frontier
    facts = {"tried": found.tried, "shown": len(found.plans), "same": found.same, "worse": found.worse}
    st.caption(
        _(
            "{tried:setting was|settings were} tried: {shown:plan is|plans are} worth choosing from, {same} gave one of these again, {worse} gave a plan better in no figure than one shown. Today's plan comes first, then the more even loads.",
            **facts,
        )
    )
    if found.dropped:
        with st.expander(_("Left out")):
            for reason in found.dropped:
                st.caption(spoken(reason))


def _show_card(offer: Offer, offers: Offers) -> None:
    plan = offer.plan
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{enumerated(plan.names, language())}**", width="content")
        if plan.is_today:
            st.badge(_("As today"), icon=":material/check_circle:", color="green", help=_("Every building stays in its grid."))
    st.image(plan_picture(offer.shapes, offers.lines, dedicated=_dedicated(plan)), width="stretch")
    st.table(_figures(plan), border="horizontal")
    if plan.faults:
        st.caption(_("{count:rule|rules} cannot be kept", count=number(plan.faults)))
    st.button(_("Open as draft"), key=f"open_{'_'.join(plan.keys)}", icon=":material/edit:", on_click=_open, args=(offer,))


def _dedicated(plan: FrontierPlan) -> set[str]:
    return {code for code, kind in zip(plan.sketch.codes, plan.sketch.kinds, strict=True) if kind == DEDICATED}


def _figures(plan: FrontierPlan) -> dict[str, Any]:
    rows = {
        _("Grids"): number(len(plan.sketch.codes)),
        _("Farthest from target"): percent(plan.balance_share),
        _("Border on streets"): percent(plan.street_share),
        _("Compactness (1 = circle)"): number(plan.compactness, digits=2),
    }
    return rows if plan.moved_share is None else rows | {_("Households moved against today"): percent(plan.moved_share)}


def _start(community: str) -> None:
    """Divide under every setting, beside the page: how far it is is shown, and it can be stopped."""
    uow, who, ground = wiring.unit_of_work(), wiring.principal(), desks.grounds()

    def act(progress: Progress) -> tuple[str, Offers]:
        return community, plans_on_offer(uow, who, community, grounds=ground, progress=progress)

    job_box.start(JOB, Message("Making plans"), act)


def _made_for(community: str) -> Offers | None:
    where, made = job_box.result(JOB) or ("", None)
    return made if where == community else None


def _open(offer: Offer) -> None:
    open_draft(lambda uow, who, at: start_from(uow, who, offer.plan.sketch, at=at))
