// A model of one's own for the trainer: it names its examples, makes batches of them, has a loss
// and says what its metrics are. Nothing is derived from, but Module for the parameters.
//
// It tells from the last state of a GRU whether a walk over the whole numbers ends above zero.

#include <cstdlib>
#include <iostream>
#include <vector>

#include <espalier/espalier.h>

using namespace espalier;

namespace {

using Walk = std::vector<float>;  // Steps up and down.

struct WalkBatch {
  SequenceBatch walks;
  Tensor steps;                     // [all steps, 1].
  PoolVector<std::int32_t> labels;  // For each walk: does it end above zero?
};

class WalkClassifier : public Module {
 public:
  using Examples = std::span<const Walk>;
  using Batch = WalkBatch;
  using Evaluation = training::ClassEvaluation;
  static constexpr training::Recipe kRecipe = {.learning_rate = 0.01, .l2 = 0.0, .adam = true};

  explicit WalkClassifier(Rng& rng)
      : gru_({.input_size = 1, .hidden_size = 16}, rng),
        output_({.input_size = 16, .output_size = 2}, rng) {
    add_module("gru", gru_);
    add_module("output", output_);
  }

  // Whatever is drawn of an example each time anew, noise here, is drawn from rng.
  WalkBatch make_batch(Examples walks, std::span<const std::uint32_t> numbers, Rng& rng) const {
    PoolVector<NodeId> lengths;
    for (const std::uint32_t i : numbers) lengths.push_back(static_cast<NodeId>(walks[i].size()));
    WalkBatch batch{.walks = SequenceBatch(lengths), .steps = {}, .labels = {}};
    batch.steps = Tensor::uninitialized({batch.walks.num_nodes(), 1});
    float* to = batch.steps.data();
    for (const std::uint32_t i : numbers) {
      float height = 0.0f;
      for (const float step : walks[i]) {
        height += step;
        *to++ = step + 0.1f * rng.normal();
      }
      batch.labels.push_back(height > 0.0f ? 1 : 0);
    }
    return batch;
  }

  Variable logits(const WalkBatch& batch) const {
    const Schedule order = schedule(batch.walks, Direction::kForward);
    const Variable h = gru_.forward(Variable(batch.steps.alias()), order).h;
    return output_.forward(gather_rows(h, batch.walks.last_read(Direction::kForward)));
  }

  Variable loss(const WalkBatch& batch, Rng&) const {
    return softmax_cross_entropy(logits(batch), batch.labels);
  }

  void evaluate(const WalkBatch& batch, training::ClassEvaluation& evaluation) const {
    evaluation.add(argmax_rows(logits(batch).value().view()), batch.labels);
  }

 private:
  GRU gru_;
  Linear output_;
};

std::vector<Walk> draw(std::size_t count, Rng& rng) {
  std::vector<Walk> walks(count);
  for (Walk& walk : walks) {
    walk.resize(5 + 2 * rng.below(10));  // Odd, so that none ends at zero.
    for (float& step : walk) step = rng.chance(0.5f) ? 1.0f : -1.0f;
  }
  return walks;
}

}  // namespace

int main() {
  Rng rng(1);
  const Splits<std::vector<Walk>> data = {draw(2000, rng), draw(300, rng), draw(300, rng)};
  const WalkClassifier model(rng);
  const auto result = training::Trainer({.batch_size = 50, .epochs = 8}).fit(model, data);
  std::cout << "accuracy " << result.test.at("accuracy") << '\n';
  return result.test.at("accuracy") > 0.95 ? EXIT_SUCCESS : EXIT_FAILURE;
}
