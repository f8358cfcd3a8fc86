"""torch.nn.LSTM and torch.nn.GRU: tokens per second of a training step and of inference.

32 sequences, 300 inputs, 256 hidden units, one layer, one direction. `equal`: 50 steps each.
`ragged`: sequence i has 5 + (i * 29 + 7) % 46 steps. A token is a step of a sequence; padding is
none. A training step clears the gradients, runs forward, takes sum(output * fixed weights), runs
backward as far as the input (which would come from embeddings), and does one step of SGD.

Candidates, of which the fastest is reported:
- `time major`, `batch first`: padded to the longest; what lies behind an end has weight 0 in the
  loss;
- `packed`: a PackedSequence, sorted by length and laid out before the clock starts;
- each with PyTorch's use of oneDNN on and off;
- `compiled`, with --compile (it takes minutes): torch.compile of the padded module.

Found with PyTorch 2.13 on two cores with AVX-512: oneDNN's LSTM primitive serves padded input, in
training too, and takes 60 % of the time of PyTorch's own LSTM; so with two threads a padded LSTM
beats a packed one, though nearly half of its work is padding. Packed LSTMs and all GRUs run step by
step on MKL, where the switch changes nothing, and packing saves a GRU a quarter. Batch first or not
makes no difference. torch.compile takes 30-80 s for each shape; then LSTMs are slower by a third to
two thirds (it replaces the primitive), GRU inference is at best a tenth faster, GRU training no
faster; freezing the weights adds nothing.
"""

import torch
from torch.nn.utils.rnn import PackedSequence, pack_sequence, pad_packed_sequence, pad_sequence

import measure

BATCH = 32
INPUT_SIZE = 300
HIDDEN_SIZE = 256
LENGTHS = {
    "equal": [50] * BATCH,
    "ragged": sorted((5 + (i * 29 + 7) % 46 for i in range(BATCH)), reverse=True),
}


def lay_out(sequences, layout):
    """The rows of all sequences as one tensor; padding is 0."""
    if layout == "packed":
        return pack_sequence(sequences).data
    return pad_sequence(sequences, batch_first=layout == "batch first")


def rows_of(tensor, layout, lengths):
    """The inverse of lay_out, sequence after sequence: [tokens, columns]."""
    if layout == "packed":
        tensor, _ = pad_packed_sequence(
            PackedSequence(tensor, batch_sizes(lengths)), batch_first=True
        )
    elif layout == "time major":
        tensor = tensor.transpose(0, 1)
    return torch.cat([rows[:n] for rows, n in zip(tensor, lengths)])


def batch_sizes(lengths):
    return torch.tensor([sum(n > t for n in lengths) for t in range(max(lengths))])


class Candidate:
    """A module, a batch in some layout, and the steps to be timed."""

    def __init__(self, module, sequences, weights, layout, onednn, compiled=False):
        self.layout, self.onednn = layout, onednn
        module.batch_first = layout == "batch first"
        self.run = torch.compile(module) if compiled else module
        self.lengths = [len(x) for x in sequences]
        self.sizes = batch_sizes(self.lengths)
        self.x = lay_out(sequences, layout).requires_grad_()
        self.weights = lay_out(weights, layout)
        self.optimizer = torch.optim.SGD(module.parameters(), lr=1e-4, fused=True)

    def forward(self):
        if self.layout == "packed":
            return self.run(PackedSequence(self.x, self.sizes))[0].data
        return self.run(self.x)[0]

    def train(self):
        self.backward()
        self.optimizer.step()

    def backward(self):
        with torch.backends.mkldnn.flags(enabled=self.onednn):
            self.optimizer.zero_grad()
            self.x.grad = None
            (self.forward() * self.weights).sum().backward()

    @torch.no_grad()
    def infer(self):
        with torch.backends.mkldnn.flags(enabled=self.onednn):
            return self.forward()

    def check(self, output, gradient):
        """Output, and gradient of the input, are those of the sequences one by one."""
        actual = rows_of(self.infer(), self.layout, self.lengths)
        torch.testing.assert_close(actual, output, rtol=1e-4, atol=1e-5)
        self.backward()
        actual = rows_of(self.x.grad, self.layout, self.lengths)
        torch.testing.assert_close(actual, gradient, rtol=1e-3, atol=1e-4)


def candidates(model, lengths, compiled):
    """Every way to run `model` over sequences of `lengths`, each with the right answer."""
    torch.manual_seed(1)
    modules = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU}
    first = modules[model](INPUT_SIZE, HIDDEN_SIZE)
    sequences = [torch.randn(n, INPUT_SIZE) for n in lengths]
    weights = [torch.randn(n, HIDDEN_SIZE) for n in lengths]
    alone = [x.clone().requires_grad_() for x in sequences]
    outputs = [first(x)[0] for x in alone]
    sum((y * w).sum() for y, w in zip(outputs, weights)).backward()

    layouts = ["time major", "batch first"] + (["packed"] if len(set(lengths)) > 1 else [])
    ways = {
        f"{layout}, oneDNN {'on' if onednn else 'off'}": (layout, onednn)
        for layout in layouts
        for onednn in (True, False)
    }
    if compiled:
        ways["compiled"] = ("time major", True, True)
    result = {}
    for name, way in ways.items():
        module = modules[model](INPUT_SIZE, HIDDEN_SIZE)  # Its own, for each has its optimiser.
        module.load_state_dict(first.state_dict())
        result[name] = Candidate(module, sequences, weights, *way)
        result[name].check(torch.cat(outputs).detach(), torch.cat([x.grad for x in alone]))
    return result


def main():
    parser = measure.arguments(__doc__.splitlines()[0])
    parser.add_argument("--compile", action="store_true", help="try torch.compile too")
    options = parser.parse_args()
    measure.quiet()
    torch._dynamo.config.allow_rnn = True
    for threads in options.threads:
        torch.set_num_threads(threads)
        for model in ("lstm", "gru"):
            for kind, lengths in LENGTHS.items():
                ways = candidates(model, lengths, options.compile)
                for mode in ("train", "infer"):
                    steps = {name: getattr(way, mode) for name, way in ways.items()}
                    measure.report(
                        steps, options, "tokens", sum(lengths), model=model, mode=mode, lengths=kind
                    )


if __name__ == "__main__":
    main()
