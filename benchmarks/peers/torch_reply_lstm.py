"""A Graph-Structured LSTM over threads of replies in PyTorch: comments per second.

Zayats and Ostendorf, "Conversation Modeling on Reddit Using a Graph-Structured LSTM", TACL 2018, in
both directions at 300 -> 128. With h', c' of the previous (backward: next) sibling and h", c" of
the parent (backward: first child), zeros where there is none:

    i, f, g, o = sigmoid(W x + U h' + V h" + b), a block of rows each; u the same without sigmoid
    c = f * c' + g * c" + i * u
    h = o * tanh(c)

A batch is 64 threads of 50 to 70 comments, each a reply to the post with probability 0.3 or else to
any comment before, the post included; the posts are nodes too and count as comments. A training
step clears the gradients, runs forward, takes sum(states * fixed factors) and runs backward to the
inputs and all weights.

Candidates, of which the fastest is reported; whom each node reads, and the levels of nodes that can
run together, are laid out before the clock starts, and before the first level the inputs of all
nodes are multiplied with W at once:
- `levels, all states`: at each level the states so far, concatenated, from which predecessors are
  gathered by index;
- `levels, live states`: the same, but only of the states that a later level still reads;
- `levels, own backward`: an autograd.Function that writes each level in place into the states of
  all nodes, and whose backward sums the gradients of U and V over all nodes in one product;
- `sequential`, with --sequential, on a line of its own: node by node, as most published code does.

All multiply [U, V] with [h', h"] at once; one after the other was tried and is faster for none. So
was torch.compile with `live states`: of the cell, it takes half a minute and gains nothing; of the
whole pass, unrolled over 33 levels, it had not ended after five minutes on shared cores.

Before anything is timed, each candidate's states and gradients must be those of `sequential`.
"""

import argparse
import random

import torch
from torch import nn
from torch.nn import functional

import measure

INPUT, HIDDEN = 300, 128
THREADS = 64


def random_thread(draws):
    """For each node the one that it replies to; node 0 is the post, and replies to none."""
    parents = [None]
    for i in range(draws.randint(50, 70)):
        parents.append(0 if draws.random() < 0.3 else draws.randrange(i + 1))
    return parents


def predecessors(threads):
    """For each direction and node the temporal and the hierarchical predecessor; None for none."""
    forward, backward = [], []
    for parents in threads:
        first = len(forward)
        forward += [[None, None] for _ in parents]
        backward += [[None, None] for _ in parents]
        last_child = {}
        for v, parent in enumerate(parents):
            if parent is None:
                continue
            forward[first + v][1] = first + parent
            if parent in last_child:
                forward[first + v][0] = first + last_child[parent]
                backward[first + last_child[parent]][0] = first + v
            else:
                backward[first + parent][1] = first + v
            last_child[parent] = v
    return forward, backward


class Layout:
    """One direction's nodes as rows sorted by level, and whom they read.

    `order[row]` is a node and `row[node]` its row; level k is rows bounds[k] .. bounds[k + 1] - 1.
    `read`, [rows, 2], has the rows of the temporal and the hierarchical predecessor, or the number
    of rows for none, where candidates keep a row of zeros.
    """

    def __init__(self, predecessors):
        self.predecessors = predecessors
        self.levels = levels = [None] * len(predecessors)
        for start in range(len(levels)):
            waiting = [start]
            while waiting:
                read = [p for p in predecessors[waiting[-1]] if p is not None]
                missing = [p for p in read if levels[p] is None]
                if not missing:
                    levels[waiting.pop()] = 1 + max((levels[p] for p in read), default=-1)
                waiting += missing
        order = sorted(range(len(levels)), key=lambda v: levels[v])
        row = {v: r for r, v in enumerate(order)} | {None: len(order)}
        self.order = torch.tensor(order)
        self.row = torch.tensor([row[v] for v in range(len(order))])
        self.read = torch.tensor([[row[p] for p in predecessors[v]] for v in order])
        sizes = torch.bincount(torch.tensor(levels))
        self.sizes = sizes.tolist()
        self.bounds = [0, *sizes.cumsum(0).tolist()]
        self.live = self.live_states()

    def ranges(self):
        return list(zip(self.bounds, self.bounds[1:]))

    def live_states(self):
        """For each level but the first, two lists of positions: of predecessors, flat, among the
        states that are live before it, and of those that stay live, followed by the level's own.
        Position 0 is the row of zeros."""
        n = len(self.order)
        last_reader = [0] * n
        for reader, read in enumerate(self.read.tolist()):
            for p in read:
                if p < n:
                    last_reader[p] = max(last_reader[p], reader)
        result, live = [], [n, *range(self.bounds[1])]
        for begin, end in self.ranges()[1:]:
            position = {r: i for i, r in enumerate(live)}
            gather = [position[p] for p in self.read[begin:end].flatten().tolist()]
            keep = [i for i, r in enumerate(live) if r == n or last_reader[r] >= end]
            live = [live[i] for i in keep] + list(range(begin, end))
            result.append((torch.tensor(gather), torch.tensor(keep)))
        return result


