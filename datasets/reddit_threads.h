#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

#include <espalier/datasets/reddit.h>
#include <espalier/datasets/thread_dataset.h>
#include <espalier/datasets/thread_features.h>
#include <espalier/graph/reply_graph.h>

namespace espalier::datasets {

struct RedditThreadOptions {
  std::size_t min_comments = 1;     ///< Threads with fewer are passed over.
  std::size_t max_comments = 300;   ///< Of a thread, the oldest ones are kept, and the post; > 0.
  std::size_t min_word_count = 10;  ///< Words that occur less often in train are unknown; > 0.
  std::size_t max_words = 100;      ///< Of a comment or post, the first known ones are kept; > 0.
  std::size_t num_levels = 8;       ///< Of karma, as many as the scores of train can fill; > 1.
  /// If any, these make the levels (KarmaLevels), and not the scores and num_levels.
  std::vector<std::int32_t> karma_bounds = {};
  bool label_unknown_authors = false;  ///< Label comments whose authors' accounts are gone.
  bool label_deleted_texts = true;     ///< Label comments whose texts are gone.
  ThreadFeatureOptions features = {};
  ReplyTreatments treatments = {};
  /// Of load_reddit(): as in RedditOptions. The records of a dump are always interleaved.
  bool interleaved = false;
  bool skip_damaged = false;
};

/// Discussions on Reddit whose comments have their karma as label; after Zayats and Ostendorf,
/// "Conversation Modeling on Reddit Using a Graph-Structured LSTM", TACL 2018: train.jsonl.gz,
/// dev.jsonl.gz and test.jsonl.gz in `folder`, as RedditReader reads them. `notes` of the result
/// count the lines that were skipped and the defects that were treated, file by file.
///
/// - Label: the level of the comment's score, as KarmaLevels makes them from all comments of train
///   that are in its graphs. The post has none.
/// - Words: those of the text (of the post, its title and text), lower-cased, by sentences_of();
///   unknown ones are left out, so a comment may have none. The vocabulary is that of train.
/// - Features: thread_features(), the number of words being that of the whole text.
/// - A comment whose parent is not among the oldest `max_comments`, as an early reply's may not be,
///   becomes a reply to the post. That is before the defects are treated.
///
/// ReplyGraph::record() is the position among the records that were kept, in the order of the file.
///
/// Throws what RedditReader and KarmaLevels do; ParseError at a file without threads; GraphError,
/// with file and thread, at a defect that is to be an error; OptionError at options out of range.
ThreadDataset load_reddit(const std::filesystem::path& folder,
                          const RedditThreadOptions& options = {});

/// Treatments for dumps of a period: the parents that are older are not there.
inline constexpr ReplyTreatments kDumpTreatments = {.orphans = ReplyTreatment::kAttachToPost};

/// The same of one file, in which the records of threads may be interleaved, and posts missing. Of
/// ten threads, as a number that is drawn from the id alone has it, eight are of train, one of dev
/// and one of test.
ThreadDataset load_reddit_dump(const std::filesystem::path& file,
                               const RedditThreadOptions& options = {
                                   .treatments = kDumpTreatments});

/// One more thread, as those of the splits with this vocabulary are, but without labels. Of the
/// options, those of the karma have no effect. Throws GraphError at a defect that is to be an
/// error.
LabelledThread thread_of(const RedditThread& thread, const Vocabulary& vocabulary,
                         const RedditThreadOptions& options = {});

}  // namespace espalier::datasets
