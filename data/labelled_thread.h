#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <espalier/data/labelled_tree.h>
#include <espalier/graph/reply_graph.h>

namespace espalier {

/// A discussion whose comments have words (indices into a vocabulary), features and labels. Entries
/// are by node of `graph`; node 0 is the post, which has words and features and as a rule no label.
struct LabelledThread {
  ReplyGraph graph;
  std::vector<std::uint32_t> words;      ///< Of all nodes, one after the other.
  std::vector<std::uint32_t> word_ends;  ///< One for each node, ascending; the last: words.size().
  std::vector<float> features;           ///< [num_nodes, number of features]; may be empty.
  std::vector<std::int32_t> labels;      ///< One for each node; kNoLabel where there is none.

  std::span<const std::uint32_t> words_of(NodeId v) const {
    const std::size_t begin = v == 0 ? 0 : word_ends[v - 1];
    return std::span(words).subspan(begin, word_ends[v] - begin);
  }
};

}  // namespace espalier
