"""The graphs and the weights that all peers for graphs work on, and what must come out.

`espalier-peer-graph-reference TASK FILE` writes them: features, neighbours, labels, weights, and
with these the scores, the loss and the gradients without dropout.
"""

import pathlib
import subprocess
import tempfile

import numpy
import torch
from safetensors.numpy import load_file

PROGRAM = "espalier-peer-graph-reference"


class Rows:
    """A sparse matrix by rows: `rows` and `columns` of its entries, which are sorted by row."""

    def __init__(self, content, name, num_columns=None):
        self.offsets = torch.from_numpy(content[f"{name}.offsets"].astype(numpy.int64))
        self.columns = torch.from_numpy(content[f"{name}.columns"].astype(numpy.int64))
        self.num_rows = len(self.offsets) - 1
        self.num_columns = num_columns or self.num_rows
        self.rows = torch.arange(self.num_rows).repeat_interleave(self.offsets.diff())
        values = content.get(f"{name}.values")
        self.values = torch.ones(len(self.columns)) if values is None else torch.tensor(values)


class Task:
    """`x` is a tensor, or Rows if features are sparse; `ways` are Rows for each kind of neighbour."""

    def __init__(self, name, content):
        self.name = name
        self.content = content
        self.weights = {
            key.removeprefix("weight."): value
            for key, value in content.items()
            if key.startswith("weight.")
        }
        self.labels = torch.from_numpy(content["labels"].astype(numpy.int64))
        num_ways = sum(key.startswith("way.") and key.endswith(".offsets") for key in content)
        self.ways = [Rows(content, f"way.{p}") for p in range(num_ways)]
        if "x" in content:
            self.x = torch.tensor(content["x"])
        else:
            first = next(w for n, w in self.weights.items() if n.endswith("lin.weight"))
            self.x = Rows(content, "x", first.shape[1])

    @property
    def num_nodes(self):
        return len(self.labels)

    def check(self, who, scores, loss, gradients):
        """Raises unless scores, loss and gradients (by name) are the reference's."""
        pairs = [("scores", scores, self.content["scores"]), ("loss", loss, self.content["loss"])]
        for name, gradient in gradients.items():
            pairs.append((f"gradient of {name}", gradient, self.content[f"gradient.{name}"]))
        for name, actual, expected in pairs:
            # Relative to the largest entry: gradients are sums over thousands of nodes.
            error = numpy.abs(numpy.asarray(actual).reshape(expected.shape) - expected).max()
            allowed = 1e-4 * numpy.abs(expected).max() + 1e-8
            if not error <= allowed:
                raise SystemExit(f"{who}, {self.name}: {name} is off by {error}, allowed {allowed}")


def arguments(parser):
    parser.add_argument(
        "--build",
        type=pathlib.Path,
        default=pathlib.Path(__file__).parents[2] / "build/release",
        help=f"where {PROGRAM} is",
    )


def load_content(name, options):
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "reference.safetensors"
        subprocess.run([options.build / PROGRAM, name, file], check=True)
        return load_file(file)


def load(name, options):
    return Task(name, load_content(name, options))
