"""LSTMs over skeletons in PyTorch: joint-frames or frames per second.

`agc_lstm`: three AGC-LSTM layers (Si et al., CVPR 2019) of 64 units over 8 clips of 20 frames of 25
joints, pooled by 2 between layers; `agc_lstm_wide` the same at the paper's 512. `part_aware_lstm`:
one part-aware LSTM layer (Shahroudy et al., CVPR 2016) of five parts of 100 units over 32 clips of
20 frames of 75 coordinates. The same work as benchmarks/layers/agc_lstm_bench.cpp and
part_aware_lstm_bench.cpp; a training step is states, their sum, backward.

Candidates, of which the fastest is reported; what inputs give to gates is one product for all
frames:
- AGC-LSTM, `gather, multiply`: neighbours' states side by side, then one product with the weights of
  all groups; `multiply, gather`: the other way round;
- part-aware LSTM, `products`: of each part's inputs with its weights; `one matrix`: of all inputs
  with a matrix that is 0 outside the parts.

Before anything is timed, each one's states and gradients must be Espalier's from the same weights.
"""

import pathlib
import subprocess
import tempfile

import numpy
import torch
from safetensors.numpy import load_file

import measure

JOINTS, GROUPS, FRAMES = 25, 3, 20
PROGRAM = "espalier-peer-skeleton-reference"


class Model:
    """Weights of its own; `forward` gives states, [clips * frames, columns]."""

    def __init__(self, content, name, prefix):
        self.content, self.prefix = content, prefix
        own = {k.removeprefix(prefix): v for k, v in content.items() if k.startswith(prefix)}
        skipped = ("x", "h")
        self.p = {
            k: torch.tensor(v, requires_grad=True)
            for k, v in own.items()
            if k not in skipped and not k.endswith(".gradient")
        }
        self.x = torch.tensor(own["x"], requires_grad=True)

    def train(self):
        for v in (self.x, *self.p.values()):
            v.grad = None
        h = self.forward()
        h.sum().backward()
        return h

    @torch.no_grad()
    def infer(self):
        return self.forward()

    def check(self, who):
        h = self.train()
        pairs = [("h", h.detach()), ("x.gradient", self.x.grad)]
        pairs += [(f"{k}.gradient", v.grad) for k, v in self.p.items()]
        for name, actual in pairs:
            expected = self.content[self.prefix + name]
            error = numpy.abs(actual.numpy().reshape(expected.shape) - expected).max()
            allowed = 1e-4 * numpy.abs(expected).max()
            if not error <= allowed:
                raise SystemExit(f"{who}: {name} is off by {error}, allowed {allowed}")


