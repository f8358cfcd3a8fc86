#include <espalier/datasets/sick.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <espalier/base/error.h>
#include <espalier/datasets/heads.h>
#include <espalier/datasets/internal/fields.h>
#include <espalier/datasets/line_reader.h>

namespace espalier::datasets {
namespace {

std::string_view next_line(LineReader& reader) {
  if (const auto line = reader.next()) return *line;
  throw ParseError(reader.where(), "the file ends here, expected as many lines as sim.txt has");
}

void expect_end(LineReader& reader) {
  if (!reader.next()) return;
  throw ParseError(reader.where(), message("found a line beyond the ", reader.line_number() - 1,
                                           " that sim.txt has, expected the end of the file"));
}

// The pieces of a line; `what` names them in errors.
std::vector<Field> read_pieces(std::string_view line, const LineReader& reader,
                               std::string_view what) {
  if (line.empty()) throw ParseError(reader.where(), message("an empty line, expected ", what));
  std::vector<Field> pieces = split_fields(line, ' ');
  for (const Field& piece : pieces) {
    if (!piece.text.empty()) continue;
    throw ParseError(reader.where(piece.offset),
                     message("found no text before or after a space, expected ", what,
                             " separated by single spaces"));
  }
  return pieces;
}

// As read_pieces, of exactly `count` pieces.
std::vector<Field> read_pieces(std::string_view line, const LineReader& reader,
                               std::string_view what, std::size_t count, std::size_t num_tokens) {
  std::vector<Field> pieces = read_pieces(line, reader, what);
  if (pieces.size() == count) return pieces;
  const std::size_t offset = pieces.size() > count ? pieces[count].offset : line.size();
  throw ParseError(reader.where(offset), message("found ", pieces.size(), ' ', what, ", expected ",
                                                 count, " of ", num_tokens, " tokens"));
}

Tree read_tree(std::span<const Field> pieces, const LineReader& reader) {
  std::vector<std::uint64_t> heads;
  heads.reserve(pieces.size());
  for (const Field& piece : pieces) {
    heads.push_back(parse_head(piece.text, reader.where(piece.offset)));
  }
  return tree_from_heads(heads, [&](std::size_t v) { return reader.where(pieces[v].offset); });
}

// Throws ParseError unless the nodes below `num_tokens` are leaves and all others have two
// children.
void check_binary(const Tree& tree, NodeId num_tokens, std::span<const Field> pieces,
                  const LineReader& reader) {
  for (NodeId v = 0; v < tree.num_nodes(); ++v) {
    const std::size_t expected = v < num_tokens ? 0 : 2;
    if (const std::size_t found = tree.children(v).size(); found != expected) {
      throw ParseError(reader.where(pieces[v].offset),
                       message("node ", v + 1, " has ", found, found == 1 ? " child" : " children",
                               ", expected ", v < num_tokens ? "none of a token" : "two"));
    }
  }
}

// The nodes in postorder, of two children first the one that spans the earlier tokens.
// Throws ParseError unless that visits the tokens in their order.
std::vector<NodeId> token_order(const Tree& tree, NodeId num_tokens, std::span<const Field> pieces,
                                const LineReader& reader) {
  std::vector<NodeId> first_token(tree.num_nodes());
  for (const NodeId v : tree.postorder()) {
    first_token[v] = v;
    if (v < num_tokens) continue;
    const auto children = tree.children(v);
    first_token[v] = std::min(first_token[children[0]], first_token[children[1]]);
  }
  std::vector<NodeId> order;  // Backwards at first: each node before its children.
  order.reserve(tree.num_nodes());
  std::vector<NodeId> stack = {tree.root()};
  while (!stack.empty()) {
    const NodeId v = stack.back();
    stack.pop_back();
    order.push_back(v);
    if (v < num_tokens) continue;
    auto [left, right] = std::pair(tree.children(v)[0], tree.children(v)[1]);
    if (first_token[right] < first_token[left]) std::swap(left, right);
    stack.insert(stack.end(), {left, right});
  }
  std::ranges::reverse(order);
  NodeId next_token = 0;
  for (const NodeId v : order) {
    if (v >= num_tokens) continue;
    if (v != next_token) {
      throw ParseError(reader.where(pieces[v].offset),
                       message("token ", v + 1, " stands where token ", next_token + 1,
                               " is expected: the phrases cross"));
    }
    ++next_token;
  }
  return order;
}

LabelledTree constituency_tree(const Tree& tree, std::span<const NodeId> order,
                               std::span<const std::uint32_t> token_words) {
  std::vector<NodeId> new_ids(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) new_ids[order[i]] = static_cast<NodeId>(i);

  std::vector<NodeId> parents(order.size(), kNoNode);
  std::vector<std::uint32_t> words(order.size(), kNoWord);
  for (NodeId v = 0; v < tree.num_nodes(); ++v) {
    if (v != tree.root()) parents[new_ids[v]] = new_ids[tree.parent(v)];
    if (v < token_words.size()) words[new_ids[v]] = token_words[v];
  }
  return {Tree::from_parents(parents), std::move(words),
          std::vector<std::int32_t>(order.size(), kNoLabel)};
}

// One sentence of each pair: its tokens and its parses, line by line.
class SentenceReader {
 public:
  SentenceReader(const std::filesystem::path& folder, const std::string& side, SickParses parses)
      : tokens_(folder / (side + ".toks")),
        parents_(folder / (side + (parses == SickParses::kDependency ? ".parents" : ".cparents"))) {
    if (parses == SickParses::kDependency) relations_.emplace(folder / (side + ".rels"));
  }