class Direction(nn.Module):
    """Gates in the order i, f, g, o, u: [5 hidden, ...]. `uv` is [U, V]."""

    def __init__(self):
        super().__init__()
        bound = HIDDEN**-0.5
        self.w = nn.Parameter(torch.empty(5 * HIDDEN, INPUT).uniform_(-bound, bound))
        self.uv = nn.Parameter(torch.empty(5 * HIDDEN, 2 * HIDDEN).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(5 * HIDDEN).uniform_(-bound, bound))


def cell(xw, uv, h, c):
    """h and c, from W x + b and the predecessors' h and c, [rows, 2 hidden]."""
    gates = torch.addmm(xw, h, uv.t())
    s = torch.sigmoid(gates[:, : 4 * HIDDEN])
    i, f, g, o = s.split(HIDDEN, 1)
    c = torch.addcmul(f * c[:, :HIDDEN], g, c[:, HIDDEN:]).addcmul(i, gates[:, 4 * HIDDEN :])
    return o * torch.tanh(c), c


def first_cell(gates):
    """The same without predecessors."""
    i, _, _, o = torch.sigmoid(gates[:, : 4 * HIDDEN]).split(HIDDEN, 1)
    c = i * gates[:, 4 * HIDDEN :]
    return o * torch.tanh(c), c


def sequential(xw, uv, layout):
    """States in the order of rows; so for all below."""
    n = len(layout.order)
    states = {n: (xw.new_zeros(1, HIDDEN),) * 2}
    for row, read in enumerate(layout.read.tolist()):
        h, c = (torch.cat([states[p][part] for p in read], 1) for part in (0, 1))
        states[row] = cell(xw[row : row + 1], uv, h, c)
    return torch.cat([states[row][0] for row in range(n)])


def all_states(xw, uv, layout):
    """h and c side by side in one table, so that both are gathered at once."""
    levels = xw.split(layout.sizes)
    h, c = first_cell(levels[0])
    table = [xw.new_zeros(1, 2 * HIDDEN), torch.cat([h, c], 1)]
    zeros = len(layout.order)
    for gates, (begin, end) in zip(levels[1:], layout.ranges()[1:]):
        read = layout.read[begin:end].flatten()
        read = torch.where(read == zeros, 0, read + 1)
        states = torch.cat(table).index_select(0, read).view(-1, 2, 2, HIDDEN)
        h, c = (states[:, :, part].reshape(-1, 2 * HIDDEN) for part in (0, 1))
        h, c = cell(gates, uv, h, c)
        table.append(torch.cat([h, c], 1))
    return torch.cat(table[1:])[:, :HIDDEN]


def live_states(xw, uv, layout):
    levels = xw.split(layout.sizes)
    states = first_cell(levels[0])
    outputs = [states[0]]
    live = [functional.pad(s, (0, 0, 1, 0)) for s in states]
    for gates, (gather, keep) in zip(levels[1:], layout.live):
        h, c = (s.index_select(0, gather).view(-1, 2 * HIDDEN) for s in live)
        states = cell(gates, uv, h, c)
        outputs.append(states[0])
        live = [torch.cat([s.index_select(0, keep), new]) for s, new in zip(live, states)]
    return torch.cat(outputs)


