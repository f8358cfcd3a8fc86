"""Training epochs of HAN and GCN over whole graphs in PyTorch and PyTorch Geometric: nodes per
second.

The work is that of benchmarks/support/graph_tasks.h: one step over all nodes, forward, cross
entropy, backward and Adam (fused, with weight decay). "dropout" 1 is the papers', 0 is none.

- han: Wang et al. 2019 by hand, a projection for each meta-path. Candidates, of which the fastest
  is reported: `scatter` forms the softmax over each row's entries with scatter_reduce and
  index_add, and adds up weighted rows, [entries, 64], by index_add; `scatter, no maximum` leaves
  out the subtraction of the maximum; `padded` gathers [nodes, most neighbours, 64] and needs no
  scattering forwards.
- han_conv: the same as PyTorch Geometric's HANConv is it (one projection, relu, no dropout): itself,
  and by hand as above.
- gcn, gcn_words: Kipf and Welling 2017, over a matrix in CSR or COO, by index_add, or by PyTorch
  Geometric's GCNConv; sparse words as CSR, or made dense.

Before anything is timed, each candidate's scores, loss and gradients must be Espalier's from the
same weights (graph_task.py).
"""

import warnings

import torch
from torch import nn
from torch.nn import functional
from torch_geometric.nn import GCNConv, HANConv

import graph_task
import measure

HEADS, WIDTH = 8, 8
TASKS = {"han": (0, 1), "han_conv": (0,), "gcn": (0, 1), "gcn_words": (0, 1)}


def scatter_sum(way, e, h, dropout, maximum=True):
    """Of every row the sum of h's rows, weighted by the softmax of e over its entries."""
    rows = way.rows[:, None].expand_as(e)
    if maximum:
        most = e.new_full((way.num_rows, e.shape[1]), -torch.inf)
        most = most.scatter_reduce(0, rows, e.detach(), "amax")
        e = e - most[way.rows]
    alpha = torch.exp(e)
    total = alpha.new_zeros(way.num_rows, alpha.shape[1]).index_add(0, way.rows, alpha)
    alpha = functional.dropout(alpha / total[way.rows], dropout)
    weighted = (alpha[:, :, None] * h[way.columns]).flatten(1)
    return weighted.new_zeros(way.num_rows, weighted.shape[1]).index_add(0, way.rows, weighted)


def scatter(way, to, source, h, dropout):
    e = functional.leaky_relu(to[way.rows] + source[way.columns], 0.2)
    return scatter_sum(way, e, h, dropout)


def scatter_without_maximum(way, to, source, h, dropout):
    e = functional.leaky_relu(to[way.rows] + source[way.columns], 0.2)
    return scatter_sum(way, e, h, dropout, maximum=False)


def padded(way, to, source, h, dropout):
    if not hasattr(way, "padded"):
        counts = way.offsets.diff()
        way.mask = torch.arange(int(counts.max())) < counts[:, None]
        way.padded = torch.zeros_like(way.mask, dtype=torch.long)
        way.padded[way.mask] = way.columns
    e = functional.leaky_relu(to[:, None] + source[way.padded], 0.2)
    alpha = torch.softmax(e.masked_fill(~way.mask[:, :, None], -torch.inf), 1)
    alpha = functional.dropout(alpha, dropout)
    return torch.einsum("ndh,ndhw->nhw", alpha, h[way.padded]).flatten(1)


ATTENTIONS = {
    "scatter": scatter,
    "scatter, no maximum": scatter_without_maximum,
    "padded": padded,
}


class Model(nn.Module):
    """Weights under Espalier's names, "." for them being "_"."""

    def __init__(self, task):
        super().__init__()
        self.task = task
        self.p = {n: nn.Parameter(torch.tensor(w)) for n, w in task.weights.items()}
        for name, weight in self.p.items():
            self.register_parameter(name.replace(".", "_"), weight)

    def named(self):
        return self.p

    def join(self, views):
        z = torch.stack(views)
        hidden = torch.tanh(
            functional.linear(
                z, self.p["semantic.projection.weight"], self.p["semantic.projection.bias"]
            )
        )
        beta = torch.softmax((hidden @ self.p["semantic.q"]).mean(1), 0)
        joined = (beta[:, :, None] * z).sum(0)
        return functional.linear(joined, self.p["classifier.weight"], self.p["classifier.bias"])


