"""Tree-LSTMs over the trees of the Sentiment Treebank's size in PyTorch: nodes per second.

Tai, Socher and Manning, "Improved Semantic Representations From Tree-Structured Long Short-Term
Memory Networks", ACL 2015: Child-Sum (Eqs. 2-8), and binary with a leaf module (Eqs. 9-14), at
300 -> 150, 25 binary trees of 19 leaves, a class out of five for every node; the same work as
benchmarks/layers/tree_lstm_bench.cpp. A training step is: word vectors, states, scores and loss at
every node, backward, Adagrad with L2 on the network and SGD on the words' vectors (sparse).
Inference is states and scores.

Candidates, of which the fastest is reported; the levels (of equal height, leaves first) and who
reads whom are laid out before the clock starts:
- `levels, all states`: at each level the states so far, concatenated, from which children are
  gathered by index;
- `levels, live states`: the same, but only of the states that a later level still reads.
`node by node`, as most published code does, is reported as a peer of its own.

DGL, whose tutorial has a Tree-LSTM, cannot be imported with this version of PyTorch.

Before anything is timed, each one's states, loss and gradients must be Espalier's from the same
weights (tree_batch.py).
"""

import argparse

import torch
from torch import nn
from torch.nn import functional

import measure
import tree_batch
from tree_batch import HIDDEN


class Layout:
    """Rows are nodes sorted by level, leaves first. `children[k]`, [nodes, 2], are the rows that
    level k + 1 reads; `live[k]` the same and what to keep, as positions among live states."""

    def __init__(self, batch):
        order = [v for level in batch.levels for v in level]
        row = {v: r for r, v in enumerate(order)}
        self.node = [row[v] for v in range(len(order))]
        self.labels = torch.tensor(batch.labels)[order]
        self.words = torch.tensor(batch.words)[[batch.leaf_row[v] for v in batch.levels[0]]]
        read = [[[row[c] for c in batch.children[v]] for v in level] for level in batch.levels[1:]]
        self.children = [torch.tensor(level) for level in read]
        self.read = [pair for level in read for pair in level]

        reader = {c: k for k, level in enumerate(read) for pair in level for c in pair}
        self.live, live, first = [], list(range(len(batch.levels[0]))), len(batch.levels[0])
        for k, level in enumerate(read):
            position = {r: i for i, r in enumerate(live)}
            gather = [position[c] for pair in level for c in pair]
            keep = [i for i, r in enumerate(live) if reader.get(r, -1) > k]
            live = [live[i] for i in keep] + list(range(first, first + len(level)))
            first += len(level)
            self.live.append((torch.tensor(gather), torch.tensor(keep, dtype=torch.long)))


class ChildSum:
    """Rows of the weights: i, f, u, o."""

    def __init__(self, p):
        without_f = [0, 2, 3]
        gates = lambda w: w.unflatten(0, (4, HIDDEN))
        self.w, self.u = (gates(p[n])[without_f].flatten(0, 1) for n in ("weight_ih", "weight_hh"))
        bias = gates(p["bias_ih"] + p["bias_hh"])
        self.bias, self.bias_f = bias[without_f].flatten(), bias[1]
        self.u_f = gates(p["weight_hh"])[1]

    def leaves(self, x):
        i, u, o = torch.addmm(self.bias, x, self.w.t()).chunk(3, 1)
        c = torch.sigmoid(i) * torch.tanh(u)
        return torch.sigmoid(o) * torch.tanh(c), c

    def inner(self, h, c):
        """`h` and `c` of both children, [2 nodes, hidden], those of one node in turn."""
        pairs = h.view(-1, 2, HIDDEN)
        i, u, o = torch.addmm(self.bias, pairs.sum(1), self.u.t()).chunk(3, 1)
        f = torch.sigmoid(torch.addmm(self.bias_f, h, self.u_f.t()))
        c = torch.addcmul((f * c).view(-1, 2, HIDDEN).sum(1), torch.sigmoid(i), torch.tanh(u))
        return torch.sigmoid(o) * torch.tanh(c), c


