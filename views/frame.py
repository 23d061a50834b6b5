"""The frame around every page: product name, pages by right, language, who is signed in, and what city this is."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from contracts.errors import NotAllowedError, WanggeError
from contracts.messages import LANGUAGES, Message, enumerated
from services.access import DEMO_VISITOR, Principal
from services.overview import CityCounts, city_counts
from views import wiring
from views.auth_routes import SIGN_IN
from views.components import states
from views.components.words import account_role_word
from views.i18n import LANGUAGE_NAMES, _, choose_language, language, moment, number, spoken
from views.page_list import MENUS, PAGES

PRODUCT = "网格 Wangge"
STYLE = Path(__file__).parent / "assets" / "wangge" / "pages.css"
ICON = Path(__file__).with_name("icon.svg")
WORDMARK = Path(__file__).with_name("wordmark.svg")


def _menus(who: Principal) -> dict[str, list[st.Page]]:
    """Pages of the bar, and of each menu in which the reader may open any."""
    menus = {"": _pages(PAGES, who)} | {spoken(title): _pages(pages, who) for title, pages in MENUS}
    return {title: pages for title, pages in menus.items() if pages}


def _pages(pages: tuple[tuple[str, str, Message, str, str], ...], who: Principal) -> list[st.Page]:
    offered = [page for page in pages if states.may(who, page[4])]
    return [st.Page(file, title=spoken(title), url_path=path, icon=icon, default=path == "map") for file, path, title, icon, _right in offered]


def _show_language() -> None:
    other = next(name for name in LANGUAGES if name != language())
    st.button(LANGUAGE_NAMES[other], key="switch_language", on_click=choose_language, args=(other,), type="tertiary", icon=":material/translate:")


def _show_reader(who: Principal) -> None:
    if who == DEMO_VISITOR:
        st.html(f'<a class="wangge-sign-in" href="{SIGN_IN}" target="_self">{_("Sign in")}</a>')
        return
    with st.popover(who.login, icon=":material/person:", type="tertiary"):
        st.caption(enumerated([account_role_word(role) for role in sorted(who.roles)], language()))
        st.button(_("Sign out"), key="sign_out", on_click=wiring.leave, icon=":material/logout:")


def _show_line(counts: CityCounts, who: Principal) -> None:
    """One line above every page: which city and which figures on the left, language and reader on the right."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key="page_line"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small", width="content"):
            _show_city(counts)
        with st.container(horizontal=True, vertical_alignment="center", gap="small", width="content"):
            _show_language()
            _show_reader(who)


def _show_city(counts: CityCounts) -> None:
    name = counts.city_name_en if language() == "en" else counts.city_name
    if counts.is_demo:
        st.badge(_("Generated demo city, not a real place"), icon=":material/science:", color="gray")
    made = moment(counts.computed_at)
    text = _("{city} · data version {version} · reach computed {made}", city=name or _("No city"), version=number(counts.data_version), made=made)
    st.caption(text, width="content")


def _show_door() -> None:
    st.title(PRODUCT)
    st.info(_("Please sign in first."), icon=":material/lock:")
    st.html(f'<a class="wangge-sign-in" href="{SIGN_IN}" target="_self">{_("Sign in")}</a>')


st.set_page_config(page_title=PRODUCT, page_icon=str(ICON), layout="wide")
st.logo(str(WORDMARK), size="large")
try:
    reader = wiring.principal()
    city = wiring.read(city_counts)
except NotAllowedError:
    _show_door()
    st.stop()
except WanggeError as error:
    states.show_error(error)
    st.stop()

page = st.navigation(_menus(reader), position="top")
st.html(STYLE)
_show_line(city, reader)
page.run()
