"""What has to be walked twice: the least addition that makes a set of streets one walk, found with a proven bound.

A walk over all required links that comes back to its beginning exists where the links hang together and an even number of
them meets at every node (Euler). The addition is an integer programme over copies of links: even at every node, no island,
as cheap as can be (the rural postman; where the streets hang together it is the Chinese postman and its matching). Cuts that
are found broken are added: a set of nodes with an odd number of required links needs one copy across its border, a set that
holds only some of the streets needs two (Edmonds; Eiselt, Gendreau and Laporte). HiGHS solves what is left.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array, vstack
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

OPTIMAL, FEASIBLE = "optimal", "feasible"
_LEVELS = (1e-6, 0.25, 0.5, 0.75)  # copies above which two nodes count as joined when broken cuts are looked for
_ROUNDS = 60
_NODE_LIMIT = 4000  # of one search tree: seconds on graphs of a thousand links; counted, not timed, so that the answer is the same everywhere
_GAP = 1e-6


@dataclass(frozen=True, eq=False)
class Walkway:
    """The programme: links between nodes 0..nodes-1, numbered densely.

    ``hub`` is a node outside the streets: an open walk goes from it to its beginning and from its end back to it.
    """

    nodes: int
    ends: Ints  # (k, 2)
    cost_s: Floats
    is_required: Mask
    most: Ints  # (k,) copies that may be added
    hub: int = -1
    hub_copies: int = 0  # copies of links at the hub, exactly
    must: int = -1  # a node the walk has to touch though no required link may end there


@dataclass(frozen=True, eq=False)
class Extras:
    """Copies of each link, what they cost, and what no choice can beat."""

    copies: Ints
    cost_s: float
    bound_s: float
    status: str


class _Programme:
    """Rows grow as broken cuts are found."""

    def __init__(self, way: Walkway) -> None:
        self.way = way
        links = len(way.ends)
        real = way.ends[:, 0] != way.ends[:, 1]
        rows, columns = way.ends[real].ravel(), np.repeat(np.flatnonzero(real), 2)
        self.touch = csr_array(coo_array((np.ones(len(rows)), (rows, columns)), shape=(way.nodes, links)))
        self.odd = (self.touch @ way.is_required.astype(float)).astype(np.int64) % 2 == 1
        self.rows: list[csr_array] = []
        self.low: list[float] = []
        self.high: list[float] = []
        self.known: set[bytes] = set()

    def add_cut(self, inside: Mask, least: float) -> bool:
        """At least so many copies across the border of a set of nodes; False where the row is there already."""
        crosses = (inside[self.way.ends[:, 0]] != inside[self.way.ends[:, 1]]) & (self.way.most > 0)
        word = crosses.tobytes()
        if word in self.known or not crosses.any():
            return False
        self.known.add(word)
        self.rows.append(csr_array(crosses.astype(float)[None, :]))
        self.low.append(least)
        self.high.append(np.inf)
        return True

    def solve(self, *, whole: bool) -> tuple[Floats | None, float]:
        """Copies (fractions unless ``whole``) and a lower bound of their cost."""
        links, nodes = len(self.way.ends), self.way.nodes
        cost = np.r_[self.way.cost_s, np.zeros(nodes)]
        most = np.r_[self.way.most.astype(float), np.full(nodes, np.inf)]
        parity = csr_array(_beside(self.touch, -2.0))
        constraints = [LinearConstraint(parity, -self.odd.astype(float), -self.odd.astype(float))]
        if self.rows:
            cuts = vstack(self.rows)
            constraints.append(LinearConstraint(csr_array(_padded(cuts, nodes)), np.array(self.low), np.array(self.high)))
        if self.way.hub >= 0:
            at_hub = _padded(self.touch[[self.way.hub], :], nodes)
            constraints.append(LinearConstraint(csr_array(at_hub), float(self.way.hub_copies), float(self.way.hub_copies)))
        options = {"node_limit": _NODE_LIMIT, "mip_rel_gap": _GAP}
        found = milp(cost, integrality=np.full(links + nodes, int(whole)), bounds=Bounds(0.0, most), constraints=constraints, options=options)
        bound = found.mip_dual_bound if whole and found.mip_dual_bound is not None else (found.fun if found.fun is not None else 0.0)
        return (None if found.x is None else found.x[:links]), float(bound)

    def add_broken(self, copies: Floats) -> int:
        """Add the cuts these copies break; how many were added."""
        return sum(self._add_broken_at(copies, level) for level in _LEVELS)

    def _add_broken_at(self, copies: Floats, level: float) -> int:
        added = 0
        joined = copies > level
        for links, is_island in ((joined, False), (joined | self.way.is_required, True)):
            label = _labels(self.way, links)
            parts = int(label.max(initial=-1)) + 1
            across = np.zeros(parts)
            ends = label[self.way.ends]
            border = ends[:, 0] != ends[:, 1]
            for side in (0, 1):
                np.add.at(across, ends[border, side], copies[border])
            if is_island:
                holds = self._holds(label, parts)
                wrong = holds & (holds.sum() > 1) & (across < 2.0 - 1e-6)
            else:
                wrong = (np.bincount(label, weights=self.odd, minlength=parts) % 2 == 1) & (across < 1.0 - 1e-6)
            added += sum(self.add_cut(label == part, 2.0 if is_island else 1.0) for part in np.flatnonzero(wrong))
        return added

    def _holds(self, label: Ints, parts: int) -> Mask:
        """Parts with something that has to be walked."""
        holds = np.zeros(parts, dtype=bool)
        holds[label[self.way.ends[self.way.is_required].ravel()]] = True
        if self.way.must >= 0:
            holds[label[self.way.must]] = True
        return holds

    def is_whole_walk(self, copies: Floats) -> bool:
        """Whether required links and copies hang together."""
        label = _labels(self.way, (copies > 0.5) | self.way.is_required)
        return bool(self._holds(label, int(label.max(initial=-1)) + 1).sum() <= 1)


def choose_extras(way: Walkway) -> Extras:
    """The cheapest copies of links that turn the required links into one closed walk.

    Proven cheapest in nearly every case; where the search tree grows beyond its limit, the best copies found, with the bound.
    """
    programme = _Programme(way)
    for node in np.flatnonzero(programme.odd):
        programme.add_cut(np.arange(way.nodes) == node, 1.0)
    programme.add_broken(np.zeros(len(way.ends)))
    for _ in range(_ROUNDS):
        fractions, _bound = programme.solve(whole=False)
        if fractions is None or not programme.add_broken(fractions):
            break
    bound = 0.0
    copies: Floats | None = None
    for _ in range(_ROUNDS):
        copies, least = programme.solve(whole=True)
        bound = max(bound, least)
        if copies is None or programme.is_whole_walk(copies) or not programme.add_broken(np.round(copies)):
            break
    return _finished(way, programme, copies, bound)


def _finished(way: Walkway, programme: _Programme, copies: Floats | None, bound: float) -> Extras:
    chosen = _tree_walk(way, programme.odd) if copies is None else np.round(copies).astype(np.int64)
    chosen = _joined(way, programme, chosen)
    cost = float(way.cost_s @ chosen)
    is_proven = cost <= bound + _GAP * max(cost, 1.0) + 1e-6
    return Extras(chosen, cost, min(bound, cost), OPTIMAL if is_proven else FEASIBLE)


def _joined(way: Walkway, programme: _Programme, copies: Ints) -> Ints:
    """The copies with islands joined by walking the cheapest links between them there and back."""
    if programme.is_whole_walk(copies.astype(float)):
        return copies
    label = _labels(way, (copies > 0) | way.is_required)
    ends = label[way.ends]
    number = np.flatnonzero((ends[:, 0] != ends[:, 1]) & (way.ends != way.hub).all(axis=1))
    tree = _cheapest_tree(int(label.max()) + 1, ends[number], way.cost_s[number])
    added = copies.copy()
    added[number[tree]] += 2
    return added


def _tree_walk(way: Walkway, odd: Mask) -> Ints:
    """Copies along a cheapest tree that make every node even: always there where the links hang together. An open walk goes back."""
    at_hub = (way.ends == way.hub).any(axis=1)
    copies = np.zeros(len(way.ends), dtype=np.int64)
    parity = odd.copy()
    if way.hub >= 0:
        begin = np.flatnonzero(at_hub & way.is_required)
        back = np.flatnonzero(at_hub & ~way.is_required & (way.ends == way.ends[begin[0]]).all(axis=1)) if len(begin) else np.flatnonzero(at_hub)
        copies[back[0]] = way.hub_copies
        parity[way.ends[begin].ravel()] ^= True
    real = np.flatnonzero((way.most > 0) & (way.ends[:, 0] != way.ends[:, 1]) & ~at_hub)
    tree = real[_cheapest_tree(way.nodes, way.ends[real], way.cost_s[real])]
    degree = np.bincount(way.ends[tree].ravel(), minlength=way.nodes)
    alive = np.ones(len(tree), dtype=bool)
    leaves = np.flatnonzero(degree == 1).tolist()
    while leaves:
        leaf = leaves.pop()
        at = np.flatnonzero(alive & (way.ends[tree] == leaf).any(axis=1))
        if not len(at):
            continue
        link = tree[at[0]]
        alive[at[0]] = False
        other = int(way.ends[link].sum() - leaf)
        if parity[leaf]:
            copies[link] += 1
            parity[[leaf, other]] ^= True
        degree[other] -= 1
        if degree[other] == 1:
            leaves.append(other)
    return copies


def _cheapest_tree(nodes: int, ends: Ints, cost_s: Floats) -> Ints:
    """Numbers of the links of a cheapest spanning forest."""
    order = np.lexsort((np.arange(len(ends)), cost_s, ends.max(axis=1), ends.min(axis=1)))
    pair = np.sort(ends[order], axis=1)
    first = np.r_[True, (pair[1:] != pair[:-1]).any(axis=1)][: len(pair)]
    number, pair = order[first], pair[first]
    matrix = csr_array(coo_array((cost_s[number] + 1e-6, (pair[:, 0], pair[:, 1])), shape=(nodes, nodes)))
    kept = coo_array(minimum_spanning_tree(matrix))
    chosen = set(zip(*(np.asarray(side).tolist() for side in kept.coords), strict=True))
    return np.array([link for link, (u, v) in zip(number, pair.tolist(), strict=True) if (u, v) in chosen], dtype=np.int64)


def _labels(way: Walkway, links: Mask) -> Ints:
    ends = way.ends[links]
    graph = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(way.nodes, way.nodes))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def _beside(matrix: csr_array, diagonal: float) -> coo_array:
    """A matrix with a diagonal of the same height to its right."""
    left = coo_array(matrix)
    rows, columns = left.shape
    own = np.arange(rows)
    data = np.r_[left.data, np.full(rows, diagonal)]
    return coo_array((data, (np.r_[left.coords[0], own], np.r_[left.coords[1], columns + own])), shape=(rows, columns + rows))


def _padded(matrix: csr_array, columns: int) -> coo_array:
    """A matrix with empty columns to its right."""
    left = coo_array(matrix)
    return coo_array((left.data, left.coords), shape=(left.shape[0], left.shape[1] + columns))
