#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <espalier/graph/reply_graph.h>

namespace espalier::datasets {

/// Of a comment or post, what its features are made of besides the graph.
struct ThreadComment {
  std::int64_t time_s = 0;
  std::string_view author = {};  ///< Empty: not known. Two that are not known are not the same.
  std::size_t num_words = 0;
};

struct ThreadFeatureOptions {
  /// Also what is not known yet when a comment is written: what came of it.
  bool future = false;
};

/// The names of the columns of thread_features(), in order. Times, t below, are ln(1 + seconds) / 3
/// (a minute 1.4, an hour 2.7, a month 4.9), of negative ones 0; numbers, n below, ln(1 + number).
///
///     time_since_post              t   Missing post: since the first comment.
///     time_since_parent            t   Parent missing with its post: 0.
///     time_since_previous          t   Since the comment before in the thread, or the post.
///     depth                        n   Of the post 0.
///     earlier_siblings             n
///     earlier_comments             n   In the thread, wherever.
///     earlier_comments_of_author   n   In the thread; author not known: 0.
///     is_by_author_of_post         0 or 1
///     is_by_author_of_parent       0 or 1
///     words                        n
///     is_author_unknown            0 or 1
///
/// and with `future`
///
///     descendants                  n   All that replied to it, at any depth.
///     height                       n   Of the longest chain of replies.
///     replies                      n
///     later_siblings               n
///     time_to_first_reply          t   No reply: 0.
///     comments                     n   In the thread.
///
/// Of these, the post has "words", "is_author_unknown", and those of the future; all else is 0. A
/// missing post has no words, no known author, and 0 as time to the first reply.
std::vector<std::string> thread_feature_names(const ThreadFeatureOptions& options = {});

/// Structure and timing of every node of `graph`: [num_nodes, number of names]. `comments` are
/// those that the graph was made of, in the same order. O(n), without recursion.
/// Throws GraphError if the graph has a record that `comments` has not.
std::vector<float> thread_features(const ReplyGraph& graph, std::span<const ThreadComment> comments,
                                   const ThreadFeatureOptions& options = {});

}  // namespace espalier::datasets
