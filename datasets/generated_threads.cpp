#include <espalier/datasets/generated_threads.h>

#include <cmath>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <espalier/base/error.h>
#include <espalier/ops/random.h>

namespace espalier::datasets {
namespace {

using Bits = std::vector<std::uint32_t>;  // By node.

// In the vocabulary, the signs of 0 come after the unknown word, then those of 1, then the fillers.
constexpr std::size_t kFirstSign = 1;

void expect_range(std::string_view name, std::size_t value, std::size_t low, std::size_t high) {
  if (value >= low && value <= high) return;
  throw OptionError(message(name, " is ", value, ", expected ", low, " .. ", high));
}

void check(const GeneratedThreadsOptions& options) {
  constexpr std::size_t kMostComments = 10'000;
  constexpr std::size_t kMostWords = 1'000'000;
  expect_range("max_comments", options.max_comments, 1, kMostComments);
  expect_range("min_comments", options.min_comments, 1, options.max_comments);
  expect_range("num_signs", options.num_signs, 1, kMostWords);
  expect_range("num_fillers", options.num_fillers, 1, kMostWords);
  expect_range("max_words", options.max_words, 1, kMostComments);
  expect_range("min_words", options.min_words, 1, options.max_words);
  if (!(options.top_share >= 0 && options.top_share <= 1)) {
    throw OptionError(message("top_share is ", options.top_share, ", expected 0 .. 1"));
  }
  if (!(options.recency > 0 && std::isfinite(options.recency))) {
    throw OptionError(message("recency is ", options.recency, ", expected a number > 0"));
  }
}

std::size_t draw_size(std::size_t low, std::size_t high, Rng& rng) {
  return low + rng.below(high - low + 1);
}

// Which of the comments 1 .. num_replies.size() - 1 the next one replies to; the post's is unused.
std::size_t draw_parent(const std::vector<std::size_t>& num_replies, float recency, Rng& rng) {
  const std::size_t newest = num_replies.size() - 1;
  std::vector<double> sums = {0};  // Of the weights, in terms of the newest comment's age.
  for (std::size_t v = 1; v <= newest; ++v) {
    const double age = static_cast<double>(newest - v);
    sums.push_back(sums.back() +
                   static_cast<double>(1 + num_replies[v]) * std::exp(-age / recency));
  }
  const double drawn = static_cast<double>(rng.uniform()) * sums.back();
  std::size_t v = 1;
  while (v < newest && sums[v] <= drawn) ++v;
  return v;
}

ReplyGraph draw_graph(const GeneratedThreadsOptions& options, Rng& rng) {
  constexpr std::int64_t kSeconds = 60;
  std::vector<ReplyRecord> records = {{.is_post = true}};
  std::vector<std::size_t> num_replies = {0};
  const std::size_t num_comments = draw_size(options.min_comments, options.max_comments, rng);
  for (std::size_t v = 1; v <= num_comments; ++v) {
    const bool is_top = v == 1 || rng.chance(options.top_share);
    const std::size_t parent = is_top ? 0 : draw_parent(num_replies, options.recency, rng);
    ++num_replies[parent];
    num_replies.push_back(0);
    records.push_back(
        {.id = v, .parent = parent, .time_s = kSeconds * static_cast<std::int64_t>(v)});
  }
  return ReplyGraph(records);
}

// One sign of the bit among fillers.
void append_words(std::uint32_t bit, const GeneratedThreadsOptions& options, Rng& rng,
                  LabelledThread& thread) {
  const std::size_t begin = thread.words.size();
  const std::size_t num_words = draw_size(options.min_words, options.max_words, rng);
  const std::size_t first_filler = kFirstSign + 2 * options.num_signs;
  for (std::size_t i = 0; i < num_words; ++i) {
    const std::size_t filler = first_filler + rng.below(options.num_fillers);
    thread.words.push_back(static_cast<std::uint32_t>(filler));
  }
  const std::size_t sign = kFirstSign + bit * options.num_signs + rng.below(options.num_signs);
  thread.words[begin + rng.below(num_words)] = static_cast<std::uint32_t>(sign);
  thread.word_ends.push_back(static_cast<std::uint32_t>(thread.words.size()));
}

std::int32_t label_of(const ReplyGraph& graph, const Bits& bits, NodeId v, ThreadRule rule) {
  const auto bit = [&](NodeId u) { return u == kNoNode ? 0u : bits[u]; };
  const std::uint32_t parent = bit(graph.parent(v));
  const std::uint32_t previous = bit(graph.previous_sibling(v));
  std::uint32_t a = bits[v] ^ parent;
  std::uint32_t b = bits[v] ^ previous;
  if (rule == ThreadRule::kBeforeAndAfter) {
    a = bits[v] ^ parent ^ previous;
    b = bits[v] ^ bit(graph.first_child(v)) ^ bit(graph.next_sibling(v));
  }
  return static_cast<std::int32_t>(2 * a + b);
}

LabelledThread draw_thread(const GeneratedThreadsOptions& options, Rng rng) {
  LabelledThread thread = {draw_graph(options, rng), {}, {}, {}, {}};
  Bits bits;
  for (NodeId v = 0; v < thread.graph.num_nodes(); ++v) {
    bits.push_back(static_cast<std::uint32_t>(rng.below(2)));
    append_words(bits.back(), options, rng, thread);
  }
  thread.labels = {kNoLabel};
  for (NodeId v = 1; v < thread.graph.num_nodes(); ++v) {
    thread.labels.push_back(label_of(thread.graph, bits, v, options.rule));
  }
  return thread;
}

std::vector<LabelledThread> draw(std::size_t count, const GeneratedThreadsOptions& options,
                                 const Rng& rng) {
  std::vector<LabelledThread> threads;
  for (std::size_t i = 0; i < count; ++i) threads.push_back(draw_thread(options, rng.fork(i)));
  return threads;
}

}  // namespace

ThreadDataset generate_threads(const GeneratedThreadsOptions& options) {
  check(options);
  ThreadDataset splits;
  for (const char* sign : {"zero", "one"}) {
    for (std::size_t i = 0; i < options.num_signs; ++i) splits.vocabulary.add(message(sign, i));
  }
  for (std::size_t i = 0; i < options.num_fillers; ++i) {
    splits.vocabulary.add(message("filler", i));
  }
  splits.classes = {"00", "01", "10", "11"};
  const Rng rng(options.seed);
  splits.train = draw(options.num_train, options, rng.fork(0));
  splits.dev = draw(options.num_dev, options, rng.fork(1));
  splits.test = draw(options.num_test, options, rng.fork(2));
  return splits;
}

}  // namespace espalier::datasets
