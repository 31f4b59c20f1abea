"""PyTorch's side of benchmarks/training.py: ResNet-20 for CIFAR-10 as in He et al. 2015, in a loop written by hand.

Runs under a Python that has torch 2, and imports nothing else. As contender.py it reads numbers of steps, one a line,
and answers each with the seconds they took. Pictures are channels last; `compile` and `precision` are torch's own.
"""

import json
import sys
import time
from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional as F

POOL = 8


class Block(nn.Module):
    """Two convolutions and a shortcut; where the picture halves, it skips pixels and pads channels (option A)."""

    def __init__(self, inputs: int, filters: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, filters, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(filters)
        self.conv2 = nn.Conv2d(filters, filters, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(filters)
        self.stride, self.added = stride, filters - inputs

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        main = self.norm2(self.conv2(F.relu(self.norm1(self.conv1(x)), inplace=True)))
        if self.stride > 1:
            x = F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.added))
        return F.relu(main + x, inplace=True)


def network() -> nn.Module:
    blocks: list[nn.Module] = []
    inputs = 16
    for filters in (16, 32, 64):
        for number in range(3):
            blocks.append(Block(inputs, filters, 2 if filters > 16 and number == 0 else 1))
            inputs = filters
    start = (nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU(inplace=True))
    return nn.Sequential(*start, *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def batches(batch: int) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Pictures, normalised and with their channels last, and labels, all in memory beforehand."""
    generator = torch.Generator().manual_seed(0)
    pictures = torch.randn(POOL, batch, 3, 32, 32, generator=generator)
    labels = torch.randint(0, 10, (POOL, batch), generator=generator)
    return [(x.contiguous(memory_format=torch.channels_last), y) for x, y in zip(pictures, labels, strict=True)]


def trainer(batch: int, precision: str, compiled: bool) -> Callable[[int], object]:
    """Steps of stochastic gradient descent with Nesterov's momentum and weight decay; loss and accuracy are summed."""
    torch.manual_seed(0)
    model = network().to(memory_format=torch.channels_last).train()
    optimizer = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9, nesterov=True, weight_decay=5e-3, foreach=True)
    forward = torch.compile(model) if compiled else model
    pool = batches(batch)

    def run(steps: int) -> float:
        total, right = torch.zeros(()), torch.zeros((), dtype=torch.long)
        for number in range(steps):
            pictures, labels = pool[number % POOL]
            optimizer.zero_grad(set_to_none=True)
            with torch.autocast("cpu", torch.bfloat16, enabled=precision == "mixed_bfloat16"):
                outputs = forward(pictures)
            loss = F.cross_entropy(outputs.float(), labels)
            loss.backward()
            optimizer.step()
            total += loss.detach()
            right += (outputs.argmax(1) == labels).sum()
        return float(total) + float(right)

    return run


def answer(asked: dict[str, object]) -> None:
    """Be asked until there is nobody any more."""
    run = trainer(int(str(asked["batch"])), str(asked["precision"]), asked["who"] == "torch compiled")
    run(3)
    print(json.dumps({"ready": asked["who"]}), flush=True)
    for line in sys.stdin:
        steps = int(line)
        wall, processor = time.perf_counter(), time.process_time()
        run(steps)
        seconds = {"wall": time.perf_counter() - wall, "processor": time.process_time() - processor}
        print(json.dumps(seconds), flush=True)


if __name__ == "__main__":
    answer(json.loads(sys.argv[1]))
