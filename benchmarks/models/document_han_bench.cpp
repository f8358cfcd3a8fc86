// The hierarchical attention network of Yang et al. 2016 at 32 documents of 15 sentences of 20
// words, or of 5 to 25 sentences of 5 to 35 words: words per second. A step of training is batch,
// schedules, forward, cross-entropy, backward and SGD, of the word vectors by the rows in use. FLOP
// counts are of the matrix products that the equations need at every word, and no others: of a word
// that occurs often in a batch the input products are done once, so that more than 100 % is
// possible. benchmarks/peers has the same in PyTorch.

#include <algorithm>
#include <memory>
#include <vector>

#include <benchmark/benchmark.h>

#include <espalier/models/document_han.h>
#include <espalier/ops/parallel.h>
#include <espalier/training/sgd.h>

#include "benchmarks/support/ceiling.h"

namespace espalier {
namespace {

constexpr std::uint32_t kDocuments = 32;
constexpr int kWords = 20'000;
constexpr int kClasses = 5;

// Words as text has them, the r-th most frequent with a probability in proportion to 1 / r (Zipf),
// or all equally likely.
class Words {
 public:
  explicit Words(bool uniform) : uniform_(uniform) {
    double sum = 0.0;
    for (int r = 1; r <= kWords; ++r) shares_.push_back(sum += 1.0 / r);
  }
  std::uint32_t draw(Rng& rng) const {
    if (uniform_) return static_cast<std::uint32_t>(rng.below(kWords));
    const double at = static_cast<double>(rng.uniform()) * shares_.back();
    const auto found = std::ranges::lower_bound(shares_, at);
    return static_cast<std::uint32_t>(
        std::min<std::ptrdiff_t>(found - shares_.begin(), kWords - 1));
  }

 private:
  bool uniform_;
  std::vector<double> shares_;
};

// The peers draw their lengths by the same rule.
std::vector<LabelledDocument> make_documents(bool ragged, bool uniform, Rng& rng) {
  const Words words(uniform);
  std::vector<LabelledDocument> documents(kDocuments);
  for (std::uint32_t i = 0; i < kDocuments; ++i) {
    LabelledDocument& document = documents[i];
    const std::uint32_t num_sentences = ragged ? 5 + (i * 11 + 3) % 21 : 15;
    for (std::uint32_t j = 0; j < num_sentences; ++j) {
      const std::uint32_t length = ragged ? 5 + (i * 7 + j * 13 + 5) % 31 : 20;
      for (std::uint32_t w = 0; w < length; ++w) {
        document.words.push_back(words.draw(rng));
      }
      document.sentence_ends.push_back(static_cast<std::uint32_t>(document.words.size()));
    }
    document.label = static_cast<std::int32_t>(i % kClasses);
  }
  return documents;
}

class Bench {
 public:
  Bench(bool ragged, bool uniform)
      : documents_(make_documents(ragged, uniform, rng_)),
        sgd_({model_.parameters().begin(), model_.parameters().end()}, {.learning_rate = 1e-3}) {
    for (const LabelledDocument& document : documents_) pointers_.push_back(&document);
    const models::DocumentBatch batch(pointers_);
    num_words_ = batch.num_words();
    num_sentences_ = batch.num_sentences();
  }

  std::size_t num_words() const { return num_words_; }

  // Of both directions, 3 gates of 50 units each; of the attention, 100 units and their scores.
  double forward_flops() const {
    const double per_word = 2.0 * 2 * 150 * (200 + 50) + 2.0 * (100 * 100 + 100);
    const double per_sentence = 2.0 * 2 * 150 * (100 + 50) + 2.0 * (100 * 100 + 100);
    return per_word * static_cast<double>(num_words_) +
           per_sentence * static_cast<double>(num_sentences_);
  }

  void train() {
    model_.loss(models::DocumentBatch(pointers_), rng_).backward();
    sgd_.step();
  }
  Tensor infer() const { return model_.probabilities(models::DocumentBatch(pointers_)); }

  // A document by itself has the bits that it has in the batch.
  bool agrees_one_by_one() const {
    const Tensor all = infer();
    for (std::size_t i = 0; i < pointers_.size(); ++i) {
      const Tensor one = model_.probabilities(models::DocumentBatch({&pointers_[i], 1}));
      if (!std::ranges::equal(one.row(0), all.row(i))) return false;
    }
    return true;
  }

 private:
  Rng rng_{1};
  std::vector<LabelledDocument> documents_;
  std::vector<const LabelledDocument*> pointers_;
  models::DocumentHAN model_{{.num_words = kWords, .num_classes = kClasses}, rng_};
  training::SGD sgd_;
  std::size_t num_words_ = 0, num_sentences_ = 0;
};

void run(benchmark::State& state, bool training) {
  const auto threads = static_cast<int>(state.range(0));
  set_num_threads(threads);
  Bench bench(state.range(1) != 0, state.range(2) != 0);
  if (!bench.agrees_one_by_one()) {
    state.SkipWithError("a batch differs from its documents one by one");
    return;
  }
  const double ceiling = bench::matmul_ceiling(threads);
  if (training) {
    for (auto _ : state) bench.train();
  } else {
    for (auto _ : state) benchmark::DoNotOptimize(bench.infer());
  }
  const double flops = (training ? 3.0 : 1.0) * bench.forward_flops();
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(bench.num_words()));
  state.counters["FLOPs"] = flops;
  state.counters["% of ceiling"] =
      benchmark::Counter(100.0 * flops / ceiling, benchmark::Counter::kIsIterationInvariantRate);
}

void document_han_train(benchmark::State& state) { run(state, true); }
void document_han_infer(benchmark::State& state) { run(state, false); }

#define ESPALIER_BY_THREADS_AND_LENGTHS(name)      \
  BENCHMARK(name)                                  \
      ->ArgNames({"threads", "ragged", "uniform"}) \
      ->ArgsProduct({{1, 2}, {0, 1}, {0, 1}})      \
      ->UseRealTime()                              \
      ->MeasureProcessCPUTime()
ESPALIER_BY_THREADS_AND_LENGTHS(document_han_train);
ESPALIER_BY_THREADS_AND_LENGTHS(document_han_infer);

}  // namespace
}  // namespace espalier
