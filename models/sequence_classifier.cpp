#include <espalier/models/sequence_classifier.h>

#include <espalier/base/error.h>
#include <espalier/data/select.h>
#include <espalier/layers/initialize.h>
#include <espalier/ops/argmax.h>
#include <espalier/ops/distinct.h>
#include <espalier/ops/loss.h>
#include <espalier/ops/training_mode.h>

namespace espalier::models {
namespace {

SequenceBatch lengths_of(std::span<const LabelledSequence* const> sequences) {
  PoolVector<NodeId> lengths;
  for (const LabelledSequence* s : sequences) {
    if (s->labels.size() != s->words.size()) {
      throw ShapeError(message("a sequence of ", s->words.size(), " words has ", s->labels.size(),
                               " labels, expected one for each word"));
    }
    lengths.push_back(static_cast<NodeId>(s->words.size()));
  }
  return SequenceBatch(lengths);
}

}  // namespace

SequenceWords::SequenceWords(std::span<const LabelledSequence* const> all)
    : sequences(lengths_of(all)) {
  words.reserve(sequences.num_nodes());
  labels.reserve(sequences.num_nodes());
  for (const LabelledSequence* s : all) {
    words.insert(words.end(), s->words.begin(), s->words.end());
    labels.insert(labels.end(), s->labels.begin(), s->labels.end());
  }
}

SequenceClassifier::SequenceClassifier(const SequenceClassifierOptions& options, Rng& rng)
    : options_(checked(options)),
      embedding_(options.num_words, options.input_size, rng),
      encoder_(make_recurrent_encoder(embedding_.table().cols(), options.encoder, rng)),
      dropout_(options.dropout),
      classifier_({.input_size = static_cast<int>(encoder_.output_size()),
                   .output_size = options.num_classes},
                  rng) {
  add_module("embedding", embedding_);
  add_module("encoder", encoder_);
  add_module("classifier", classifier_);
}

Variable SequenceClassifier::logits(const SequenceWords& batch, Rng& rng) const {
  const Distinct words = distinct(batch.words);
  const Variable x = dropout_.forward(embedding_.forward(words.values), rng);
  const StackedStates states =
      encoder_.forward(NodeInputs::shared(x, words.places), batch.sequences, rng);
  const Variable read = options_.readout == Readout::kSteps ? states.h : states.summary();
  return classifier_.forward(dropout_.forward(read, rng));
}

PoolVector<std::int32_t> SequenceClassifier::labels(const SequenceWords& batch) const {
  if (options_.readout == Readout::kSteps) return batch.labels;
  PoolVector<std::int32_t> last(batch.sequences.num_sequences(), kNoLabel);
  for (NodeId s = 0; s < last.size(); ++s) {
    for (NodeId v = batch.sequences.first(s); v < batch.sequences.first(s + 1); ++v) {
      if (batch.labels[v] != kNoLabel) last[s] = batch.labels[v];
    }
  }
  return last;
}

Variable SequenceClassifier::loss(const SequenceWords& batch, Rng& rng) const {
  return softmax_cross_entropy(logits(batch, rng), labels(batch), {.ignored_label = kNoLabel});
}

Tensor SequenceClassifier::probabilities(const SequenceWords& batch) const {
  const Answering answering;
  Rng unused(0);
  Tensor scores = logits(batch, unused).value().clone();
  softmax_rows(scores.view(), scores.view());
  return scores;
}

SequenceWords SequenceClassifier::make_batch(Examples sequences,
                                             std::span<const std::uint32_t> numbers, Rng&) const {
  return SequenceWords(select(sequences, numbers));
}

void SequenceClassifier::evaluate(const SequenceWords& batch, Evaluation& evaluation) const {
  evaluation.add(argmax_rows(probabilities(batch).view()), labels(batch));
}

void SequenceClassifier::check(Examples sequences) const {
  for (std::size_t i = 0; i < sequences.size(); ++i) {
    for (const std::int32_t label : sequences[i].labels) {
      if (label >= kNoLabel && label < options_.num_classes) continue;
      throw ShapeError(message("sequence ", i, " has label ", label, ", expected a class below ",
                               options_.num_classes, ", or ", kNoLabel, " for none"));
    }
  }
}

}  // namespace espalier::models
