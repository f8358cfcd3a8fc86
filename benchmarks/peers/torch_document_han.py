"""A hierarchical attention network for documents in PyTorch: words per second.

Yang et al., "Hierarchical Attention Networks for Document Classification", NAACL 2016, at its
published sizes: word vectors of 200, a GRU of 50 units in each direction over the words of a
sentence and over the sentences of a document, attention of 100, 5 classes; 20000 words. A batch is
32 documents. `equal`: 15 sentences of 20 words. `ragged`: document i has 5 + (i * 11 + 3) % 21
sentences, its sentence j has 5 + (i * 7 + j * 13 + 5) % 31 words. A training step clears the
gradients, runs forward, takes the cross-entropy, runs backward and does one step of SGD on
everything, word vectors included.

Candidates, of which the fastest is reported; all start from indices laid out before the clock
starts:
- `plain` (equal lengths only): tensors [batch, steps, features], nothing to mask;
- `packed, padded attention`: PackedSequences sorted by length; states padded for attention, which
  is masked;
- `packed, packed attention`: the same, but hidden attention states too are formed for real steps
  alone;
- in training, each with sparse and with dense gradients of the word vectors.

One GRU per direction over padded rows, the second reading each sentence reversed in place, was
tried as well and takes half as long again as the best in training, twice as long in inference.

Before anything is timed, each candidate's logits must be those of documents run one by one, word by
word without packing or padding, and its gradients those of the first candidate.
"""

import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence, pad_sequence

import measure

WORDS, EMBEDDING, HIDDEN, ATTENTION, CLASSES = 20000, 200, 50, 100, 5
BATCH = 32


def document_lengths(kind):
    """For each document the numbers of words of its sentences."""
    if kind == "equal":
        return [[20] * 15 for _ in range(BATCH)]
    return [
        [5 + (i * 7 + j * 13 + 5) % 31 for j in range(5 + (i * 11 + 3) % 21)] for i in range(BATCH)
    ]


class Layout:
    """Where the steps of many sequences lie; the sequences come sorted by falling length.

    Packed order is step after step; padded is [sequences, longest]. `to_packed` are the places of
    packed steps in flattened padded ones.
    """

    def __init__(self, lengths):
        self.lengths = torch.tensor(lengths)
        steps = torch.arange(int(self.lengths.max()))
        self.mask = steps < self.lengths[:, None]
        self.batch_sizes = self.mask.sum(0)
        step, sequence = self.mask.t().nonzero(as_tuple=True)
        self.sequence = sequence
        self.to_packed = sequence * len(steps) + step


class Encoder(nn.Module):
    """A bidirectional GRU and attention: a vector [2 * HIDDEN] for each sequence."""

    def __init__(self, input_size):
        super().__init__()
        self.gru = nn.GRU(input_size, HIDDEN, batch_first=True, bidirectional=True)
        self.attention = nn.Linear(2 * HIDDEN, ATTENTION)
        self.context = nn.Parameter(0.1 * torch.randn(ATTENTION))

    def scores(self, h):
        return torch.tanh(self.attention(h)) @ self.context

    def plain(self, x):
        h, _ = self.gru(x)
        return (torch.softmax(self.scores(h), 1).unsqueeze(1) @ h).squeeze(1)

    def padded_attention(self, h, layout):
        weights = torch.softmax(self.scores(h).masked_fill(~layout.mask, -torch.inf), 1)
        return (weights.unsqueeze(1) @ h).squeeze(1)

    def packed(self, x, layout):
        h, _ = self.gru(PackedSequence(x, layout.batch_sizes))
        return self.padded_attention(pad_packed_sequence(h, batch_first=True)[0], layout)

    def packed_throughout(self, x, layout):
        h = self.gru(PackedSequence(x, layout.batch_sizes))[0].data
        padded = h.new_full((layout.mask.numel(),), -torch.inf)
        padded = padded.index_copy(0, layout.to_packed, self.scores(h)).view(layout.mask.shape)
        weights = torch.softmax(padded, 1).flatten()[layout.to_packed]
        sums = h.new_zeros(len(layout.lengths), h.shape[1])
        return sums.index_add(0, layout.sequence, weights.unsqueeze(1) * h)


class DocumentHAN(nn.Module):
    def __init__(self, sparse):
        super().__init__()
        self.embedding = nn.Embedding(WORDS, EMBEDDING, sparse=sparse)
        self.words = Encoder(EMBEDDING)
        self.sentences = Encoder(2 * HIDDEN)
        self.classifier = nn.Linear(2 * HIDDEN, CLASSES)


