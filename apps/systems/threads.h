#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <espalier/base/options.h>
#include <espalier/data/labelled_thread.h>
#include <espalier/data/vocabulary.h>
#include <espalier/datasets/line_reader.h>
#include <espalier/datasets/reddit_threads.h>

namespace espalier::apps {

/// A discussion as it was written.
struct TextThread {
  LabelledThread thread;
  std::vector<std::string> ids;    ///< Of each node; empty of a post that is not there.
  std::vector<std::string> texts;  ///< Likewise.
};

/// Discussions on Reddit as the command loads them, and what becomes of what is wrong with them.
struct RedditThreadsOptions {
  enum class Damaged { kError, kSkip };

  bool future = false;
  Damaged damaged = Damaged::kError;
  bool interleaved = false;
  ReplyTreatments treatments = {};

  static std::vector<Option> fields(RedditThreadsOptions& o);
};

/// As datasets::load_reddit() loads them.
datasets::ThreadDataset load_reddit_threads(const RedditThreadsOptions& options,
                                            const std::filesystem::path& folder);

/// The discussion of the next line, a JSON array of records with the keys of Reddit's dumps (id,
/// parent_id, created_utc, body; optionally author, title, link_id and score), in any order;
/// nothing after the last line. The records are read as those that models are trained on, by
/// datasets::parse_reddit_thread(). Deleted comments stay, and comments whose parent is not there
/// reply to the post. Comments have the features that a model of `num_features` takes.
/// Throws ParseError, with the line, if it is something else or has a reply that no tree in time
/// can have.
std::optional<TextThread> read_thread(datasets::LineReader& lines, int num_features,
                                      const Vocabulary& vocabulary);

}  // namespace espalier::apps
