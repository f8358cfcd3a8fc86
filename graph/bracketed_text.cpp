#include <espalier/graph/bracketed_text.h>

#include <algorithm>
#include <cassert>
#include <utility>

#include <espalier/base/utf8.h>

namespace espalier {
namespace {

// A parenthesis, a label or a token; empty at the end of the text.
struct Piece {
  std::size_t position;
  std::string_view text;

  bool is_end() const { return text.empty(); }
  bool is_word() const { return !is_end() && text != "(" && text != ")"; }
};

class Pieces {
 public:
  explicit Pieces(std::string_view text) : text_(text) {}

  Piece next() {
    const std::size_t begin = std::min(text_.find_first_not_of(" \t", end_), text_.size());
    end_ = std::min(text_.find_first_of(" \t()", begin), text_.size());
    if (end_ == begin && begin < text_.size()) ++end_;  // A parenthesis is a piece by itself.
    return {begin, text_.substr(begin, end_ - begin)};
  }

 private:
  std::string_view text_;
  std::size_t end_ = 0;  // Of the piece before.
};

// The last of a text, to show where it ends.
std::string ending(std::string_view text) {
  constexpr std::size_t kShown = 40;
  if (text.size() <= kShown) return message('"', text, '"');
  std::size_t begin = text.size() - kShown;
  while (begin > 0 && (static_cast<unsigned char>(text[begin]) & 0xc0) == 0x80) --begin;
  return message("\"…", text.substr(begin), '"');
}

// Reads a tree piece by piece. The way up from the innermost open node is the stack.
class Parser {
 public:
  Parser(std::string_view text, const TextPosition& where)
      : text_(text), pieces_(text), where_(where) {
    const std::size_t invalid = find_invalid_utf8(text);
    if (invalid == std::string_view::npos) return;
    const char* const digits = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(text[invalid]);
    fail(invalid, message("byte 0x", digits[byte / 16], digits[byte % 16], " is not valid UTF-8"));
  }

  BracketedTree parse() {
    if (const Piece piece = pieces_.next(); piece.text == "(") {
      open();
    } else {
      fail_at(piece, "expected \"(\", the beginning of a tree");
    }
    while (open_ != kNoNode) {
      const Piece piece = pieces_.next();
      if (piece.text == "(") {
        if (has_token()) fail_at(piece, "expected \")\" after the token of a node");
        open();
      } else if (piece.text == ")") {
        close(piece);
      } else if (piece.is_word()) {
        add_token(piece);
      } else {
        fail_at(piece, message("expected \")\", ", num_open(), " of them missing"));
      }
    }
    if (const Piece piece = pieces_.next(); !piece.is_end()) {
      fail_at(piece, "expected nothing after the tree");
    }
    return {Tree::from_parents(parents_), std::move(labels_), std::move(tokens_)};
  }

 private:
  [[noreturn]] void fail(std::size_t position, std::string_view what) const {
    throw ParseError({.source = where_.source,
                      .line = std::max<std::size_t>(where_.line, 1),
                      .column = std::max<std::size_t>(where_.column, 1) + position},
                     what);
  }

  [[noreturn]] void fail_at(const Piece& piece, std::string_view expected) const {
    if (piece.is_end()) {
      const std::string_view before = text_.substr(0, text_.find_last_not_of(" \t") + 1);
      fail(piece.position, message(expected, ", but the text ends here",
                                   before.empty() ? "" : ", after " + ending(before)));
    }
    fail(piece.position, message(expected, ", but found \"", piece.text, '"'));
  }

  void open() {
    const Piece label = pieces_.next();
    if (!label.is_word()) fail_at(label, "expected a label after \"(\"");
    parents_.push_back(open_);
    open_ = static_cast<NodeId>(labels_.size());
    labels_.emplace_back(label.text);
    tokens_.emplace_back();
  }

  void close(const Piece& piece) {
    if (!has_token() && !has_children()) {
      fail_at(piece, message("expected a token or a node after label \"", labels_[open_], '"'));
    }
    open_ = parents_[open_];
  }

  void add_token(const Piece& piece) {
    if (has_token()) fail_at(piece, "expected \")\" after the token of a node");
    if (has_children()) fail_at(piece, "expected \"(\" or \")\" after a node");
    tokens_[open_] = piece.text;
  }

  bool has_token() const { return !tokens_[open_].empty(); }
  bool has_children() const { return labels_.size() - open_ > 1; }  // Opened after it, inside it.

  std::size_t num_open() const {
    std::size_t count = 0;
    for (NodeId v = open_; v != kNoNode; v = parents_[v]) ++count;
    return count;
  }

  std::string_view text_;
  Pieces pieces_;
  const TextPosition& where_;
  NodeId open_ = kNoNode;  // The innermost node that is not closed.
  std::vector<NodeId> parents_;
  std::vector<std::string> labels_;
  std::vector<std::string> tokens_;
};

}  // namespace

BracketedTree parse_bracketed(std::string_view text, const TextPosition& where) {
  return Parser(text, where).parse();
}

std::string to_brackets(const BracketedTree& bracketed) {
  const auto& [tree, labels, tokens] = bracketed;
  assert(labels.size() == tree.num_nodes() && tokens.size() == tree.num_nodes());
  std::string text;
  std::vector<NodeId> stack = {tree.root()};  // To be printed; kNoNode stands for ")".
  while (!stack.empty()) {
    const NodeId v = stack.back();
    stack.pop_back();
    if (v == kNoNode) {
      text += ')';
      continue;
    }
    if (!text.empty()) text += ' ';
    text += '(';
    text += labels[v];
    if (tree.is_leaf(v)) {
      text += ' ';
      text += tokens[v];
    }
    stack.push_back(kNoNode);
    const std::span<const NodeId> children = tree.children(v);
    stack.insert(stack.end(), children.rbegin(), children.rend());
  }
  return text;
}

}  // namespace espalier
