"""Networks of three and four classes, and a short training, for weights that are carried over."""

MODEL = """
inputs: {image: [6, 6, 1]}
model:
  scale: [rescaling: 0.1]
  body:
    - conv: {filters: 4, kernel_size: 3, norm: batch, activation: relu}
    - conv: {filters: 4, kernel_size: 3, norm: batch, activation: relu, name: second}
  head: [dropout: 0.2, flatten, dense: {units: UNITS, activation: softmax}]
"""


THREE, FOUR = MODEL.replace("UNITS", "3"), MODEL.replace("UNITS", "4")


def training(more: str = "") -> str:
    """A short training section."""
    return f"training: {{epochs: 2, batch_size: 8, loss: auto, metrics: [accuracy], seed: 5{more and ', ' + more}}}\n"
