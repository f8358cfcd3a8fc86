#include <espalier/datasets/listops.h>

#include <algorithm>
#include <cassert>
#include <numeric>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <espalier/base/error.h>
#include <espalier/ops/random.h>

namespace espalier::datasets {
namespace {

using Words = std::vector<std::uint32_t>;

// In the order of listops_vocabulary(), after the unknown word.
enum Word : std::uint32_t { kZero = 1, kNine = 10, kMin, kMax, kMed, kSumModulo10, kEnd };

constexpr float kListProbability = 0.25f;
constexpr std::uint32_t kMinArguments = 2;
constexpr std::uint32_t kMaxArguments = 5;

bool is_digit(std::uint32_t word) { return word >= kZero && word <= kNine; }
bool is_operator(std::uint32_t word) { return word >= kMin && word <= kSumModulo10; }

std::int32_t apply(std::uint32_t operation, std::vector<std::int32_t>& arguments) {
  assert(!arguments.empty());
  std::ranges::sort(arguments);
  const std::size_t last = arguments.size() - 1;
  switch (operation) {
    case kMin:
      return arguments.front();
    case kMax:
      return arguments.back();
    case kMed:
      return (arguments[last / 2] + arguments[(last + 1) / 2]) / 2;
    default:
      return std::accumulate(arguments.begin(), arguments.end(), 0) % 10;
  }
}

// Grows a parse from left to right. The lists that are not closed are the stack.
class TreeBuilder {
 public:
  void add(std::uint32_t word) {
    const NodeId leaf = add_node(word);
    if (is_operator(word)) {
      open_.push_back({word, leaf, {}});
    } else if (is_digit(word)) {
      complete(leaf, static_cast<std::int32_t>(word - kZero));
    } else {
      assert(word == kEnd && !open_.empty());
      List list = std::move(open_.back());
      open_.pop_back();
      complete(join(list.node, leaf), apply(list.operation, list.arguments));
    }
  }

  LabelledTree finish() && {
    assert(open_.empty());
    return {Tree::from_parents(parents_), std::move(words_), std::move(labels_)};
  }

 private:
  struct List {
    std::uint32_t operation;
    NodeId node;  // Spans what has been read of it.
    std::vector<std::int32_t> arguments;
  };

  NodeId add_node(std::uint32_t word) {
    parents_.push_back(kNoNode);
    words_.push_back(word);
    labels_.push_back(kNoLabel);
    return static_cast<NodeId>(parents_.size() - 1);
  }

  NodeId join(NodeId left, NodeId right) {
    const NodeId parent = add_node(kNoWord);
    parents_[left] = parents_[right] = parent;
    return parent;
  }

  void complete(NodeId expression, std::int32_t value) {
    labels_[expression] = value;
    if (open_.empty()) return;
    open_.back().node = join(open_.back().node, expression);
    open_.back().arguments.push_back(value);
  }

  std::vector<List> open_;
  std::vector<NodeId> parents_;
  std::vector<std::uint32_t> words_;
  std::vector<std::int32_t> labels_;
};

// One expression; nothing if it grew too long.
Words draw(const ListOpsOptions& options, Rng& rng) {
  Words words;
  std::vector<std::uint64_t> missing;  // Arguments, of each list that is open.
  const auto open_list = [&] {
    words.push_back(kMin + static_cast<std::uint32_t>(rng.below(kEnd - kMin)));
    missing.push_back(kMinArguments + rng.below(kMaxArguments - kMinArguments + 1));
  };
  open_list();
  while (!missing.empty()) {
    if (words.size() + missing.size() > options.max_length) return {};  // Each list needs its end.
    if (missing.back() == 0) {
      missing.pop_back();
      words.push_back(kEnd);
      continue;
    }
    --missing.back();
    const std::size_t depth = missing.size() + 1;  // Of the argument.
    if (depth < options.max_depth && rng.chance(kListProbability)) {
      open_list();
    } else {
      words.push_back(kZero + static_cast<std::uint32_t>(rng.below(10)));
    }
  }
  return words;
}

// An expression that is not among `known`, and is then.
const Words& draw_new(const ListOpsOptions& options, Rng& rng, std::set<Words>& known) {
  constexpr int kMaxDraws = 1'000'000;
  for (int i = 0; i < kMaxDraws; ++i) {
    Words words = draw(options, rng);
    if (words.empty()) continue;
    const auto [position, is_new] = known.insert(std::move(words));
    if (is_new) return *position;
  }
  throw OptionError(message("found only ", known.size(),
                            " different ListOps expressions of max_length ", options.max_length,
                            " and max_depth ", options.max_depth, ", expected ",
                            options.num_train + options.num_dev + options.num_test));
}

void check(const ListOpsOptions& options) {
  constexpr std::size_t kShortest = 4;  // "[MIN 0 0 ]"
  if (options.max_length < kShortest) {
    throw OptionError(message("max_length is ", options.max_length, ", expected >= ", kShortest));
  }
  if (options.max_depth < 2) {
    throw OptionError(message("max_depth is ", options.max_depth, ", expected >= 2"));
  }
}

}  // namespace

Vocabulary listops_vocabulary() {
  Vocabulary vocabulary;
  for (const char digit : std::string_view("0123456789")) vocabulary.add({&digit, 1});
  for (const char* word : {"[MIN", "[MAX", "[MED", "[SM", "]"}) vocabulary.add(word);
  return vocabulary;
}

LabelledTree listops_tree(std::span<const std::uint32_t> words) {
  TreeBuilder builder;
  for (const std::uint32_t word : words) builder.add(word);
  return std::move(builder).finish();
}

Dataset<LabelledTree> generate_listops(const ListOpsOptions& options) {
  check(options);
  Rng rng(options.seed);
  std::set<Words> known;
  const auto trees = [&](std::size_t count) {
    std::vector<LabelledTree> drawn;
    drawn.reserve(count);
    while (drawn.size() < count) drawn.push_back(listops_tree(draw_new(options, rng, known)));
    return drawn;
  };
  Dataset<LabelledTree> data;
  data.vocabulary = listops_vocabulary();
  for (int value = 0; value < 10; ++value) data.classes.push_back(std::to_string(value));
  data.train = trees(options.num_train);
  data.dev = trees(options.num_dev);
  data.test = trees(options.num_test);
  return data;
}

}  // namespace espalier::datasets
