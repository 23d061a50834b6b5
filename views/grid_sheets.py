"""Printed sheets of a plan: one file of HTML with an overview and a page of A4 per grid, complete in itself."""

from __future__ import annotations

import html
import math
from datetime import date
from pathlib import Path

from babel.dates import format_date
from babel.numbers import format_decimal

from contracts.columns import FULL_TIME, NAME, ROLE
from contracts.errors import InputError
from contracts.messages import Message, enumerated
from services.grid_sheets import GridSheet, PlanSheets
from views.maps.sheet_map import Paper, grid_label, sheet_svg

MAP = (720.0, 560.0)  # units of the picture; 186 mm of paper wide
SIDES = {"north": Message("North"), "east": Message("East"), "south": Message("South"), "west": Message("West")}
ROLES = {"lead": Message("Grid leader"), "member": Message("Grid worker")}
KINDS = {"comprehensive": Message("Comprehensive grid"), "dedicated": Message("Dedicated grid")}
STATUS = {"draft": Message("Draft, not in force"), "active": Message("In force"), "retired": Message("No longer in force")}
AUTHORS = {"system": Message("System (automatic)")}
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_CSS = """
@page { size: A4 portrait; margin: 12mm }
* { box-sizing: border-box }
body { margin: 0; font: 10.5pt/1.45 "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Microsoft YaHei", system-ui, sans-serif; color: #24303a }
section { width: 186mm; margin: 0 auto; break-after: page; break-inside: avoid }
section:last-child { break-after: auto }
header { display: flex; justify-content: space-between; align-items: baseline; border-bottom: 2pt solid #6d28d9; padding-bottom: 1.5mm; margin-bottom: 3mm }
h1 { font-size: 17pt; margin: 0 } h2 { font-size: 11.5pt; margin: 4mm 0 1mm } .where { color: #4a5560 } .code { font-variant-numeric: tabular-nums }
svg.map { display: block; width: 186mm; height: auto }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .7mm 2mm .7mm 0; border-bottom: .4pt solid #cfcbc2; vertical-align: top }
th { color: #4a5560; font-weight: 500; white-space: nowrap } td.n { font-variant-numeric: tabular-nums }
.two { display: grid; grid-template-columns: 1fr 1fr; gap: 0 7mm } .draft { color: #c8321f; font-weight: 700 } footer { margin-top: 4mm; color: #4a5560; font-size: 8.5pt }
@media screen { body { background: #e9e9e6 } section { background: #fff; padding: 12mm; width: 210mm; margin: 6mm auto; box-shadow: 0 1px 5px #0003 } }
"""


def sheets_html(plan: PlanSheets, *, language: str, approval_no: str = "") -> str:
    """All sheets as one page of HTML that needs nothing else; ``approval_no`` is printed under every map."""
    title = Message("Grids of {community}", {"community": _name(plan, "community", language)}).in_language(language)
    pages = [_overview(plan, language, approval_no), *[_page(plan, sheet, language, approval_no) for sheet in plan.sheets]]
    head = f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{_POLICY}"><title>{html.escape(title)}</title><style>{_CSS}</style>'
    return f'<!doctype html>\n<html lang="{language.replace("_", "-")}"><head>{head}</head><body>\n' + "\n".join(pages) + "\n</body></html>\n"


def write_sheets(plan: PlanSheets, path: Path, *, language: str, approval_no: str = "") -> None:
    """Write the sheets to an .html file.

    Raises
    ------
    InputError
        Another ending, or the file cannot be written.
    """
    if path.suffix.lower() not in (".html", ".htm"):
        raise InputError("The file {name} should end in one of {endings}.", name=path.name, endings=".html, .htm")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(sheets_html(plan, language=language, approval_no=approval_no), "utf-8")
    except OSError as error:
        raise InputError("The file {name} cannot be written: {reason}.", name=path.name, reason=error.strerror or str(error)) from error


def _overview(plan: PlanSheets, language: str, approval_no: str) -> str:
    west, south, east, north = (float(value) for value in plan.community.total_bounds)
    picture = sheet_svg(plan, Paper((west, south, east, north), *MAP), language=language)
    heads = [Message("Grid"), Message("Code"), Message("Households"), Message("Residents"), Message("Buildings"), Message("Ground")]
    rows = [
        _row([(_label(sheet, language), ""), (sheet.code, "code"), *[(figure, "n") for figure in _figures(sheet, language)]], "td") for sheet in plan.sheets
    ]
    table = f"<table><thead>{_row([(head.in_language(language), '') for head in heads], 'th')}</thead><tbody>{''.join(rows)}</tbody></table>"
    title = Message("Grids of {community}", {"community": _name(plan, "community", language)}).in_language(language)
    return f"<section>{_head(plan, title, '', language)}{picture}{table}{_foot(plan, language, approval_no)}</section>"


