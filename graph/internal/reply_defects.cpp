#include <espalier/graph/internal/reply_defects.h>

#include <algorithm>
#include <string>
#include <utility>

#include <espalier/base/error.h>
#include <espalier/graph/internal/check.h>

namespace espalier {
namespace {

void check_treatments(const ReplyTreatments& treatments) {
  const std::pair<const char*, ReplyTreatment> never_kept[] = {
      {"orphans", treatments.orphans},
      {"duplicates", treatments.duplicates},
      {"self-replies", treatments.self_replies},
      {"cycles", treatments.cycles}};
  for (const auto& [defect, treatment] : never_kept) {
    if (treatment != ReplyTreatment::kKeep) continue;
    throw OptionError(message("treatment of ", defect,
                              ": kKeep; expected kError, kDrop or kAttachToPost, as a tree cannot "
                              "have them"));
  }
}

// "3 -> 5 -> 7", and of a long list its beginning and its last id.
std::string join_ids(std::span<const std::string> ids) {
  constexpr std::size_t kReadable = 20;
  const bool cut = ids.size() > kReadable;
  std::string text;
  for (const std::string& id : cut ? ids.first(kReadable - 2) : ids) {
    if (!text.empty()) text += " -> ";
    text += id;
  }
  return cut ? message(text, " -> … -> ", ids.back()) : text;
}

// Finds records by their ids. Of those that share one, the post has it, or else the first.
class RecordIndex {
 public:
  RecordIndex(std::span<const ReplyRecord> records, NodeId post) : post_(post) {
    entries_.reserve(records.size());
    for (NodeId r = 0; r < records.size(); ++r) {
      entries_.push_back({records[r].id, r == post ? 0 : r + 1});
    }
    if (!std::ranges::is_sorted(entries_)) std::ranges::sort(entries_);
    for (std::size_t i = 1; i < entries_.size(); ++i) {
      if (entries_[i].first == entries_[i - 1].first) later_.push_back(entries_[i].second - 1);
    }
    std::ranges::sort(later_);
  }

  // kNoNode if no record has it.
  NodeId find(std::uint64_t id) const {
    const auto entry = std::ranges::lower_bound(entries_, Entry(id, 0));
    if (entry == entries_.end() || entry->first != id) return kNoNode;
    return entry->second == 0 ? post_ : entry->second - 1;
  }

  // Is its id that of another, which has it?
  bool is_duplicate(NodeId r) const { return std::ranges::binary_search(later_, r); }

 private:
  using Entry = std::pair<std::uint64_t, NodeId>;  // Id; 0 for the post, position + 1 for others.

  NodeId post_;
  std::vector<Entry> entries_;
  std::vector<NodeId> later_;
};

// Is `a` older than `b`, which it replies to? The ids of a post and of comments need not be of one
// sequence, so by time alone if that is the post.
bool is_early(const ReplyRecord& a, const ReplyRecord& b) {
  return b.is_post ? a.time_s < b.time_s : is_older(a, b);
}

class DefectTreatment {
 public:
  DefectTreatment(std::span<const ReplyRecord> records, const ReplyTreatments& treatments);

  TreatedReplies run(std::uint64_t post_id) &&;

 private:
  // Of an id, in errors.
  std::string name(std::uint64_t id) const {
    return treatments_.id_name != nullptr ? treatments_.id_name(id) : std::to_string(id);
  }

  // A comment that was not dropped.
  bool is_comment(NodeId r) const { return replies_.parents[r] != kNoNode && r != replies_.post; }

  void treat_orphans(const RecordIndex& index, std::uint64_t post_id);
  void treat_deleted();
  void treat_duplicates(const RecordIndex& index);
  void treat_self_replies();
  void treat_early_replies();
  void treat_cycles();
  void treat_cycle(NodeId r);

  // `is_defective` and `describe` take a position.
  template <class IsDefective, class Describe>
  void treat(ReplyDefect defect, ReplyTreatment treatment, const IsDefective& is_defective,
             const Describe& describe);
  void count(ReplyDefect defect) { ++replies_.counts[static_cast<std::size_t>(defect)]; }
  void drop_replies_to_dropped();

