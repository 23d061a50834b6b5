"""Cut a tree into parts inside a band, exactly: sets of reachable weights, from the leaves to the root.

Weights are whole numbers and small, so a set of them is one integer: bit ``w`` is set when the open part at a node can
weigh ``w``. A tree is where a search gets stuck most easily and where the exact answer is cheap.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
States = dict[int, int]  # closed parts below -> bit set of weights of the open part

LARGEST_WEIGHT = 5_000  # of the band; sets grow with it


def cut_tree(order: Ints, parent: Ints, weights: Ints, parts: int, band: tuple[int, int]) -> Ints | None:
    """Labels of the nodes, or None where no cut of this tree keeps the band.

    Parameters
    ----------
    order
        Nodes, every parent before its children; the first is the root.
    parent
        Parent of each node, by node; -1 at the root.
    """
    inside = (1 << (band[1] + 1)) - (1 << band[0])
    children: list[list[int]] = [[] for _ in weights]
    prefixes: list[list[States]] = [[] for _ in weights]
    for node in order[1:]:
        children[parent[node]].append(int(node))
    for node in order[::-1]:
        own: States = {0: 1 << int(weights[node])} if weights[node] <= band[1] else {}
        prefixes[node].append(own)
        for child in children[node]:
            own = _join(own, prefixes[child][-1], parts, inside)
            prefixes[node].append(own)
    root = int(order[0])
    final = prefixes[root][-1].get(parts - 1, 0) & inside
    if not final:
        return None
    return _trace(order, parent, _joined_children(root, _middle_bit(final), parts - 1, children, prefixes, inside))


def _join(own: States, below: States, parts: int, inside: int) -> States:
    """States of a node once a child is added: the child's part is closed there, or runs on into the node's."""
    joined: States = {}
    for closed, sums in own.items():
        for more, others in below.items():
            if others & inside and closed + more + 1 < parts:
                joined[closed + more + 1] = joined.get(closed + more + 1, 0) | sums
            if closed + more < parts:
                joined[closed + more] = joined.get(closed + more, 0) | _sums(sums, others, inside)
    return {closed: sums for closed, sums in joined.items() if sums}


def _sums(one: int, two: int, inside: int) -> int:
    few, many = (one, two) if one.bit_count() <= two.bit_count() else (two, one)
    total = 0
    for bit in _bits(few):
        total |= many << bit
    return total & ((1 << inside.bit_length()) - 1)


def _bits(sums: int) -> Iterator[int]:
    while sums:
        low = sums & -sums
        yield low.bit_length() - 1
        sums ^= low


def _middle_bit(sums: int) -> int:
    bits = list(_bits(sums))
    return bits[len(bits) // 2]


def _joined_children(root: int, weight: int, closed: int, children: list[list[int]], prefixes: list[list[States]], inside: int) -> set[int]:
    """Nodes whose part runs on into their parent's, along one way to reach the wanted state at the root."""
    running: set[int] = set()
    waiting = [(root, closed, weight)]
    while waiting:
        node, closed, weight = waiting.pop()
        for place in range(len(children[node]) - 1, -1, -1):
            child, before = children[node][place], prefixes[node][place]
            closed, weight, state, runs_on = _step_back(before, prefixes[child][-1], closed, weight, inside)
            waiting.append((child, *state))
            if runs_on:
                running.add(child)
    return running


def _step_back(before: States, below: States, closed: int, weight: int, inside: int) -> tuple[int, int, tuple[int, int], bool]:
    """State before a child was added, the child's state, and whether its part runs on."""
    return next(_origins(before, below, closed, weight, inside))


def _origins(before: States, below: States, closed: int, weight: int, inside: int) -> Iterator[tuple[int, int, tuple[int, int], bool]]:
    for more, others in below.items():
        if others & inside and before.get(closed - more - 1, 0) >> weight & 1:
            yield closed - more - 1, weight, (more, _middle_bit(others & inside)), False
    for more, others in below.items():
        own = before.get(closed - more, 0)
        for bit in _bits(others & ((1 << (weight + 1)) - 1)) if own else ():
            if own >> (weight - bit) & 1:
                yield closed - more, weight - bit, (more, bit), True


def _trace(order: Ints, parent: Ints, running: set[int]) -> Ints:
    labels = np.zeros(len(order), dtype=np.int64)
    used = 1
    for node in order[1:]:
        if int(node) in running:
            labels[node] = labels[parent[node]]
        else:
            labels[node], used = used, used + 1
    return labels