class HAN(Model):
    def __init__(self, task, attention):
        super().__init__(task)
        self.attention = attention

    def forward(self, dropout):
        views = []
        for p, way in enumerate(self.task.ways):
            x = functional.dropout(self.task.x, dropout)
            h = (x @ self.p[f"paths.{p}.lin.weight"].t()).view(-1, HEADS, WIDTH)
            to = (h * self.p[f"paths.{p}.att_dst"]).sum(-1)
            source = (h * self.p[f"paths.{p}.att_src"]).sum(-1)
            h = functional.dropout(h, dropout)
            z = self.attention(way, to, source, h, dropout)
            views.append(functional.elu(z + self.p[f"paths.{p}.bias"]))
        return self.join(views)


class OneProjection(Model):
    """HANConv by hand."""

    def __init__(self, task, attention):
        super().__init__(task)
        self.attention = attention

    def forward(self, dropout):
        h = functional.linear(self.task.x, self.p["proj.weight"], self.p["proj.bias"])
        h = h.view(-1, HEADS, WIDTH)
        views = []
        for p, way in enumerate(self.task.ways):
            to = (h * self.p[f"lin_dst.{p}"]).sum(-1)
            source = (h * self.p[f"lin_src.{p}"]).sum(-1)
            views.append(functional.relu(self.attention(way, to, source, h, 0.0)))
        return self.join(views)


class Geometric(nn.Module):
    """PyTorch Geometric's HANConv and a linear map."""

    def __init__(self, task):
        super().__init__()
        self.kinds = [("node", str(p), "node") for p in range(len(task.ways))]
        self.conv = HANConv(task.x.shape[1], HEADS * WIDTH, (["node"], self.kinds), heads=HEADS)
        self.classifier = nn.Linear(HEADS * WIDTH, len(task.weights["classifier.bias"]))
        self.x = {"node": task.x}
        self.edges = {
            kind: torch.stack([way.columns, way.rows]) for kind, way in zip(self.kinds, task.ways)
        }
        with torch.no_grad():
            for name, weight in self.named().items():
                weight.copy_(torch.tensor(task.weights[name]).view_as(weight))

    def named(self):
        conv = self.conv
        result = {
            "proj.weight": conv.proj["node"].weight,
            "proj.bias": conv.proj["node"].bias,
            "semantic.projection.weight": conv.k_lin.weight,
            "semantic.projection.bias": conv.k_lin.bias,
            "semantic.q": conv.q,
            "classifier.weight": self.classifier.weight,
            "classifier.bias": self.classifier.bias,
        }
        for p, kind in enumerate(self.kinds):
            result[f"lin_src.{p}"] = conv.lin_src["__".join(kind)]
            result[f"lin_dst.{p}"] = conv.lin_dst["__".join(kind)]
        return result

    def forward(self, dropout):
        return self.classifier(self.conv(self.x, self.edges)["node"])


class Operator:
    """D^-1/2 (A + I) D^-1/2 in one of several forms."""

    def __init__(self, way, form):
        n = way.num_rows
        loops = torch.arange(n)
        order = torch.argsort(torch.cat([way.rows, loops]), stable=True)
        self.rows = torch.cat([way.rows, loops])[order]
        self.columns = torch.cat([way.columns, loops])[order]
        degrees = torch.bincount(self.rows, minlength=n).float()
        self.values = (degrees[self.rows] * degrees[self.columns]).rsqrt()
        self.form = form
        matrix = torch.sparse_coo_tensor(
            torch.stack([self.rows, self.columns]), self.values, (n, n)
        ).coalesce()
        self.matrix = matrix.to_sparse_csr() if form == "csr" else matrix

    def times(self, x):
        if self.form != "index_add":
            return self.matrix @ x
        moved = self.values[:, None] * x[self.columns]
        return torch.zeros_like(x).index_add(0, self.rows, moved)


