"""The batch of trees and the weights that all Tree-LSTM peers work on, and what must come out.

`espalier-peer-tree-lstm-reference FILE` writes them: 25 binary trees of 19 leaves with a word each,
a label for every node, the weights of both Tree-LSTMs and their classifiers, and with these the
states, the loss and the gradients.
"""

import pathlib
import subprocess
import tempfile

import numpy
from safetensors.numpy import load_file

INPUT, HIDDEN, CLASSES, WORDS, TREES = 300, 150, 5, 20_000, 25
KINDS = ("child_sum", "nary")
PROGRAM = "espalier-peer-tree-lstm-reference"


class Batch:
    """Nodes are numbered through all trees; `children[v]` are v's, left to right, and `leaf_row[v]`
    is a leaf's place among the leaves. `levels` are lists of nodes, leaves first, each node in the
    level above its higher child."""

    def __init__(self, content):
        self.content = content
        parents = content["parents"].astype(int)
        self.children = [[] for _ in parents]
        self.roots = []
        for v, parent in enumerate(parents):
            if parent < 0:
                self.roots.append(v)
            else:
                self.children[self.roots[-1] + parent].append(v)
        self.leaves, self.words, self.labels = (
            content[name].astype(int) for name in ("leaves", "words", "labels")
        )
        self.leaf_row = {v: i for i, v in enumerate(self.leaves.tolist())}
        height = [0] * len(parents)
        for v in range(len(parents) - 1, -1, -1):  # Children have greater numbers.
            height[v] = max((height[c] + 1 for c in self.children[v]), default=0)
        self.levels = [[] for _ in range(max(height) + 1)]
        for v, level in enumerate(height):
            self.levels[level].append(v)

    @property
    def num_nodes(self):
        return len(self.children)

    def weights(self, kind):
        """Of the layer and of its classifier, by name."""
        own = {k.removeprefix(f"{kind}."): v for k, v in self.content.items() if k.startswith(kind)}
        return {k: v for k, v in own.items() if k not in ("h", "loss") and "gradient" not in k}

    def table(self):
        """Word vectors; those of the batch are the reference's."""
        table = numpy.random.default_rng(1).uniform(-0.05, 0.05, (WORDS, INPUT))
        table = table.astype(numpy.float32)
        table[self.words] = self.content["x"]
        return table

    def check(self, kind, who, h, loss, gradients):
        """Raises unless states, loss and gradients (by name) are the reference's."""
        pairs = [("h", h, self.content[f"{kind}.h"]), ("loss", loss, self.content[f"{kind}.loss"])]
        for name, gradient in gradients.items():
            pairs.append((name, gradient, self.content[f"{kind}.{name}.gradient"]))
        for name, actual, expected in pairs:
            # Relative to the largest entry: gradients are sums over hundreds of nodes.
            error = numpy.abs(numpy.asarray(actual).reshape(expected.shape) - expected).max()
            allowed = 1e-4 * numpy.abs(expected).max()
            if not error <= allowed:
                raise SystemExit(f"{who}, {kind}: {name} is off by {error}, allowed {allowed}")


def arguments(parser):
    here = pathlib.Path(__file__).parent
    parser.add_argument(
        "--build",
        type=pathlib.Path,
        default=here.parents[1] / "build/release",
        help=f"where {PROGRAM} is",
    )


def load(options):
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "reference.safetensors"
        subprocess.run([options.build / PROGRAM, file], check=True)
        return Batch(load_file(file))
