"""The Tree-LSTMs of torch_tree_lstm.py in DyNet, with its automatic batching: nodes per second.

Neubig et al., "On-the-fly Operation Batching in Dynamic Computation Graphs", NeurIPS 2017. The
model is written node by node, one expression after the other, and DyNet finds what can be computed
at once. Adagrad goes without L2 here, which DyNet only has in another form; that is less work. Its
CPU version runs on one thread, whatever --threads says.

Before anything is timed, states, loss and gradients must be Espalier's from the same weights
(tree_batch.py).
"""

import sys

import measure
import tree_batch
from tree_batch import HIDDEN

try:
    import dynet_config

    dynet_config.set(mem=2048, autobatch=1, random_seed=1)
    import dynet
except ImportError:
    dynet = None


class ChildSum:
    """Rows of the weights: i, f, u, o."""

    def __init__(self, p):
        self.p = p
        self.bias = p["bias_ih"] + p["bias_hh"]
        rows = lambda e, g: dynet.pick_range(e, g * HIDDEN, (g + 1) * HIDDEN)
        without_f = lambda e: dynet.concatenate([rows(e, 0), rows(e, 2), rows(e, 3)])
        self.w, self.u = without_f(p["weight_ih"]), without_f(p["weight_hh"])
        self.bias_iuo, self.bias_f = without_f(self.bias), rows(self.bias, 1)
        self.u_f = rows(p["weight_hh"], 1)
        self.rows = rows

    def states(self, iuo, kept):
        i, u, o = (self.rows(iuo, g) for g in range(3))
        c = dynet.cmult(dynet.logistic(i), dynet.tanh(u))
        if kept is not None:
            c = c + kept
        return dynet.cmult(dynet.logistic(o), dynet.tanh(c)), c

    def leaf(self, x):
        return self.states(dynet.affine_transform([self.bias_iuo, self.w, x]), None)

    def inner(self, left, right):
        kept = []
        for h, c in (left, right):
            f = dynet.logistic(dynet.affine_transform([self.bias_f, self.u_f, h]))
            kept.append(dynet.cmult(f, c))
        iuo = dynet.affine_transform([self.bias_iuo, self.u, left[0] + right[0]])
        return self.states(iuo, kept[0] + kept[1])


class Nary:
    """Leaves: c, o. Inner nodes: i, u, o, f of the left child, f of the right one."""

    def __init__(self, p):
        self.p = p
        self.u = dynet.concatenate([p["weight_hh"], p["forget_hh"]])
        self.bias = dynet.sum_dim(p["bias_hh"], [0])

    @staticmethod
    def rows(e, g):
        return dynet.pick_range(e, g * HIDDEN, (g + 1) * HIDDEN)

    def leaf(self, x):
        gates = dynet.affine_transform([self.p["leaf_bias"], self.p["leaf_weight"], x])
        c = self.rows(gates, 0)
        return dynet.cmult(dynet.logistic(self.rows(gates, 1)), dynet.tanh(c)), c

    def inner(self, left, right):
        h = dynet.concatenate([left[0], right[0]])
        gates = dynet.affine_transform([self.bias, self.u, h])
        i, u, o, f_left, f_right = (self.rows(gates, g) for g in range(5))
        c = (
            dynet.cmult(dynet.logistic(i), dynet.tanh(u))
            + dynet.cmult(dynet.logistic(f_left), left[1])
            + dynet.cmult(dynet.logistic(f_right), right[1])
        )
        return dynet.cmult(dynet.logistic(o), dynet.tanh(c)), c


CELLS = {"child_sum": ChildSum, "nary": Nary}


class Model:
    def __init__(self, kind, batch):
        self.kind, self.batch = kind, batch
        self.network, self.words = dynet.ParameterCollection(), dynet.ParameterCollection()
        self.p = {
            k: self.network.parameters_from_numpy(v) for k, v in batch.weights(kind).items()
        }
        self.table = self.words.lookup_parameters_from_numpy(batch.table())
        self.adagrad = dynet.AdagradTrainer(self.network, 0.05)
        self.sgd = dynet.SimpleSGDTrainer(self.words, 0.1)

    def forward(self):
        """States and scores of every node, as expressions."""
        dynet.renew_cg()
        batch = self.batch
        cell = CELLS[self.kind](self.p)
        states = [None] * batch.num_nodes
        for level in batch.levels:
            for v in level:
                if batch.children[v]:
                    states[v] = cell.inner(*(states[c] for c in batch.children[v]))
                else:
                    word = batch.words[batch.leaf_row[v]]
                    states[v] = cell.leaf(self.table[int(word)])
        w, b = self.p["classifier.weight"], self.p["classifier.bias"]
        h = [state[0] for state in states]
        return h, [dynet.affine_transform([b, w, h_v]) for h_v in h]

    def backward(self):
        h, scores = self.forward()
        labels = self.batch.labels.tolist()
        losses = [dynet.pickneglogsoftmax(s, label) for s, label in zip(scores, labels)]
        loss = dynet.esum(losses) * (1 / (len(labels) * tree_batch.TREES))
        value = loss.value()
        loss.backward()
        return h, value

    def train(self):
        self.backward()
        self.adagrad.update()
        self.sgd.update()

    def infer(self):
        _, scores = self.forward()
        return dynet.concatenate_cols(scores).npvalue()

    def check(self):
        h, loss = self.backward()
        gradients = {k: p.grad_as_array() for k, p in self.p.items()}
        states = [h_v.npvalue() for h_v in h]
        self.batch.check(self.kind, "dynet", states, loss, gradients)
        for trainer in (self.adagrad, self.sgd):
            trainer.learning_rate, rate = 0.0, trainer.learning_rate
            trainer.update()  # Clears the gradients.
            trainer.learning_rate = rate


def main():
    parser = measure.arguments(__doc__.splitlines()[0])
    tree_batch.arguments(parser)
    options = parser.parse_args()
    if dynet is None:
        print("dynet_tree_lstm.py: no DyNet (pip install dynet38): left out", file=sys.stderr)
        return
    batch = tree_batch.load(options)
    for kind in tree_batch.KINDS:
        model = Model(kind, batch)
        model.check()
        for mode in ("train", "infer"):
            for threads in options.threads:
                measure.report(
                    {"autobatch": getattr(model, mode)},
                    options,
                    "nodes",
                    batch.num_nodes,
                    peer="dynet",
                    model=f"{kind}_tree_lstm",
                    mode=mode,
                    threads=threads,
                )


if __name__ == "__main__":
    main()
