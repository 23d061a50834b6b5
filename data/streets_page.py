"""``docs/streets.md``: the rules of streets for people to read, written from the tables the program reads.

``python -m data.streets_page`` writes it again after a table has changed.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from contracts.reference import reference_table
from contracts.settings import ROOT

PAGE = ROOT / "docs" / "streets.md"

_INTRO = """# What a street means to a walker · 街道对步行者意味着什么

This page is written from the tables in `data/reference` by `python -m data.streets_page`; change a table, not the page.
Every rule has a source and a certainty there. *Proposal* means: ours, because nothing better was available; replace it by
your city's own figure.

本页由 `python -m data.streets_page` 根据 `data/reference` 中的表生成;请改表,不要改本页。每条规则都注明来源和可信度。
“proposal” 表示暂无更好依据、由我们提出的数值,可换成本市自己的数值。
"""
_WALKABLE = """
## Where one may walk · 哪里可以走

Decided when a street map is read (`osm_walkable.csv`): from the top, the first row that fits. `*` fits anything, a bar means
or. A way's `oneway` binds vehicles only; `oneway:foot` binds people.

读入街道地图时决定(`osm_walkable.csv`):自上而下,取第一条符合的规则。`*` 表示任意值,竖线表示“或”。`oneway` 只约束车辆,
`oneway:foot` 才约束行人。
"""
_RULES = """
## What closes a street to somebody, or slows them down · 哪些人不能走、哪些人走得慢

Looked up for each kind of walker (`street_rules.csv`) in the tags the store keeps with each street. A rule that opens
outranks one that closes, which outranks those that slow down; of several that slow down, the worst counts. Stairs multiply
the time (see the walkers below) and close the way where the cell is empty. Of several values in one tag (`sand;asphalt`) the
worst counts. Widths are metres unless they name another unit (`70 cm`, `2'6"`, `3 ft`, `30 in`). Where a rule opens a street,
a grade that says it is too steep is taken as the steepest this walker can use.

按步行者类别查 `street_rules.csv`,依据随街道保存的标签。“可走”优先于“不可走”,“不可走”优先于“减慢”;多条“减慢”取最重的一条。
台阶按下表的倍数计时,空格表示不能走台阶。一个标签有多个值时(`sand;asphalt`)取最差的值。宽度默认单位为米,也可写明其他单位
(`70 cm`、`2'6"`、`3 ft`、`30 in`)。规则写明“可走”的街道,若坡度数据显示过陡,则按这类步行者能走的最陡坡度计时。
"""
_WALKERS = """
## Walkers · 步行者

On a grade g (rise over run) the time on the level is multiplied by exp(k (|g - g0| - |g0|)) with k = slope rate and g0 = the
easiest grade. Grades come from the street's column `grade`, else from the map's `incline`; figures steeper than
`slope_settings.csv` allows are cut.

坡度 g(高差与水平距离之比)上的用时 = 平地用时 × exp(k (|g - g0| - |g0|)),k 为坡度系数,g0 为最省力的坡度。坡度取自街道的
`grade` 列,没有时取地图的 `incline` 标签;超过 `slope_settings.csv` 上限的数值按上限计。
"""
_CROSSINGS = """
## Waiting at crossings · 过街等待

Half of the delay sits at every end of a lesser street that meets a larger road which passes there: going straight over costs
all of it, turning half of it, walking along the larger road nothing, and a bridge or tunnel nothing. A mapped crossing pays
the same, also over a road that itself is closed to walkers. One carriageway of two costs half. With a signal the delay is
(cycle - green)^2 / (2 cycle), the mean wait of somebody who arrives at any moment; without one it is the mean wait for a gap,
(exp(q t) - q t - 1) / q. The inputs are proposals: put in what your traffic police counts.

较小的街道与贯通的较大道路相交时,它的每个端头计入一半等待:直行过街计全部,转弯计一半,沿大路走不计,桥和地道不计。地图上画出的
人行横道同样计算,即使大路本身不许步行。双幅路的一幅计一半。有信号灯时等待 = (周期 - 绿灯)^2 / (2 周期);无信号灯时为等到空档的平均
时间 (exp(q t) - q t - 1) / q。这些输入值是建议值,请换成交管部门的数据。
"""
_PLAZAS = """
## Plazas · 广场

A plaza is crossed in straight lines between its ways in, where one can see from one to the other without leaving it and
without a building, wall or hole in between. Its edge stays a street, so that doors can open onto it. With more ways in than
`plaza_most_entrances` (`osm_estimates.csv`) it is walked along its edge.

广场在各出入口之间按直线穿行,前提是两点之间通视:不出广场,中间没有建筑、围墙或空洞。广场边缘仍是街道,门可以开向它。出入口数超过
`plaza_most_entrances`(`osm_estimates.csv`)时只沿边缘走。
"""
_HEIGHTS = """
## Heights · 高程

Optional. `./wangge heights ground.asc --crs EPSG:4547` reads an ESRI ASCII grid (any raster becomes one with
`gdal_translate -of AAIGrid`) and keeps a `grade` with every stored street: from its first to its last point, so that a bridge
is as level as its ends. Then every walk knows uphill from downhill.

可选。`./wangge heights ground.asc --crs EPSG:4547` 读取 ESRI ASCII 格网(任何栅格可用 `gdal_translate -of AAIGrid` 转成),
为每条已存的街道记下 `grade`:由首末两点计算,所以桥面与两端同高。此后上坡和下坡的用时就不同。

## Not in the rules · 规则之外

Kerbs mapped as points, opening hours of gates, escalators that stand still, lighting, snow.

画成点的路缘石、大门开放时间、停运的扶梯、照明、积雪。
"""


def streets_page() -> str:
    """The whole page as text."""
    return "".join(
        [
            _INTRO,
            _WALKABLE,
            _table("osm_walkable", {name: name for name in ("highway", "foot", "access", "sidewalk", "motorroad", "walkable", "zh", "reason", "certainty")}),
            _RULES,
            _table("street_rules", {name: name for name in ("rule_group", "column", "value", "effect", "factor", "zh", "en", "certainty")}),
            _WALKERS,
            _table("walker_profiles", {"zh": "zh", "en": "en", "speed_m_s": "m/s", "stairs_factor": "stairs ×", "rule_group": "rule_group"} | _SLOPES),
            _CROSSINGS,
            _table("crossing_delays", {"highway": "highway", "delay_s": "s", "one_way_delay_s": "s, one carriageway"} | _INPUTS),
            _PLAZAS,
            _table("osm_plazas", {name: name for name in ("drawn_as", "highway", "area", "is_plaza", "zh", "en")}),
            _HEIGHTS,
        ]
    )


_SLOPES = {"slope_rate": "k", "slope_easiest": "g0", "slope_steepest": "steepest", "certainty": "certainty"}
_INPUTS = {"cycle_s": "cycle s", "green_s": "green s", "traffic_veh_s": "q vehicles/s", "gap_s": "t s", "zh": "zh", "en": "en", "certainty": "certainty"}


def _table(name: str, headings: Mapping[str, str]) -> str:
    shown: pd.DataFrame = reference_table(name)[list(headings)]
    lines = ["| " + " | ".join(headings.values()) + " |", "|" + "---|" * len(headings)]
    lines += ["| " + " | ".join(_cell(value) for value in row) + " |" for row in shown.itertuples(index=False)]
    return "\n" + "\n".join(lines) + "\n"


def _cell(value: str) -> str:
    return value.replace("|", " \\| ").replace("*", "\\*")


if __name__ == "__main__":
    PAGE.write_text(streets_page(), encoding="utf-8")
