"""Moments of batches are NumPy's of the whole, wherever the batches are cut and however far from 0 the numbers lie."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cnnspec.backend.data.moments import Moments


@given(
    shape=st.lists(st.integers(1, 4), min_size=1, max_size=3),
    cuts=st.lists(st.integers(0, 12), max_size=4),
    seed=st.integers(0, 99),
    centre=st.sampled_from([0.0, -3.0, 1e6]),
    data=st.data(),
)
def test_moments_of_batches_are_those_of_the_whole(
    shape: list[int], cuts: list[int], seed: int, centre: float, data: st.DataObject
) -> None:
    whole = np.random.default_rng(seed).normal(centre, 2.0, (12, *shape))
    kept = data.draw(st.sets(st.sampled_from(range(1, whole.ndim))) if shape else st.just(set[int]()))
    moments = Moments(sorted(kept))
    for batch in np.split(whole, sorted(cuts)):
        moments.add(batch)
    others = tuple(axis for axis in range(whole.ndim) if axis not in kept)
    np.testing.assert_allclose(moments.mean, whole.mean(axis=others), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(moments.variance, whole.var(axis=others), rtol=1e-8)


def test_numbers_that_are_all_alike_have_no_variance_at_all() -> None:
    """Not even a rounded one, by which a network would divide."""
    moments = Moments([1])
    for rows in (7, 1, 5):
        moments.add(np.full((rows, 2), 0.1, np.float32))
    assert moments.variance.tolist() == [0.0, 0.0] and moments.mean.tolist() == [np.float32(0.1)] * 2


def test_integers_are_counted_exactly_where_single_precision_would_round_them() -> None:
    moments = Moments([])
    moments.add(np.array([2**24 + 1, 2**24 + 3], np.int32))
    assert (float(moments.mean), float(moments.variance)) == (2**24 + 2, 1.0)