class Batch:
    """Documents and sentences sorted by falling length, and each as the encoders want them."""

    def __init__(self, documents, labels):
        order = sorted(range(len(documents)), key=lambda d: -len(documents[d]))
        self.documents = [documents[d] for d in order]
        self.labels = labels[order]
        self.num_words = sum(len(s) for d in documents for s in d)

        sentences = [(d, j, s) for d, doc in enumerate(self.documents) for j, s in enumerate(doc)]
        sentences.sort(key=lambda entry: -len(entry[2]))
        self.word_layout = Layout([len(s) for _, _, s in sentences])
        self.sentence_layout = Layout([len(d) for d in self.documents])
        self.padded_words = pad_sequence([s for _, _, s in sentences], batch_first=True)
        self.packed_words = self.padded_words.flatten()[self.word_layout.to_packed]

        # Row of each place [document, sentence] among the sorted sentences; 0 for padding.
        self.padded_rows = torch.zeros_like(self.sentence_layout.mask, dtype=torch.long)
        for row, (d, j, _) in enumerate(sentences):
            self.padded_rows[d, j] = row
        self.packed_rows = self.padded_rows.flatten()[self.sentence_layout.to_packed]


def plain(model, batch):
    sentences = model.words.plain(model.embedding(batch.padded_words))
    return model.classifier(model.sentences.plain(sentences[batch.padded_rows]))


def packed(model, batch):
    sentences = model.words.packed(model.embedding(batch.packed_words), batch.word_layout)
    return model.classifier(
        model.sentences.packed(sentences[batch.packed_rows], batch.sentence_layout)
    )


def packed_throughout(model, batch):
    sentences = model.words.packed_throughout(
        model.embedding(batch.packed_words), batch.word_layout
    )
    documents = model.sentences.packed_throughout(
        sentences[batch.packed_rows], batch.sentence_layout
    )
    return model.classifier(documents)


FORWARDS = {
    "equal": {"plain": plain, "packed, packed attention": packed_throughout},
    "ragged": {"packed, padded attention": packed, "packed, packed attention": packed_throughout},
}


def one_by_one(model, documents):
    """What the equations say: logits of each document by itself."""
    rows = []
    for document in documents:
        sentences = [model.words.plain(model.embedding(words)[None]) for words in document]
        rows.append(model.classifier(model.sentences.plain(torch.cat(sentences)[None])))
    return torch.cat(rows)


class Candidate:
    def __init__(self, state, forward, batch, sparse):
        self.model = DocumentHAN(sparse)
        self.model.load_state_dict(state)
        self.forward, self.batch = forward, batch
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=1e-3)

    def backward(self):
        self.optimizer.zero_grad()
        nn.functional.cross_entropy(
            self.forward(self.model, self.batch), self.batch.labels
        ).backward()

    def train(self):
        self.backward()
        self.optimizer.step()

    @torch.no_grad()
    def infer(self):
        return self.forward(self.model, self.batch)

    def gradients(self):
        self.backward()
        dense = [p.grad.to_dense() if p.grad.is_sparse else p.grad for p in self.model.parameters()]
        return [gradient.clone() for gradient in dense]


def candidates(kind):
    """Every way to run the network over the batch, each with the right answer."""
    torch.manual_seed(1)
    state = DocumentHAN(sparse=False).state_dict()
    documents = [
        [torch.randint(WORDS, (n,)) for n in lengths] for lengths in document_lengths(kind)
    ]
    batch = Batch(documents, torch.randint(CLASSES, (BATCH,)))
    result = {
        f"{name}, {'sparse' if sparse else 'dense'} gradients": Candidate(
            state, forward, batch, sparse
        )
        for name, forward in FORWARDS[kind].items()
        for sparse in (True, False)
    }

    first = next(iter(result.values()))
    with torch.no_grad():
        logits = one_by_one(first.model, batch.documents)
    gradients = first.gradients()
    for candidate in result.values():
        torch.testing.assert_close(candidate.infer(), logits, rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(candidate.gradients(), gradients, rtol=1e-3, atol=1e-5)
    return batch, result


def main():
    options = measure.arguments(__doc__.splitlines()[0]).parse_args()
    for threads in options.threads:
        torch.set_num_threads(threads)
        for kind in FORWARDS:
            batch, ways = candidates(kind)
            for mode in ("train", "infer"):
                steps = {
                    name: getattr(way, mode)
                    for name, way in ways.items()
                    if mode == "train" or "sparse" in name
                }
                measure.report(
                    steps,
                    options,
                    "words",
                    batch.num_words,
                    model="document_han",
                    mode=mode,
                    lengths=kind,
                )


if __name__ == "__main__":
    main()
