"""The formulas of activations without arguments, as those of layers are written."""

from collections.abc import Mapping

FORMULAS: Mapping[str, str] = {
    "linear": "y = x",
    "sigmoid": "y = 1 / (1 + exp(-x))",
    "tanh": "y = (exp(x) - exp(-x)) / (exp(x) + exp(-x))",
    "relu6": "y = min(max(x, 0), 6)",
    "selu": "y = 1.0507009873554805 * (x if x > 0 else 1.6732632423543772 * (exp(x) - 1))",
    **dict.fromkeys(("silu", "swish"), "y = x / (1 + exp(-x))"),
    "mish": "y = x * tanh(ln(1 + exp(x)))",
    "softplus": "y = ln(1 + exp(x))",
    "softsign": "y = x / (1 + abs(x))",
    "exponential": "y = exp(x)",
    "hard_sigmoid": "y = min(max(x + 3, 0), 6) / 6",
    **dict.fromkeys(("hard_silu", "hard_swish"), "y = x * min(max(x + 3, 0), 6) / 6"),
    "hard_tanh": "y = max(min(x, 1), -1)",
    "hard_shrink": "y = 0 if abs(x) <= 0.5 else x",
    "soft_shrink": "y = x - 0.5 if x > 0.5 else x + 0.5 if x < -0.5 else 0",
    "tanh_shrink": "y = x - tanh(x)",
    "log_sigmoid": "y = -ln(1 + exp(-x))",
    "log_softmax": "y[c] = x[c] - ln(sum(r < n: exp(x[r])))",
    "sparsemax": "y[c] = max(x[c] - tau, 0)  # tau is such that all y[c] add up to 1",
    "sparse_plus": "y = 0 if x <= -1 else x if x >= 1 else (x + 1)^2 / 4",
    "sparse_sigmoid": "y = 0 if x <= -1 else 1 if x >= 1 else (x + 1) / 2",
    "squareplus": "y = (x + sqrt(x^2 + 4)) / 2",
}
