"""Networks are one exactly where one is the other with its nodes in another order."""

from itertools import permutations
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cnnspec.comparison.colours import Vertex, are_one
from cnnspec.comparison.structure import Fork, Leaf, Unit, units_of
from tests.support.often import examples

OFTEN = examples(30, 60)


@st.composite
def networks(draw: Any) -> list[Vertex]:
    """Up to six nodes, each of which reads some that stand before it; the order of what it reads counts for an `a`."""
    found: list[Vertex] = []
    for at in range(draw(st.integers(1, 6))):
        reads = draw(st.lists(st.integers(0, at - 1), max_size=2)) if at else []
        shared = draw(st.sampled_from([None, None, None, *range(at)]))
        looks = draw(st.sampled_from("ab"))
        found.append(Vertex(looks, tuple(reads), looks == "a", shared))
    return found


def in_order(vertices: list[Vertex], order: tuple[int, ...]) -> list[Any]:
    """What a network is when its nodes are called by their places in an order; those read in any order, sorted."""
    place = {at: number for number, at in enumerate(order)}
    told = []
    for at in order:
        each = vertices[at]
        reads = [place[read] for read in each.reads]
        shared = None if each.shared is None else place[each.shared]
        told.append((each.looks, each.ordered, tuple(reads if each.ordered else sorted(reads)), shared))
    return told


@settings(max_examples=OFTEN, deadline=None)
@given(networks(), networks())
def test_networks_are_one_where_some_order_makes_them_equal(one: list[Vertex], other: list[Vertex]) -> None:
    """Held against all orders."""
    own = in_order(other, tuple(range(len(other))))
    orders = permutations(range(len(one))) if len(one) == len(other) else ()
    assert are_one(one, other) is any(in_order(one, order) == own for order in orders)


@settings(max_examples=OFTEN, deadline=None)
@given(networks(), st.data())
def test_a_network_is_itself_in_any_order_in_which_it_can_run(one: list[Vertex], data: st.DataObject) -> None:
    needs = [{*each.reads, *([] if each.shared is None else [each.shared])} for each in one]
    order: list[int] = []
    while len(order) < len(one):
        ready = [at for at in range(len(one)) if at not in order and needs[at] <= set(order)]
        order.append(data.draw(st.sampled_from(ready)))
    place = {at: number for number, at in enumerate(order)}
    moved = [
        Vertex(
            one[at].looks,
            tuple(place[read] for read in one[at].reads),
            one[at].ordered,
            None if one[at].shared is None else place[one[at].shared or 0],
        )
        for at in order
    ]
    assert are_one(one, moved)


def leaves(units: tuple[Unit, ...]) -> list[int]:
    return [at for unit in units for at in unit.leaves()]


@settings(max_examples=OFTEN, deadline=None)
@given(networks())
def test_every_node_is_in_one_unit_and_after_what_it_reads(vertices: list[Vertex]) -> None:
    reads = [each.reads for each in vertices]
    units = units_of(reads)
    found = leaves(units)
    assert sorted(found) == list(range(len(vertices)))
    assert all(found.index(read) < found.index(at) for at in found for read in reads[at])


def test_a_sum_of_two_paths_is_a_fork_of_two_branches() -> None:
    """0 -> (1 -> 2 | itself) -> 3 -> 4."""
    units = units_of([(), (0,), (1,), (2, 0), (3,)])
    assert units == (Leaf(0), Fork(((Leaf(1), Leaf(2)), ()), 3), Leaf(4))


def test_paths_that_cross_are_no_branches() -> None:
    """0 -> (1, 2) -> 3 reads both, 4 reads 2 and 3."""
    assert units_of([(), (0,), (0,), (1, 2), (2, 3)]) == (Leaf(0), Fork(((Leaf(1), Leaf(2), Leaf(3)),), 4, loose=True))
