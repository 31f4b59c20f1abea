"""What a layer says that a training holds inside it is what TensorFlow keeps there for its gradients."""

import pytest

from tests.support.layers_read import read
from tests.support.results_kept import numbers_kept

STEPS, OTHERS = (5, 3), (7, 3)
DROPPED = {"dropout": 0.2, "recurrent_dropout": 0.3}
HEADS = {"num_heads": 3, "key_dim": 5}
GROUPS = {"num_query_heads": 4, "num_key_value_heads": 2, "head_dim": 5}
RECURRENT = [
    ("lstm", {"units": 11}, STEPS),
    ("lstm", {"units": 11, "bidirectional": "concat", "return_sequences": True, **DROPPED}, STEPS),
    ("gru", {"units": 11, "bidirectional": "sum"}, STEPS),
    ("gru", {"units": 11, "reset_after": False}, STEPS),
    ("gru", {"units": 11, **DROPPED}, STEPS),
    ("simple_rnn", {"units": 11, "return_sequences": True}, STEPS),
    ("simple_rnn", {"units": 11, "dropout": 0.2}, STEPS),
    ("conv_lstm", {"filters": 4, "kernel_size": 3}, (5, 7, 6, 3)),
    ("conv_lstm", {"filters": 4, "kernel_size": 3, "padding": "same", "return_sequences": True, **DROPPED}, (4, 7, 3)),
]
ATTENTION = [
    ("multi_head_attention", {**HEADS, "value_dim": 4}, STEPS),
    ("multi_head_attention", {**HEADS, "dropout": 0.2}, STEPS, OTHERS),
    ("multi_head_attention", {**HEADS, "use_gate": True, "use_causal_mask": True, "sliding_window": 2}, STEPS),
    ("multi_head_attention", {**HEADS, "attention_axes": 2}, (4, 6, 3)),
    ("grouped_query_attention", GROUPS, STEPS, OTHERS),
    ("grouped_query_attention", {**GROUPS, "use_gate": True, "dropout": 0.2}, STEPS),
    ("attention", {}, STEPS, OTHERS),
    ("attention", {"use_scale": True, "dropout": 0.2}, STEPS),
    ("attention", {"score_mode": "concat"}, STEPS, OTHERS),
    ("attention", {"score_mode": "concat", "use_scale": True}, STEPS),
    ("additive_attention", {}, STEPS, OTHERS),
    ("additive_attention", {"use_scale": False, "dropout": 0.2}, STEPS),
]


@pytest.mark.parametrize("case", [*RECURRENT, *ATTENTION], ids=str)
def test_what_is_kept_inside_is_counted(case: tuple[str, dict[str, object], tuple[int, ...]]) -> None:
    kind, arguments, *shapes = case
    layer = read(kind, arguments)
    assert layer.inside(*shapes).kept == numbers_kept(layer, *shapes)


@pytest.mark.parametrize("written", [{"units": 4}, {"units": 4, "bidirectional": "concat"}], ids=str)
def test_a_wrapper_holds_what_the_layer_within_does(written: dict[str, object]) -> None:
    """At every step, where it applies it to each."""
    within = {"layer": {"lstm": written}}
    inner, kept = read("lstm", written).inside((5, 3)).kept, read("time_distributed", within).inside((6, 5, 3)).kept
    assert kept == 6 * inner