class GCN(Model):
    def __init__(self, task, form, words="csr"):
        super().__init__(task)
        self.operator = Operator(task.ways[0], form)
        self.x = task.x
        if isinstance(task.x, graph_task.Rows):
            shape = (task.x.num_rows, task.x.num_columns)
            entries = torch.sparse_csr_tensor(
                task.x.offsets, task.x.columns, task.x.values, shape
            )
            self.x = entries.to_dense() if words == "dense" else entries

    def first(self, dropout):
        w = self.p["first.lin.weight"].t()
        if self.x.layout == torch.strided:
            return functional.dropout(self.x, dropout) @ w
        if dropout == 0.0:
            return self.x @ w
        values = functional.dropout(self.x.values(), dropout)
        parts = self.x.crow_indices(), self.x.col_indices(), values
        return torch.sparse_csr_tensor(*parts, self.x.shape) @ w

    def forward(self, dropout):
        hidden = self.operator.times(self.first(dropout)) + self.p["first.bias"]
        hidden = functional.dropout(functional.relu(hidden), dropout)
        moved = self.operator.times(hidden @ self.p["second.lin.weight"].t())
        return moved + self.p["second.bias"]


class GeometricGCN(nn.Module):
    def __init__(self, task):
        super().__init__()
        self.x = task.x
        way = task.ways[0]
        self.edges = torch.stack([way.columns, way.rows])
        sizes = [task.weights[f"{layer}.lin.weight"].shape for layer in ("first", "second")]
        self.layers = nn.ModuleList(GCNConv(s[1], s[0], cached=True) for s in sizes)
        with torch.no_grad():
            for name, weight in self.named().items():
                weight.copy_(torch.tensor(task.weights[name]))

    def named(self):
        return {
            f"{name}.{key}": p
            for name, layer in zip(("first", "second"), self.layers)
            for key, p in layer.named_parameters()
        }

    def forward(self, dropout):
        hidden = self.layers[0](functional.dropout(self.x, dropout), self.edges)
        return self.layers[1](functional.dropout(functional.relu(hidden), dropout), self.edges)


def models(task):
    """Every way to run the task's model, by the name of the candidate."""
    if task.name == "gcn_words":
        ways = {f"{form}, words {w}": GCN(task, form, w) for form in ("csr", "coo") for w in
                ("csr", "dense")}
        return ways | {"index_add, words csr": GCN(task, "index_add")}
    if task.name == "gcn":
        ways = {form: GCN(task, form) for form in ("csr", "coo", "index_add")}
        return ways | {"GCNConv": GeometricGCN(task)}
    by_hand = HAN if task.name == "han" else OneProjection
    ways = {name: by_hand(task, attention) for name, attention in ATTENTIONS.items()}
    return ways | {"HANConv": Geometric(task)} if task.name == "han_conv" else ways


class Candidate:
    def __init__(self, task, model):
        self.task, self.model = task, model
        self.adam = torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=5e-4, fused=True)

    def backward(self, dropout):
        self.adam.zero_grad()
        scores = self.model(dropout)
        loss = functional.cross_entropy(scores, self.task.labels)
        loss.backward()
        return scores, loss

    def check(self, name):
        scores, loss = self.backward(0.0)
        gradients = {n: p.grad.numpy() for n, p in self.model.named().items()}
        self.task.check(name, scores.detach().numpy(), loss.item(), gradients)

    def train(self, dropout):
        self.backward(dropout)
        self.adam.step()


def step_of(candidate, probability):
    return lambda: candidate.train(probability)


def main():
    parser = measure.arguments(__doc__.splitlines()[0])
    graph_task.arguments(parser)
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=list(TASKS))
    parser.add_argument("--only", help="the one candidate to run", metavar="CANDIDATE")
    parser.add_argument("--dropout", type=int, choices=(0, 1), help="with or without alone")
    options = parser.parse_args()
    warnings.filterwarnings("ignore", message="Sparse")  # Tensors in CSR are in beta.
    for name in options.tasks:
        task = graph_task.load(name, options)
        ways = {n: Candidate(task, m) for n, m in models(task).items() if options.only in (None, n)}
        for threads in options.threads:
            torch.set_num_threads(threads)
            for n, candidate in ways.items():
                candidate.check(n)
            for dropout in TASKS[name]:
                if options.dropout not in (None, dropout):
                    continue
                probability = dropout * (0.6 if name.startswith("han") else 0.5)
                steps = {n: step_of(c, probability) for n, c in ways.items()}
                fields = {"model": name, "mode": "train", "dropout": dropout}
                measure.report(steps, options, "nodes", task.num_nodes, **fields)


if __name__ == "__main__":
    main()