class AGC(Model):
    def __init__(self, content, name, gathers_first):
        super().__init__(content, name, f"{name}.")
        self.groups = torch.tensor(content["groups"])  # [groups * joints, joints]
        self.gathers_first = gathers_first

    def convolve(self, x, weight):
        """x [n, joints, width]; weight [4 hidden, groups * width], or what is made of it."""
        n, _, width = x.shape
        if self.gathers_first:
            gathered = torch.matmul(self.groups, x).view(n, GROUPS, JOINTS, width)
            return torch.matmul(gathered.transpose(1, 2).reshape(n * JOINTS, -1), weight)
        of_groups = torch.matmul(x.reshape(n * JOINTS, width), weight)  # [.., groups * 4 hidden]
        of_groups = of_groups.view(n, JOINTS, GROUPS, -1).transpose(1, 2)
        of_groups = of_groups.reshape(n, GROUPS * JOINTS, -1)
        return torch.matmul(self.joined, of_groups).view(n * JOINTS, -1)

    def arranged(self, weight, width):
        """[groups * width, 4 hidden] to gather first, else [width, groups * 4 hidden]."""
        if self.gathers_first:
            return weight.t()
        return weight.view(-1, GROUPS, width).permute(2, 1, 0).reshape(width, -1)

    def layer(self, x, p):
        """x [frames, clips, joints, width]."""
        frames, clips, _, width = x.shape
        hidden = p["weight_hh"].shape[0] // 4
        w = self.arranged(p["weight_ih"], width)
        u = self.arranged(p["weight_hh"], hidden)
        terms = self.convolve(x.reshape(-1, JOINTS, width), w) + p["bias"]
        h = c = None
        states = []
        for gates in terms.view(frames, clips * JOINTS, 4 * hidden).unbind(0):
            if h is not None:
                gates = gates + self.convolve(h, u)
            i, f, g, o = gates.chunk(4, 1)
            update = torch.sigmoid(i) * torch.tanh(g)
            c = update if c is None else torch.addcmul(update, torch.sigmoid(f), c)
            h_hat = torch.sigmoid(o) * torch.tanh(c)
            by_frame = h_hat.view(clips, JOINTS, hidden)
            q = torch.relu(by_frame.sum(1) @ p["attention.query"].t())
            of_query = torch.addmm(p["attention.bias"], q, p["attention.from_query"].t())
            units = torch.tanh(
                (h_hat @ p["attention.states"].t()).view(clips, JOINTS, -1) + of_query[:, None]
            )
            alpha = torch.sigmoid(units @ p["attention.score"] + p["attention.score_bias"])
            h = by_frame * (1 + alpha[..., None])
            states.append(h)
        return torch.stack(states)

    def forward(self):
        self.joined = self.groups.view(GROUPS, JOINTS, JOINTS).transpose(0, 1).reshape(JOINTS, -1)
        x = self.x.view(-1, FRAMES, JOINTS, self.x.shape[1] // JOINTS).transpose(0, 1)
        for k in range(3):
            if k > 0:
                x = x.view(x.shape[0] // 2, 2, *x.shape[1:]).mean(1)
            of_layer = {n[2:]: v for n, v in self.p.items() if n.startswith(f"{k}.")}
            x = self.layer(x, of_layer)
        return x.transpose(0, 1).reshape(x.shape[0] * x.shape[1], -1)


class PartAware(Model):
    def __init__(self, content, name, one_matrix):
        super().__init__(content, name, "parts.")
        self.columns = [torch.tensor(content[f"columns.{k}"].astype(int)) for k in range(5)]
        self.one_matrix = one_matrix

    def terms(self, x):
        units = [self.p[f"parts.{k}.weight_ih"].shape[0] // 3 for k in range(5)]
        weights = [self.p[f"parts.{k}.weight_ih"] for k in range(5)]
        output = self.p["output.weight_ih"]
        if self.one_matrix:
            rows = []
            for gate in range(3):
                for k, weight in enumerate(weights):
                    row = weight.new_zeros(units[k], self.x.shape[1])
                    own = weight[gate * units[k] : (gate + 1) * units[k]]
                    rows.append(row.index_copy(1, self.columns[k], own))
            return torch.addmm(self.p["bias_ih"], x, torch.cat([*rows, output]).t())
        products = [x[:, c] @ w.t() for c, w in zip(self.columns, weights)]
        gates = [p.view(-1, 3, u) for p, u in zip(products, units)]
        inner = torch.cat(gates, 2).flatten(1)
        return torch.cat([inner, x @ output.t()], 1) + self.p["bias_ih"]

    def forward(self):
        clips = self.x.shape[0] // FRAMES
        u = self.p["recurrent.weight_hh"].t()
        h = c = None
        states = []
        x = self.x.view(clips, FRAMES, -1).transpose(0, 1).reshape(FRAMES * clips, -1)
        for term in self.terms(x).view(FRAMES, clips, -1).unbind(0):
            gates = term if h is None else torch.addmm(term, h, u)
            i, f, g, o = gates.chunk(4, 1)
            update = torch.sigmoid(i) * torch.tanh(g)
            c = update if c is None else torch.addcmul(update, torch.sigmoid(f), c)
            h = torch.sigmoid(o) * torch.tanh(c)
            states.append(h)
        return torch.stack(states, 1).flatten(0, 1)


def load(build):
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "reference.safetensors"
        subprocess.run([build / PROGRAM, file], check=True)
        return load_file(file)


def main():
    parser = measure.arguments(__doc__.splitlines()[0])
    here = pathlib.Path(__file__).parent
    parser.add_argument("--build", type=pathlib.Path, default=here.parents[1] / "build/release")
    options = parser.parse_args()
    content = load(options.build)
    works = {
        "agc_lstm": (AGC, {"gather, multiply": True, "multiply, gather": False}, 8 * JOINTS),
        "agc_lstm_wide": (AGC, {"gather, multiply": True, "multiply, gather": False}, 8 * JOINTS),
        "part_aware_lstm": (PartAware, {"products": False, "one matrix": True}, 32),
    }
    for threads in options.threads:
        torch.set_num_threads(threads)
        for name, (kind, ways, units) in works.items():
            models = {way: kind(content, name, choice) for way, choice in ways.items()}
            for way, model in models.items():
                model.check(f"{name}, {way}")
            steps = {way: model.train for way, model in models.items()}
            measure.report(
                steps, options, "frames", units * FRAMES, model=name, mode="train"
            )


if __name__ == "__main__":
    main()