class OwnBackward(torch.autograd.Function):
    @staticmethod
    def forward(ctx, xw, uv, layout):
        n = len(xw)
        h, c, tanh_c = (xw.new_zeros(n + 1, HIDDEN) for _ in range(3))
        read_h, read_c = (xw.new_zeros(n, 2 * HIDDEN) for _ in range(2))
        gates = torch.empty_like(xw)
        for begin, end in layout.ranges():
            own, cs, c_own = gates[begin:end], read_c[begin:end], c[begin:end]
            if begin == 0:
                own.copy_(xw[begin:end])
            else:
                read = layout.read[begin:end].flatten()
                torch.index_select(h, 0, read, out=read_h[begin:end].view(-1, HIDDEN))
                torch.index_select(c, 0, read, out=cs.view(-1, HIDDEN))
                torch.addmm(xw[begin:end], read_h[begin:end], uv.t(), out=own)
            own[:, : 4 * HIDDEN].sigmoid_()
            i, f, g, o, u = own.split(HIDDEN, 1)
            torch.mul(i, u, out=c_own)
            if begin > 0:
                c_own.addcmul_(f, cs[:, :HIDDEN]).addcmul_(g, cs[:, HIDDEN:])
            torch.tanh(c_own, out=tanh_c[begin:end])
            torch.mul(o, tanh_c[begin:end], out=h[begin:end])
        ctx.save_for_backward(uv, gates, tanh_c, read_h, read_c)
        ctx.layout = layout
        return h[:n]

    @staticmethod
    def backward(ctx, dh):
        uv, gates, tanh_c, read_h, read_c = ctx.saved_tensors
        dh = functional.pad(dh, (0, 0, 0, 1))
        dc = torch.zeros_like(dh)
        d_gates = torch.empty_like(gates)
        for begin, end in reversed(ctx.layout.ranges()):
            i, f, g, o, u = gates[begin:end].split(HIDDEN, 1)
            own, t, cs = d_gates[begin:end], tanh_c[begin:end], read_c[begin:end]
            dh_own, dc_own = dh[begin:end], dc[begin:end]
            dc_own += torch.ops.aten.tanh_backward(dh_own * o, t)
            di, df, dg, do, du = own.split(HIDDEN, 1)
            torch.mul(dc_own, u, out=di)
            torch.mul(dc_own, cs[:, :HIDDEN], out=df)
            torch.mul(dc_own, cs[:, HIDDEN:], out=dg)
            torch.mul(dh_own, t, out=do)
            torch.mul(dc_own, i, out=du)
            s = gates[begin:end, : 4 * HIDDEN]
            own[:, : 4 * HIDDEN] = torch.ops.aten.sigmoid_backward(own[:, : 4 * HIDDEN], s)
            if begin == 0:
                break
            read = ctx.layout.read[begin:end]
            dh.index_add_(0, read.flatten(), (own @ uv).view(-1, HIDDEN))
            dc.index_add_(0, read[:, 0], dc_own * f)
            dc.index_add_(0, read[:, 1], dc_own * g)
        return d_gates, d_gates.t() @ read_h, None


FORWARDS = {
    "sequential": sequential,
    "levels, all states": all_states,
    "levels, live states": live_states,
    "levels, own backward": OwnBackward.apply,
}


class Candidate:
    """A way to run both directions, with the batch and weights that all candidates share."""

    def __init__(self, forward, directions, layouts, x, factors):
        self.forward_rows, self.directions, self.layouts = forward, directions, layouts
        self.x, self.factors = x, factors
        self.parameters = [p for d in directions for p in d.parameters()]

    def forward(self):
        """h of both directions, [nodes, 2 hidden]."""
        states = []
        for direction, layout in zip(self.directions, self.layouts):
            xw = functional.linear(
                self.x.index_select(0, layout.order), direction.w, direction.bias
            )
            h = self.forward_rows(xw, direction.uv, layout)
            states.append(h.index_select(0, layout.row))
        return torch.cat(states, 1)

    def train(self):
        self.x.grad = None
        for parameter in self.parameters:
            parameter.grad = None
        (self.forward() * self.factors).sum().backward()

    @torch.no_grad()
    def infer(self):
        return self.forward()

    def results(self):
        """States, and gradients of the inputs and of all weights."""
        self.train()
        return [self.infer(), self.x.grad, *(p.grad for p in self.parameters)]


def candidates():
    """Every way to run the layer over the batch, each with the right answer."""
    torch.manual_seed(1)
    draws = random.Random(1)
    layouts = [Layout(p) for p in predecessors([random_thread(draws) for _ in range(THREADS)])]
    num_nodes = len(layouts[0].order)
    x = torch.randn(num_nodes, INPUT, requires_grad=True)
    factors = torch.randn(num_nodes, 2 * HIDDEN)
    directions = [Direction(), Direction()]
    result = {
        name: Candidate(forward, directions, layouts, x, factors)
        for name, forward in FORWARDS.items()
    }
    expected = result["sequential"].results()
    for candidate in result.values():
        for i, (a, e) in enumerate(zip(candidate.results(), expected, strict=True)):
            # Gradients are sums over up to thousands of nodes.
            scale = float(e.abs().max()) if i else 1.0
            torch.testing.assert_close(a, e, rtol=1e-4, atol=1e-5 * scale)
    return num_nodes, result


def main():
    parser = measure.arguments(__doc__.splitlines()[0])
    parser.add_argument("--sequential", action="store_true", help="time node by node too")
    options = parser.parse_args()
    once = argparse.Namespace(rounds=1, seconds=0.0, all=False)  # Its steps take seconds.
    for threads in options.threads:
        torch.set_num_threads(threads)
        num_nodes, ways = candidates()
        for mode in ("train", "infer"):
            steps = {name: getattr(way, mode) for name, way in ways.items()}
            slow = {"sequential": steps.pop("sequential")}
            measure.report(steps, options, "comments", num_nodes, model="reply_lstm", mode=mode)
            if options.sequential:
                measure.report(slow, once, "comments", num_nodes, model="reply_lstm", mode=mode)


if __name__ == "__main__":
    main()
