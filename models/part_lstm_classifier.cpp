#include <espalier/models/part_lstm_classifier.h>

#include <numeric>
#include <string>
#include <utility>

#include <espalier/base/error.h>
#include <espalier/ops/loss.h>
#include <espalier/ops/rows.h>
#include <espalier/ops/training_mode.h>

namespace espalier::models {
namespace {

std::size_t num_parts(const Skeleton& body) {
  if (!body.parts().empty()) return body.parts().size();
  throw OptionError("a body without parts, expected some for a part-aware LSTM");
}

// A size that is a product: a body may claim any number of joints and parts.
int size_of(std::size_t a, std::size_t b, const char* what) {
  constexpr std::size_t kMost = std::size_t{1} << 24;
  if (a <= kMost / b) return static_cast<int>(a * b);
  throw OptionError(message(what, " are ", a, " x ", b, ", expected at most ", kMost));
}

int hidden_size(const PartLSTMClassifierOptions& options, const Skeleton& body) {
  return size_of(num_parts(body), static_cast<std::size_t>(options.part_size),
                 "the units of all parts");
}

int input_size(const PartLSTMClassifierOptions& options, const Skeleton& body) {
  return size_of(3 * std::size_t{body.num_joints()}, static_cast<std::size_t>(options.num_persons),
                 "the coordinates of all persons");
}

std::vector<std::size_t> range(std::size_t first, std::size_t count) {
  std::vector<std::size_t> numbers(count);
  std::iota(numbers.begin(), numbers.end(), first);
  return numbers;
}

// Of coordinates: x, y and z of the part's joints, of all persons.
std::vector<MemoryPart> parts_of_body(const Skeleton& body,
                                      const PartLSTMClassifierOptions& options) {
  std::vector<MemoryPart> parts;
  for (const BodyPart& part : body.parts()) {
    MemoryPart& memory = parts.emplace_back();
    memory.hidden_size = options.part_size;
    for (std::size_t person = 0; person < static_cast<std::size_t>(options.num_persons); ++person) {
      for (const NodeId joint : part.joints) {
        for (std::size_t axis = 0; axis < 3; ++axis) {
          memory.columns.push_back(3 * (person * body.num_joints() + joint) + axis);
        }
      }
    }
  }
  return parts;
}

// Of what a layer hands on, each part's own.
std::vector<MemoryPart> parts_of_states(const Skeleton& body,
                                        const PartLSTMClassifierOptions& options) {
  std::vector<MemoryPart> parts;
  const auto units = static_cast<std::size_t>(options.part_size);
  for (std::size_t p = 0; p < num_parts(body); ++p) {
    parts.push_back({range(p * units, units), options.part_size});
  }
  return parts;
}

}  // namespace

PartLSTMClassifier::PartLSTMClassifier(const PartLSTMClassifierOptions& options, Rng& rng)
    : ClipClassifier(checked(options).body, options.reading,
                     Bodies{static_cast<std::size_t>(options.num_persons)}, options.num_classes),
      options_(options),
      dropout_(options.dropout),
      classifier_({.input_size = hidden_size(options, body()), .output_size = options.num_classes},
                  rng) {
  for (int layer = 0; layer < options.num_layers; ++layer) {
    const int input = layer == 0 ? input_size(options, body()) : hidden_size(options, body());
    std::vector<MemoryPart> parts =
        layer == 0 ? parts_of_body(body(), options) : parts_of_states(body(), options);
    if (!options.part_aware) {
      parts = {{range(0, static_cast<std::size_t>(input)), hidden_size(options, body())}};
    }
    layers_.push_back(std::make_unique<PartAwareLSTM>(
        PartAwareLSTMOptions{.input_size = input, .parts = std::move(parts)}, rng));
    add_module("layers." + std::to_string(layer), *layers_.back());
  }
  add_module("classifier", classifier_);
}

Variable PartLSTMClassifier::scores(const ClipBatch& batch, Rng& rng) const {
  const Schedule order = schedule(batch.sequences, Direction::kForward);
  Variable x(batch.x.alias());
  for (std::size_t layer = 0; layer < layers_.size(); ++layer) {
    if (layer > 0) x = dropout_.forward(x, rng);
    x = layers_[layer]->forward(x, order).h;
  }
  const auto last = batch.sequences.last_read(Direction::kForward);
  return classifier_.forward(dropout_.forward(gather_rows(x, last), rng));
}

Variable PartLSTMClassifier::loss(const ClipBatch& batch, Rng& rng) const {
  return softmax_cross_entropy(scores(batch, rng), batch.labels);
}

Tensor PartLSTMClassifier::probabilities(const ClipBatch& batch) const {
  const Answering answering;
  Rng unused(0);
  Tensor probabilities = scores(batch, unused).value().clone();
  softmax_rows(probabilities.view(), probabilities.view());
  return probabilities;
}

}  // namespace espalier::models