class Nary:
    """Leaves: c, o. Inner nodes: i, u, o, f of the left child, f of the right one."""

    def __init__(self, p):
        self.leaf_w, self.leaf_bias = p["leaf_weight"], p["leaf_bias"]
        self.u = torch.cat([p["weight_hh"], p["forget_hh"]])
        self.bias = p["bias_hh"].sum(0)

    def leaves(self, x):
        c, o = torch.addmm(self.leaf_bias, x, self.leaf_w.t()).chunk(2, 1)
        return torch.sigmoid(o) * torch.tanh(c), c

    def inner(self, h, c):
        gates = torch.addmm(self.bias, h.view(-1, 2 * HIDDEN), self.u.t())
        i, u, o, f_left, f_right = gates.chunk(5, 1)
        pairs = c.view(-1, 2, HIDDEN)
        c = torch.addcmul(torch.sigmoid(f_left) * pairs[:, 0], torch.sigmoid(i), torch.tanh(u))
        c = torch.addcmul(c, torch.sigmoid(f_right), pairs[:, 1])
        return torch.sigmoid(o) * torch.tanh(c), c


CELLS = {"child_sum": ChildSum, "nary": Nary}


def all_states(cell, x, layout):
    """States h in the order of rows; so for all below."""
    states = [[s] for s in cell.leaves(x)]
    for children in layout.children:
        read = children.flatten()
        for so_far, new in zip(states, cell.inner(*(torch.cat(s)[read] for s in states))):
            so_far.append(new)
    return torch.cat(states[0])


def live_states(cell, x, layout):
    live = cell.leaves(x)
    outputs = [live[0]]
    for gather, keep in layout.live:
        new = cell.inner(*(s.index_select(0, gather) for s in live))
        outputs.append(new[0])
        live = [torch.cat([s.index_select(0, keep), n]) for s, n in zip(live, new)]
    return torch.cat(outputs)


def node_by_node(cell, x, layout):
    states = [cell.leaves(row) for row in x.split(1)]
    for read in layout.read:
        states.append(cell.inner(*(torch.cat(pair) for pair in zip(*(states[r] for r in read)))))
    return torch.cat([h for h, _ in states])


FORWARDS = {
    "levels, all states": all_states,
    "levels, live states": live_states,
    "node by node": node_by_node,
}


class Candidate:
    """A way to run the model, with weights of its own."""

    def __init__(self, forward, kind, batch, layout):
        self.forward_rows, self.kind, self.batch, self.layout = forward, kind, batch, layout
        self.p = {k: nn.Parameter(torch.tensor(v)) for k, v in batch.weights(kind).items()}
        self.table = nn.Parameter(torch.tensor(batch.table()))
        self.adagrad = torch.optim.Adagrad(self.p.values(), lr=0.05, weight_decay=1e-4)
        self.sgd = torch.optim.SGD([self.table], lr=0.1)

    def forward(self):
        """States and scores."""
        x = functional.embedding(self.layout.words, self.table, sparse=True)
        h = self.forward_rows(CELLS[self.kind](self.p), x, self.layout)
        return h, functional.linear(h, self.p["classifier.weight"], self.p["classifier.bias"])

    def backward(self):
        self.adagrad.zero_grad()
        self.sgd.zero_grad()
        h, scores = self.forward()
        loss = functional.cross_entropy(scores, self.layout.labels) / tree_batch.TREES
        loss.backward()
        return h, loss

    def train(self):
        self.backward()
        self.adagrad.step()
        self.sgd.step()

    @torch.no_grad()
    def infer(self):
        return self.forward()

    def check(self, name):
        h, loss = self.backward()
        gradients = {k: p.grad.numpy() for k, p in self.p.items()}
        states = h.detach()[self.layout.node].numpy()
        self.batch.check(self.kind, name, states, loss.item(), gradients)


def main():
    parser = measure.arguments(__doc__.splitlines()[0])
    tree_batch.arguments(parser)
    options = parser.parse_args()
    once = argparse.Namespace(rounds=1, seconds=options.seconds, all=False)
    batch = tree_batch.load(options)
    layout = Layout(batch)
    for threads in options.threads:
        torch.set_num_threads(threads)
        for kind in tree_batch.KINDS:
            ways = {name: Candidate(f, kind, batch, layout) for name, f in FORWARDS.items()}
            for name, way in ways.items():
                way.check(name)
            for mode in ("train", "infer"):
                steps = {name: getattr(way, mode) for name, way in ways.items()}
                slow = {"node by node": steps.pop("node by node")}
                fields = {"model": f"{kind}_tree_lstm", "mode": mode}
                measure.report(steps, options, "nodes", batch.num_nodes, **fields)
                fields["peer"] = "torch node by node"
                measure.report(slow, once, "nodes", batch.num_nodes, **fields)


if __name__ == "__main__":
    main()
