"""Plans to choose from, as cards side by side: a small drawing, four figures, and a button that opens one as a draft."""

from __future__ import annotations

from typing import Any

import streamlit as st

from contracts.errors import WanggeError
from grids.frontier import FrontierPlan
from services.editing import start_from
from services.plan_offers import Offer, Offers, plans_on_offer
from views import wiring
from views.components import desks
from views.components.edit_open import open_draft
from views.i18n import _, number, percent, spoken
from views.maps.plan_picture import plan_picture

_KEPT = "plans_on_offer"
PER_ROW = 3


def show(community: str) -> None:
    """The offers where they were made for the data as they are, and the button that makes them."""
    st.subheader(_("Plans to choose from"))
    st.caption(
        _("The community is divided several times, each time weighing streets, shape, balance and change differently. Nothing is kept until you open one.")
    )
    offers = _kept(community)
    if offers is None:
        st.button(_("Make plans"), key="make_plans", type="primary", icon=":material/auto_awesome_mosaic:", on_click=_make, args=(community,))
        return
    for first in range(0, len(offers.offers), PER_ROW):
        for column, offer in zip(st.columns(PER_ROW), offers.offers[first : first + PER_ROW], strict=False):
            with column, st.container(border=True, key=f"offer_{first + offers.offers[first:].index(offer)}"):
                _show_card(offer, offers)
    for reason in offers.frontier.dropped:
        st.caption(spoken(reason))


def _show_card(offer: Offer, offers: Offers) -> None:
    plan = offer.plan
    st.markdown(f"**{' · '.join(spoken(name) for name in plan.names)}**")
    st.image(plan_picture(offer.shapes, offers.lines), width="stretch")
    st.table(_figures(plan), border="horizontal")
    if plan.faults:
        st.caption(_("{count:rule|rules} cannot be kept", count=number(plan.faults)))
    st.button(_("Open as draft"), key=f"open_{'_'.join(plan.keys)}", icon=":material/edit:", on_click=_open, args=(offer,))


def _figures(plan: FrontierPlan) -> dict[str, Any]:
    rows = {
        _("Grids"): number(len(plan.sketch.codes)),
        _("Farthest from target"): percent(plan.balance_share),
        _("Border on streets"): percent(plan.street_share),
        _("Compactness (1 = circle)"): number(plan.compactness, digits=2),
    }
    return rows if plan.moved_share is None else rows | {_("Households moved against today"): percent(plan.moved_share)}


def _make(community: str) -> None:
    try:
        made = plans_on_offer(wiring.unit_of_work(), wiring.principal(), community, grounds=desks.grounds())
    except WanggeError as error:
        desks.tell("error", error.message)
        return
    st.session_state[_KEPT] = (community, wiring.data_version(), made)


def _kept(community: str) -> Offers | None:
    where, version, made = st.session_state.get(_KEPT, ("", -1, None))
    return made if (where, version) == (community, wiring.data_version()) else None


def _open(offer: Offer) -> None:
    open_draft(lambda uow, who, at: start_from(uow, who, offer.plan.sketch, at=at))