  std::span<const ReplyRecord> records_;
  ReplyTreatments treatments_;
  TreatedReplies replies_;
};

// Leaves every record a reply to the post.
DefectTreatment::DefectTreatment(std::span<const ReplyRecord> records,
                                 const ReplyTreatments& treatments)
    : records_(records), treatments_(treatments) {
  check_treatments(treatments);
  const auto post = std::ranges::find_if(records, &ReplyRecord::is_post);
  const auto position = static_cast<std::size_t>(post - records.begin());
  if (post != records.end()) {
    const auto second = std::find_if(post + 1, records.end(), [](auto& r) { return r.is_post; });
    if (second != records.end()) {
      throw GraphError(message("records ", position, " and ", second - records.begin(),
                               ", with the ids ", name(post->id), " and ", name(second->id),
                               ", are both posts; expected one"));
    }
  }
  const NodeId num_nodes = checked_num_nodes(std::max(records.size(), position + 1));
  replies_.post = static_cast<NodeId>(position);
  replies_.parents.assign(num_nodes, replies_.post);
}

TreatedReplies DefectTreatment::run(std::uint64_t post_id) && {
  const RecordIndex index(records_, replies_.post);
  treat_orphans(index, post_id);
  treat_deleted();
  treat_duplicates(index);
  treat_self_replies();
  treat_early_replies();
  treat_cycles();
  return std::move(replies_);
}

void DefectTreatment::treat_orphans(const RecordIndex& index, std::uint64_t post_id) {
  std::vector<NodeId> orphans;
  for (NodeId r = 0; r < records_.size(); ++r) {
    if (r == replies_.post) continue;
    const NodeId parent = index.find(records_[r].parent);
    const bool post_is_missing = replies_.post == records_.size();
    if (parent != kNoNode) {
      replies_.parents[r] = parent;
    } else if (!post_is_missing || records_[r].parent != post_id) {
      orphans.push_back(r);
    }
  }
  treat(
      ReplyDefect::kOrphan, treatments_.orphans,
      [&](NodeId r) { return std::ranges::binary_search(orphans, r); },
      [&](NodeId r) {
        return message("comment ", name(records_[r].id), " replies to ", name(records_[r].parent),
                       ", which no record has as its id");
      });
}

void DefectTreatment::treat_deleted() {
  ReplyTreatment treatment = treatments_.deleted;
  if (treatment == ReplyTreatment::kAttachToPost) {
    for (NodeId r = 0; r < records_.size(); ++r) {
      if (!is_comment(r)) continue;
      NodeId& parent = replies_.parents[r];
      if (parent != replies_.post && records_[parent].is_deleted) parent = replies_.post;
    }
    treatment = ReplyTreatment::kDrop;  // Nothing replies to them any more.
  }
  treat(
      ReplyDefect::kDeleted, treatment, [&](NodeId r) { return records_[r].is_deleted; },
      [&](NodeId r) {
        return message("comment ", name(records_[r].id),
                       " is deleted; expected comments with a text");
      });
}

void DefectTreatment::treat_duplicates(const RecordIndex& index) {
  treat(
      ReplyDefect::kDuplicate, treatments_.duplicates,
      [&](NodeId r) { return index.is_duplicate(r); },
      [&](NodeId r) {
        return message("records ", index.find(records_[r].id), " and ", r, " both have the id ",
                       name(records_[r].id), "; expected ids that differ");
      });
}

void DefectTreatment::treat_self_replies() {
  treat(
      ReplyDefect::kSelfReply, treatments_.self_replies,
      [&](NodeId r) { return replies_.parents[r] == r; },
      [&](NodeId r) { return message("comment ", name(records_[r].id), " replies to itself"); });
}

void DefectTreatment::treat_early_replies() {
  const auto is_early_reply = [&](NodeId r) {
    const NodeId parent = replies_.parents[r];
    return parent < records_.size() && is_early(records_[r], records_[parent]);
  };
  treat(ReplyDefect::kEarlyReply, treatments_.early_replies, is_early_reply, [&](NodeId r) {
    const ReplyRecord& parent = records_[replies_.parents[r]];
    return message("comment ", name(records_[r].id), ", of ", records_[r].time_s, " s, replies to ",
                   parent.is_post ? "the post " : "comment ", name(parent.id), ", of ",
                   parent.time_s,
                   " s; expected a reply to be the later of the two, by time and then by id");
  });
}

// Goes up from every comment until it meets one that it has met before: if that was on the same way
// up, a cycle is closed there.
void DefectTreatment::treat_cycles() {
  // Not around a cycle can every reply be the later one.
  if (treatments_.early_replies != ReplyTreatment::kKeep) return;
  std::vector<NodeId> met_from(replies_.parents.size(), kNoNode);
  std::vector<NodeId> cycles;  // One comment of each.
  for (NodeId r = 0; r < records_.size(); ++r) {
    NodeId v = r;
    while (is_comment(v) && met_from[v] == kNoNode) {
      met_from[v] = r;
      v = replies_.parents[v];
    }
    if (met_from[v] == r) cycles.push_back(v);
  }
  for (const NodeId r : cycles) treat_cycle(r);
  if (!cycles.empty()) drop_replies_to_dropped();
}

void DefectTreatment::treat_cycle(NodeId r) {
  std::vector<NodeId> cycle;
  do {
    cycle.push_back(r);
    count(ReplyDefect::kCyclicReply);
    r = replies_.parents[r];
  } while (r != cycle.front());
  // Ids may be shared, but not by comments that have replies.
  const auto oldest = std::ranges::min_element(
      cycle, [&](NodeId a, NodeId b) { return is_older(records_[a], records_[b]); });
  switch (treatments_.cycles) {
    case ReplyTreatment::kAttachToPost:
      replies_.parents[*oldest] = replies_.post;
      return;
    case ReplyTreatment::kDrop:
      for (const NodeId v : cycle) replies_.parents[v] = kNoNode;
      return;
    default:
      break;
  }
  std::rotate(cycle.begin(), oldest, cycle.end());
  std::vector<std::string> ids;
  for (const NodeId v : cycle) ids.push_back(name(records_[v].id));
  ids.push_back(ids.front());
  throw GraphError(
      message("comment ", ids.front(), " replies, over others, to itself: ", join_ids(ids)));
}

template <class IsDefective, class Describe>
void DefectTreatment::treat(ReplyDefect defect, ReplyTreatment treatment,
                            const IsDefective& is_defective, const Describe& describe) {
  bool dropped = false;
  for (NodeId r = 0; r < records_.size(); ++r) {
    if (!is_comment(r) || !is_defective(r)) continue;
    count(defect);
    switch (treatment) {
      case ReplyTreatment::kError:
        throw GraphError(describe(r));
      case ReplyTreatment::kDrop:
        replies_.parents[r] = kNoNode;
        dropped = true;
        break;
      case ReplyTreatment::kAttachToPost:
        replies_.parents[r] = replies_.post;
        break;
      case ReplyTreatment::kKeep:
        break;
    }
  }
  if (dropped) drop_replies_to_dropped();
}

// A way up that ends in a cycle meets nothing that was dropped.
void DefectTreatment::drop_replies_to_dropped() {
  std::vector<NodeId>& parents = replies_.parents;
  std::vector<bool> met(parents.size());
  met[replies_.post] = true;
  for (NodeId r = 0; r < records_.size(); ++r) {
    NodeId end = r;
    while (parents[end] != kNoNode && !met[end]) {
      met[end] = true;
      end = parents[end];
    }
    if (parents[end] != kNoNode) continue;
    for (NodeId v = r; parents[v] != kNoNode;) v = std::exchange(parents[v], kNoNode);
  }
}

}  // namespace

TreatedReplies treat_replies(std::span<const ReplyRecord> records,
                             const ReplyTreatments& treatments, std::uint64_t post) {
  return DefectTreatment(records, treatments).run(post);
}

}  // namespace espalier
