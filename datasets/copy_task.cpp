#include <espalier/datasets/copy_task.h>

#include <espalier/base/error.h>
#include <espalier/ops/random.h>

namespace espalier::datasets {
namespace {

void check(const CopyTaskOptions& options) {
  constexpr std::size_t kMaxAlphabet = 1000, kMaxDelay = 1'000'000;
  if (options.delay == 0 || options.delay > kMaxDelay) {
    throw OptionError(message("delay is ", options.delay, ", expected 1 .. ", kMaxDelay));
  }
  if (options.num_symbols == 0) throw OptionError("num_symbols is 0, expected > 0");
  if (options.alphabet == 0 || options.alphabet > kMaxAlphabet) {
    throw OptionError(message("alphabet is ", options.alphabet, ", expected 1 .. ", kMaxAlphabet));
  }
}

LabelledSequence draw_example(const CopyTaskOptions& options, Rng rng) {
  const auto blank = static_cast<std::uint32_t>(options.alphabet + 1);  // Symbol s is word s + 1.
  const std::uint32_t delimiter = blank + 1;
  const std::size_t length = options.delay + 2 * options.num_symbols;
  const std::size_t answer = length - options.num_symbols;  // Where it begins.

  LabelledSequence sequence;
  sequence.words.assign(length, blank);
  sequence.labels.assign(length, static_cast<std::int32_t>(options.alphabet));
  sequence.words[answer - 1] = delimiter;
  for (std::size_t i = 0; i < options.num_symbols; ++i) {
    const std::uint64_t symbol = rng.below(options.alphabet);
    sequence.words[i] = static_cast<std::uint32_t>(symbol + 1);
    sequence.labels[answer + i] = static_cast<std::int32_t>(symbol);
  }
  return sequence;
}

std::vector<LabelledSequence> draw(std::size_t count, const CopyTaskOptions& options,
                                   const Rng& rng) {
  std::vector<LabelledSequence> sequences;
  sequences.reserve(count);
  for (std::size_t i = 0; i < count; ++i) sequences.push_back(draw_example(options, rng.fork(i)));
  return sequences;
}

}  // namespace

Dataset<LabelledSequence> generate_copy_task(const CopyTaskOptions& options) {
  check(options);
  Dataset<LabelledSequence> task;
  for (std::size_t i = 0; i < options.alphabet; ++i) task.classes.push_back(std::to_string(i));
  task.classes.emplace_back("blank");
  for (const std::string& word : task.classes) task.vocabulary.add(word);
  task.vocabulary.add("delimiter");

  const Rng rng(options.seed);
  task.train = draw(options.num_train, options, rng.fork(0));
  task.dev = draw(options.num_dev, options, rng.fork(1));
  task.test = draw(options.num_test, options, rng.fork(2));
  return task;
}

}  // namespace espalier::datasets
