#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <espalier/graph/node.h>
#include <espalier/graph/structure.h>

namespace espalier {

struct ReplySchedules;

/// One comment of a discussion, or the post that began it, as a data set records it.
struct ReplyRecord {
  std::uint64_t id = 0;
  std::uint64_t parent = 0;  ///< The id that this one replies to; nothing if `is_post`.
  std::int64_t time_s = 0;   ///< Seconds since the Unix epoch, or any other clock.
  bool is_post = false;
  bool is_deleted = false;  ///< Its text is gone.
};

/// What comments have that a tree in time cannot have, or that may not be wanted in it. The post
/// has none of it.
enum class ReplyDefect : std::uint8_t {
  kOrphan,       ///< Replies to an id that no record has.
  kDeleted,      ///< Has lost its text.
  kDuplicate,    ///< Has the id of a record given before it, or of the post.
  kSelfReply,    ///< Replies to itself.
  kEarlyReply,   ///< Is older, by (time, id), than what it replies to; by time if that is the post.
  kCyclicReply,  ///< Replies, over others, to itself.
};
inline constexpr std::size_t kNumReplyDefects = 6;

/// What becomes of a record with a defect.
enum class ReplyTreatment : std::uint8_t {
  kError,         ///< GraphError.
  kDrop,          ///< It goes, and with it all that replies to it, at any depth.
  kAttachToPost,  ///< It becomes a reply to the post.
  kKeep,          ///< It stays as it is: deleted comments and early replies alone.
};

/// What becomes of each kind of defect. Treated in the order of ReplyDefect, each in what the ones
/// before have left: a comment that was dropped for one, or with what it replies to, is not counted
/// for another, and one that was attached to the post replies to that from then on.
struct ReplyTreatments {
  ReplyTreatment orphans = ReplyTreatment::kError;
  /// Attaching is of its replies: the deleted comment itself goes.
  ReplyTreatment deleted = ReplyTreatment::kKeep;
  /// The post, or else the first record as given, has the id and the replies to it; a duplicate
  /// that is attached to the post has no replies.
  ReplyTreatment duplicates = ReplyTreatment::kError;
  ReplyTreatment self_replies = ReplyTreatment::kError;
  ReplyTreatment early_replies = ReplyTreatment::kError;
  /// The comments of the cycle all go; or the oldest of them, by (time, id), is attached. Every
  /// cycle has an early reply: there are none unless those are kept.
  ReplyTreatment cycles = ReplyTreatment::kError;
  /// How errors write an id: as the data set does. Decimal if there is none.
  std::string (*id_name)(std::uint64_t id) = nullptr;
};

/// A discussion as a graph: who replied to whom, and in which order. Zayats and Ostendorf,
/// "Conversation Modeling on Reddit Using a Graph-Structured LSTM", TACL 2018.
///
/// Node 0 is the post; the comments follow by time, and those of one second by id. So siblings are
/// in order, and, unless early replies are kept, a parent comes before its replies. Immutable: any
/// number of threads may read it.
class ReplyGraph {
 public:
  static constexpr std::size_t kNoRecord = std::numeric_limits<std::size_t>::max();

  /// From records in any order. If none is a post, or there are no records, node 0 stands for
  /// the one that is missing: all that replies to no record's id is then an orphan, unless it names
  /// `post`, which is the id of the missing post. O(n log n), without recursion.
  ///
  /// Throws GraphError, naming ids, at a defect that is to be an error, at a second post, and at
  /// more comments than node ids can number; OptionError at a treatment that its defect cannot
  /// have.
  explicit ReplyGraph(std::span<const ReplyRecord> records, const ReplyTreatments& treatments = {},
                      std::uint64_t post = 0);

  NodeId num_nodes() const { return static_cast<NodeId>(parents_.size()); }

  // Below, v < num_nodes(); kNoNode where there is none.

  NodeId parent(NodeId v) const { return parents_[v]; }
  NodeId first_child(NodeId v) const { return first_children_[v]; }
  NodeId previous_sibling(NodeId v) const { return previous_siblings_[v]; }
  NodeId next_sibling(NodeId v) const { return next_siblings_[v]; }

  /// The position among `records` of what node v stands for; kNoRecord for a missing post.
  std::size_t record(NodeId v) const { return records_[v]; }

  /// How many records had this defect, whatever became of them.
  std::size_t count(ReplyDefect defect) const { return counts_[static_cast<std::size_t>(defect)]; }
  /// How many records are not in the graph: those that were dropped and all that replied to them.
  std::size_t num_dropped() const { return num_dropped_; }

  /// For graph/kept_schedule.h: what has been worked out of the graph, shared by its copies.
  ReplySchedules& schedules() const { return *schedules_; }

 private:
  std::vector<NodeId> parents_, first_children_, previous_siblings_, next_siblings_;
  std::vector<std::size_t> records_;
  std::array<std::size_t, kNumReplyDefects> counts_ = {};
  std::size_t num_dropped_ = 0;
  std::shared_ptr<ReplySchedules> schedules_;
};

/// Which end of a discussion states come from.
enum class ReplyDirection {
  kForward,   ///< A comment reads its parent and its previous sibling: what was said before.
  kBackward,  ///< It reads its first child and its next sibling: what came of it.
};

/// Which edges states travel along.
enum class ReplyEdges {
  kBoth,          ///< The two relations of the paper.
  kHierarchical,  ///< Forward a tree from the post down; backward a comment reads its first child.
  kChain,         ///< No hierarchy: a comment reads the one before it (backward: after it) in time,
                  ///< whatever that replied to.
};

/// Who reads whom, for discussions side by side: the nodes of graphs[i] follow those of
/// graphs[i - 1]. Two relations, each with no more than one predecessor:
///
///     relation          forward             backward
///     "hierarchical"    parent              first child
///     "temporal"        previous sibling    next sibling
///
/// With kHierarchical "temporal" is empty; with kChain "hierarchical" is, and "temporal" the chain.
/// Throws GraphError if there are more nodes than ids can number.
Structure reply_structure(std::span<const ReplyGraph* const> graphs, ReplyDirection direction,
                          ReplyEdges edges = ReplyEdges::kBoth);
Structure reply_structure(const ReplyGraph& graph, ReplyDirection direction,
                          ReplyEdges edges = ReplyEdges::kBoth);

}  // namespace espalier
