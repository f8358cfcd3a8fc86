#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <tuple>
#include <vector>

#include <espalier/graph/node.h>
#include <espalier/graph/reply_graph.h>

// What stands between records as they are found and a tree: the first half of ReplyGraph.
namespace espalier {

/// Who replies to whom once every defect is treated: a tree over positions among the records.
struct TreatedReplies {
  NodeId post = 0;  ///< The number of records if it is missing.
  /// For each record what it replies to: kNoNode if it was dropped, the post for the post. One
  /// entry more for a missing post.
  std::vector<NodeId> parents;
  std::array<std::size_t, kNumReplyDefects> counts = {};  ///< By ReplyDefect.
};

/// O(n log n), without recursion; throws as the constructor of ReplyGraph.
TreatedReplies treat_replies(std::span<const ReplyRecord> records,
                             const ReplyTreatments& treatments, std::uint64_t post);

/// By (time, id).
inline bool is_older(const ReplyRecord& a, const ReplyRecord& b) {
  return std::tie(a.time_s, a.id) < std::tie(b.time_s, b.id);
}

}  // namespace espalier
