#pragma once

#include <optional>
#include <string>
#include <vector>

#include <espalier/data/labelled_thread.h>
#include <espalier/data/vocabulary.h>
#include <espalier/datasets/line_reader.h>

namespace espalier::apps {

/// A discussion as it was written.
struct TextThread {
  LabelledThread thread;
  std::vector<std::string> ids;    ///< Of each node; empty of a post that is not there.
  std::vector<std::string> texts;  ///< Likewise.
};

/// The discussion of the next line, a JSON array of records with the keys of Reddit's dumps (id,
/// parent_id, created_utc, body; optionally author and title), in any order; nothing after the last
/// line. Deleted comments stay, and comments whose parent is not there reply to the post. Comments
/// have the features that a model of `num_features` takes.
/// Throws ParseError, with the line, if it is something else or has a reply that no tree in time
/// can have.
std::optional<TextThread> read_thread(datasets::LineReader& lines, int num_features,
                                      const Vocabulary& vocabulary);

}  // namespace espalier::apps