def _page(plan: PlanSheets, sheet: GridSheet, language: str, approval_no: str) -> str:
    picture = sheet_svg(plan, Paper(sheet.box, *MAP), language=language, grid=sheet.code)
    heads = (Message("Households"), Message("Residents"), Message("Buildings"), Message("Ground"))
    facts = [(Message("Kind"), KINDS.get(sheet.kind, Message("Comprehensive grid")).in_language(language))]
    facts += list(zip(heads, _figures(sheet, language), strict=True))
    left = "".join(_row([(head.in_language(language), "")], "th", [(value, "n")]) for head, value in facts)
    right = "".join(_row([(SIDES[side.side].in_language(language), "")], "th", [(_along(side.along, language), "")]) for side in sheet.borders)
    border = f"<div><h2>{_escaped(language, Message('Border'))}</h2><table>{right}</table></div>"
    return (
        f"<section>{_head(plan, _label(sheet, language), sheet.code, language)}{picture}"
        f"<div class='two'><div><h2>{_escaped(language, Message('Figures'))}</h2><table>{left}</table></div>{border}</div>"
        f"{_people(sheet, language)}{_foot(plan, language, approval_no)}</section>"
    )


def _people(sheet: GridSheet, language: str) -> str:
    if sheet.workers is None:
        return ""
    title = f"<h2>{_escaped(language, Message('Grid workers'))}</h2>"
    if not len(sheet.workers):
        return f"{title}<p>{_escaped(language, Message('Nobody works in this grid yet.'))}</p>"
    full, part = Message("Full-time"), Message("Part-time")
    people = zip(*(sheet.workers[column] for column in (NAME, ROLE, FULL_TIME)), strict=True)
    rows = [
        _row([(name, ""), (ROLES[role].in_language(language), ""), ((full if is_full else part).in_language(language), "")], "td")
        for name, role, is_full in people
    ]
    return f"{title}<table>{''.join(rows)}</table>"


def _head(plan: PlanSheets, title: str, code: str, language: str) -> str:
    where = " · ".join(name for name in (_name(plan, "street", language), _name(plan, "community", language)) if name)
    shown = f' <span class="code">{html.escape(code)}</span>' if code else ""
    return f'<header><h1>{html.escape(title)}</h1><span class="where">{html.escape(where)}{shown}</span></header>'


def _foot(plan: PlanSheets, language: str, approval_no: str) -> str:
    words = [Message("Plan {plan} by {author}", {"plan": plan.plan_id, "author": AUTHORS.get(plan.author, plan.author)}).in_language(language)]
    if plan.valid_from is not None:
        words.append(Message("in force from {day}", {"day": _day(plan.valid_from, language)}).in_language(language))
    if plan.valid_to is not None:
        words.append(Message("until before {day}", {"day": _day(plan.valid_to, language)}).in_language(language))
    if approval_no:
        words.append(Message("Map approval number {number}", {"number": approval_no}).in_language(language))
    status = html.escape(STATUS.get(plan.status, STATUS["draft"]).in_language(language))
    mark = f'<span class="draft">{status}</span>' if plan.status == "draft" else status
    return f"<footer>{mark} · {html.escape(' · '.join(words))}</footer>"


def _label(sheet: GridSheet, language: str) -> str:
    return grid_label(sheet.code, sheet.name, language)


def _figures(sheet: GridSheet, language: str) -> list[str]:
    hectares = "–" if math.isnan(sheet.area_m2) else Message("{area} ha", {"area": _number(sheet.area_m2 / 10_000.0, language, digits=1)}).in_language(language)
    return [_number(sheet.households, language), _number(sheet.residents, language), _number(sheet.buildings, language), hectares]


def _along(words: tuple[Message, ...], language: str) -> str:
    return enumerated(words, language) or "–"


def _row(cells: list[tuple[str, str]], tag: str, more: list[tuple[str, str]] | None = None) -> str:
    made = [f'<{tag} class="{style}">{html.escape(str(text))}</{tag}>' for text, style in cells]
    made += [f'<td class="{style}">{html.escape(str(text))}</td>' for text, style in more or ()]
    return f"<tr>{''.join(made)}</tr>"


def _name(plan: PlanSheets, level: str, language: str) -> str:
    zh, en = plan.names.get(level, ("", ""))
    return en if language == "en" else zh or en


def _escaped(language: str, message: Message) -> str:
    return html.escape(message.in_language(language))


def _number(value: float, language: str, *, digits: int = 0) -> str:
    return str(format_decimal(value, format="#,##0" + ("." + "0" * digits if digits else ""), locale=language))


def _day(value: date, language: str) -> str:
    return str(format_date(value, format="medium", locale=language))
