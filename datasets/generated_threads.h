#pragma once

#include <cstddef>
#include <cstdint>

#include <espalier/datasets/thread_dataset.h>

namespace espalier::datasets {

/// What the label of a comment, 2 * a + b, is made of. XOR is of the bits of comments; a neighbour
/// that a comment has not counts as 0.
enum class ThreadRule {
  kBefore,          ///< a = own XOR parent's; b = own XOR previous sibling's.
  kBeforeAndAfter,  ///< a = own XOR parent's XOR previous sibling's;
                    ///< b = own XOR first child's XOR next sibling's.
};

struct GeneratedThreadsOptions {
  std::size_t num_train = 2'000;
  std::size_t num_dev = 200;
  std::size_t num_test = 500;
  std::size_t min_comments = 20;  ///< > 0.
  std::size_t max_comments = 60;  ///< At most 10'000.
  ThreadRule rule = ThreadRule::kBefore;
  float top_share = 0.3f;        ///< The probability of a reply to the post; 0 .. 1.
  float recency = 20;            ///< In comments, > 0: how fast old comments go out of sight.
  std::size_t num_signs = 5;     ///< Different words that show a bit, of each bit, > 0.
  std::size_t num_fillers = 20;  ///< Different words that show nothing, > 0.
  std::size_t min_words = 3;     ///< Of a comment, > 0.
  std::size_t max_words = 8;
  std::uint64_t seed = 0;
};

/// Discussions whose labels cannot be known without the neighbours, along both kinds of edges, to
/// see whether a model carries states along them.
///
/// A comment replies to the post with probability `top_share`, else to an earlier comment, with a
/// weight of (1 + its replies so far) * exp(-age / recency), the age being the number of comments
/// since; the first one replies to the post. One comes each minute. Every comment, and the post,
/// has a bit, drawn evenly, which one of its words shows ("zero0" .. or "one0" ..), at any place
/// among fillers ("filler0" ..). The four classes are equally frequent. There are no features.
///
/// Whoever knows all but some neighbours can but guess each of a and b that has one of these in
/// it, so the best accuracy is the mean of 1/2 to the power of how many do. By default:
///
///     what is seen besides the comment                       kBefore   kBeforeAndAfter
///     parent, first child, previous and next sibling         1         1
///     parent, first child: no temporal edges                 0.69      0.49
///     previous and next sibling: no hierarchical edges       0.50      0.41
///     parent, previous sibling: forward alone                1         0.64
///     first child, next sibling: backward alone              0.34      0.50
///     nothing                                                0.34      0.32
///     all before it, but not which of them it replies to     0.51
///
/// Thread i of a split depends on the options but their numbers of threads, the split and i. O(n^2)
/// for a thread of n comments. Throws OptionError at options out of range.
ThreadDataset generate_threads(const GeneratedThreadsOptions& options);

}  // namespace espalier::datasets
