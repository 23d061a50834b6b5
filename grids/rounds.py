"""A round: one walk over all stretches of street a grid has to patrol, as short as can be."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from contracts.columns import EDGE, FROM_M, LENGTH_M, REASON, SECONDS, TO_M
from contracts.errors import InputError, MissingColumnError
from contracts.messages import Message
from gis.checks import require_crs
from gis.network import WalkNetwork
from grids.patrol_rules import PatrolRule
from grids.patrol_streets import PIECE, STREET_KEY, stretches_drawn
from grids.round_extras import OPTIMAL, Extras, Walkway, choose_extras
from grids.round_ground import NO_PIECE, RoundGround, Spot, round_ground
from grids.round_order import Step, euler_walk, quickest_direction, with_one_ways
from grids.round_ways import Links, find_links

Ints = npt.NDArray[np.int64]

FORWARD = "forward"
IS_REPEAT = "is_repeat"


@dataclass(frozen=True, eq=False)
class Round:
    """A walk in order.

    Attributes
    ----------
    steps
        One row per stretch walked, index 0, 1, ...: ``piece`` (missing = only a way between), ``street_key``, ``edge``, ``from_m``
        and ``to_m`` along it, ``forward`` (whether it is walked the way it is drawn), ``is_repeat`` (walked before, or only a way
        between), ``length_m``, ``seconds``, geometry in the direction walked, in the CRS of the pieces.
    closed
        Whether the walk ends where it began.
    length_m, seconds
        Of the whole walk. Seconds hold waits at crossings where the network counts them.
    required_m, repeated_m
        Metres that have to be walked, and those walked beyond.
    bound_s
        No walk over these stretches takes less time, where both directions of a street take the same.
    status
        ``optimal`` (proven) or ``feasible``.
    unreachable
        Pieces that are not part of the round, with the reason.
    """

    steps: gpd.GeoDataFrame
    closed: bool
    length_m: float
    seconds: float
    required_m: float
    repeated_m: float
    bound_s: float
    status: str
    unreachable: pd.Series

    @property
    def line(self) -> shapely.LineString:
        """The walk as one line."""
        parts = [shapely.get_coordinates(line) for line in self.steps.geometry]
        if not parts:
            return shapely.LineString()
        xy = np.vstack([parts[0], *[part[1:] for part in parts[1:]]])
        return shapely.LineString(xy)


def suggest_round(
    network: WalkNetwork,
    pieces: gpd.GeoDataFrame,
    *,
    start: gpd.GeoSeries | None = None,
    closed: bool = True,
    rule: PatrolRule | None = None,
) -> Round:
    """The shortest walk, in time, over all pieces.

    Streets may be walked either way and more than once; ways between pieces may lead through streets outside the grid. Every
    piece that can be walked to and back from is covered; the others are listed.

    Parameters
    ----------
    network
        Where one walks; the one the pieces were made with.
    pieces
        As ``patrol_streets`` gives them: ``edge``, ``from_m``, ``to_m``.
    start
        One point where the walk begins, on the street it is nearest to (a closed one ends there, too). Default: anywhere.
    closed
        Whether the walk returns to its beginning; an open one ends wherever that is shortest.
    rule
        Gives ``margin_m``.

    Raises
    ------
    CrsError, GeometryError, InputError
        A frame without a system or columns, more pieces than ``most_pieces``, a start that is not one point or finds no street.
    """
    require_crs(pieces, "pieces")
    for name in (EDGE, FROM_M, TO_M):
        if name not in pieces.columns:
            raise MissingColumnError("The stretches of a round need a column {column}.", column=name)
    rule = rule or PatrolRule()
    if len(pieces) > rule.most_pieces:
        raise InputError(
            "A round over {count} stretches of street is too long; {most:.0f} are the most. Divide the community into grids first.",
            count=len(pieces),
            most=rule.most_pieces,
        )
    spot = None if start is None else _spot(network, start)
    ground = round_ground(network, pieces, start=spot, margin_m=rule.margin_m)
    if not ground.is_required.any():
        return _round(network, pieces, ground, [], Extras(np.empty(0, dtype=np.int64), 0.0, 0.0, OPTIMAL), closed=closed)
    links = find_links(ground)
    extras, steps = _walk(ground, links, closed=closed)
    steps = quickest_direction(ground, steps, may_turn=closed or ground.start < 0)
    return _round(network, pieces, ground, with_one_ways(ground, steps), extras, closed=closed)


def suggest_rounds(
    network: WalkNetwork,
    pieces: gpd.GeoDataFrame,
    *,
    start: gpd.GeoSeries | None = None,
    closed: bool = True,
    rule: PatrolRule | None = None,
) -> list[Round]:
    """The round of the pieces that hang together, then one for each island the map leaves without a link.

    Parameters and errors as of ``suggest_round``; ``start`` is where the first begins. The last one lists what no walk covers.
    """
    rounds = [suggest_round(network, pieces, start=start, closed=closed, rule=rule)]
    while len(rounds[-1].unreachable):
        rest = suggest_round(network, pieces.loc[rounds[-1].unreachable.index], closed=closed, rule=rule)
        if not len(rest.steps):
            break
        rounds.append(rest)
    return rounds


def _spot(network: WalkNetwork, start: gpd.GeoSeries) -> Spot:
    require_crs(start, "start")
    if len(start) != 1:
        raise InputError("A round begins at one point; {count} were given.", count=len(start))
    met = network.attach(start)
    if not met.is_snapped[0]:
        raise InputError("The beginning of the round is too far from any street. Choose a place on a street of the grid.")
    return Spot(int(met.edge[0]), float(met.share[0] * network.pieces.length_m[met.edge[0]]))


def _walk(ground: RoundGround, links: Links, *, closed: bool) -> tuple[Extras, list[Step]]:
    """The cheapest set of links to walk, and bits in the order of a walk through them."""
    way, node_of = _programme(ground, links, closed=closed)
    extras = choose_extras(way)
    link_of = np.repeat(np.arange(len(way.ends)), way.is_required + extras.copies)
    begin = way.hub if way.hub >= 0 else int(way.must if way.must >= 0 else way.ends[link_of].min())
    walk = euler_walk(way.ends[link_of], begin)
    steps: list[Step] = []
    for place, forward in walk:
        link = int(link_of[place])
        if link >= len(links.ends):
            continue  # to or from the hub
        steps += _bits(ground, links, link, forward, int(node_of[way.ends[link, 0 if forward else 1]]))
    return extras, steps


def _bits(ground: RoundGround, links: Links, link: int, forward: bool, here: int) -> list[Step]:
    """Bits of a link, each in the direction it is walked when the link is entered at ``here``."""
    steps = []
    for bit in links.bits[link] if forward else links.bits[link][::-1]:
        u, v = ground.ends[bit].tolist()
        along = u == here and (u != v or forward)
        steps.append((bit, along))
        here = v if along else u
    return steps


def _programme(ground: RoundGround, links: Links, *, closed: bool) -> tuple[Walkway, Ints]:
    """The links with dense nodes; an open walk gets a hub joined to every node where a required link ends, at no cost."""
    node_of = np.unique(np.r_[links.ends.ravel(), [ground.start] if ground.start >= 0 else []]).astype(np.int64)
    ends = np.searchsorted(node_of, links.ends)
    must = int(np.searchsorted(node_of, ground.start)) if ground.start >= 0 else -1
    most = np.where(links.is_required, 1, 2)
    if closed:
        return Walkway(len(node_of), ends, links.cost_s, links.is_required, most, must=must), node_of
    hub = len(node_of)
    targets = np.unique(np.r_[ends[links.is_required].ravel(), [must] if must >= 0 else []]).astype(np.int64)
    spokes = np.stack([targets, np.full(len(targets), hub)], axis=1)
    begin = np.array([[must, hub]] if must >= 0 else [], dtype=np.int64).reshape(-1, 2)
    added = np.vstack([spokes, begin])
    required = np.r_[links.is_required, np.zeros(len(spokes), dtype=bool), np.ones(len(begin), dtype=bool)]
    return Walkway(
        hub + 1,
        np.vstack([ends, added]),
        np.r_[links.cost_s, np.zeros(len(added))],
        required,
        np.r_[most, np.full(len(spokes), 2), np.zeros(len(begin), dtype=np.int64)],
        hub=hub,
        hub_copies=1 if len(begin) else 2,
        must=must,
    ), node_of


def _round(network: WalkNetwork, pieces: gpd.GeoDataFrame, ground: RoundGround, steps: list[Step], extras: Extras, *, closed: bool) -> Round:
    frame = _steps(network, pieces, ground, steps)
    required_m = float(ground.length_m[ground.is_required].sum())
    length_m = float(frame[LENGTH_M].sum())
    return Round(
        steps=frame,
        closed=closed,
        length_m=length_m,
        seconds=float(frame[SECONDS].sum()),
        required_m=required_m,
        repeated_m=max(length_m - required_m, 0.0),
        bound_s=float(ground.cost_s[ground.is_required].sum()) + extras.bound_s,
        status=extras.status,
        unreachable=_unreachable(network, pieces, ground),
    )


def _steps(network: WalkNetwork, pieces: gpd.GeoDataFrame, ground: RoundGround, steps: list[Step]) -> gpd.GeoDataFrame:
    bit = np.array([number for number, _ in steps], dtype=np.int64)
    forward = np.array([along for _, along in steps], dtype=bool)
    lines = stretches_drawn(network, ground.edge[bit], ground.from_m[bit], ground.to_m[bit])
    lines = np.where(forward, lines, shapely.reverse(lines)) if len(lines) else lines
    first = np.zeros(len(bit), dtype=bool)
    first[np.unique(bit, return_index=True)[1]] = True
    piece = ground.piece[bit]
    names = pieces.index.to_series().reset_index(drop=True).reindex(piece).to_numpy(dtype=object)  # -1 is no position: no piece
    street = network.streets.index.to_numpy(dtype=object)[network.pieces.row[ground.edge[bit]]] if len(bit) else []
    frame = gpd.GeoDataFrame(
        {
            PIECE: pd.Series(names, dtype="str"),
            STREET_KEY: pd.Series([str(key) for key in street], dtype="str"),
            EDGE: ground.edge[bit],
            FROM_M: ground.from_m[bit],
            TO_M: ground.to_m[bit],
            FORWARD: forward,
            IS_REPEAT: ~first | (piece == NO_PIECE),
            LENGTH_M: ground.length_m[bit],
            SECONDS: np.where(forward, ground.along_s[bit], ground.back_s[bit]),
        },
        geometry=lines,
        crs=network.crs,
    )
    return frame.to_crs(pieces.crs)


def _unreachable(network: WalkNetwork, pieces: gpd.GeoDataFrame, ground: RoundGround) -> pd.Series:
    """Reasons of the pieces that are left out, by piece."""
    reasons = []
    edges = pieces[EDGE].to_numpy()
    for position in ground.left_out:
        if network.component[edges[position]] < 0:
            reasons.append(Message("This street is closed to people on foot."))
        else:
            reasons.append(Message("No street on foot leads there and back. See the data check for a missing link."))
    return pd.Series(reasons, index=pieces.index[ground.left_out], dtype=object, name=REASON)


__all__ = ["FORWARD", "IS_REPEAT", "Round", "suggest_round", "suggest_rounds"]