  LabelledTree next(Sick& sick) {
    std::vector<std::uint32_t> words;
    for (const Field& token : read_pieces(next_line(tokens_), tokens_, "tokens")) {
      words.push_back(sick.vocabulary.add(token.text));
    }
    return relations_ ? next_dependency(std::move(words), sick.relations)
                      : next_constituency(words);
  }

  void end() {
    expect_end(tokens_);
    expect_end(parents_);
    if (relations_) expect_end(*relations_);
  }

 private:
  LabelledTree next_dependency(std::vector<std::uint32_t> words, Vocabulary& relations) {
    const std::size_t n = words.size();
    Tree tree = read_tree(read_pieces(next_line(parents_), parents_, "heads", n, n), parents_);
    std::vector<std::int32_t> labels;
    for (const Field& relation :
         read_pieces(next_line(*relations_), *relations_, "relations", n, n)) {
      labels.push_back(static_cast<std::int32_t>(relations.add(relation.text)));
    }
    return {std::move(tree), std::move(words), std::move(labels)};
  }

  LabelledTree next_constituency(std::span<const std::uint32_t> words) {
    const std::size_t n = words.size();
    const auto num_tokens = static_cast<NodeId>(n);
    const std::vector<Field> pieces =
        read_pieces(next_line(parents_), parents_, "heads", 2 * n - 1, n);
    const Tree tree = read_tree(pieces, parents_);
    check_binary(tree, num_tokens, pieces, parents_);
    return constituency_tree(tree, token_order(tree, num_tokens, pieces, parents_), words);
  }

  LineReader tokens_;
  LineReader parents_;
  std::optional<LineReader> relations_;
};

float parse_score(std::string_view line, const LineReader& reader) {
  float score = 0;
  const char* const end = line.data() + line.size();
  const auto [stop, error] = std::from_chars(line.data(), end, score);
  if (error != std::errc() || stop != end || !(score >= 1 && score <= 5)) {
    throw ParseError(reader.where(), message("found \"", line, "\", expected a score in 1 .. 5"));
  }
  return score;
}

std::vector<ScoredPair> load_pairs(const std::filesystem::path& folder, SickParses parses,
                                   Sick& sick) {
  std::vector<ScoredPair> pairs;
  LineReader scores(folder / "sim.txt");
  SentenceReader a(folder, "a", parses);
  SentenceReader b(folder, "b", parses);
  while (const auto line = scores.next()) {
    const float score = parse_score(*line, scores);
    LabelledTree first = a.next(sick);
    pairs.push_back({std::move(first), b.next(sick), score});
  }
  if (pairs.empty()) throw ParseError(scores.file(), "no scores, expected one on each line");
  a.end();
  b.end();
  return pairs;
}

}  // namespace

Sick load_sick(const std::filesystem::path& folder, SickParses parses) {
  Sick sick;
  sick.train = load_pairs(folder / "train", parses, sick);
  sick.dev = load_pairs(folder / "dev", parses, sick);
  sick.test = load_pairs(folder / "test", parses, sick);
  return sick;
}

}  // namespace espalier::datasets
