#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <espalier/datasets/reddit.h>

namespace espalier::datasets {

/// A line of a dump, taken apart. Views are good until the next line is parsed.
struct ParsedRecord {
  RedditRecord record;
  std::uint64_t link = 0;  ///< The submission that it belongs to.
  std::string_view subreddit, title;
};

/// A record of a thread that a model is asked about.
struct AskedRecord {
  ParsedRecord parsed;  ///< `link` is 0 if the record does not say it.
  std::string_view id;  ///< As it is written.
};

/// Parses lines as RedditReader describes them, and keeps the memory that this takes.
class RedditRecordParser {
 public:
  RedditRecordParser();
  ~RedditRecordParser();

  /// After the line, LineReader::kPadding bytes more must be readable, whatever they are.
  /// Throws Error, saying what was found and what was expected, at a line that is no record.
  ParsedRecord parse(std::string_view line);
  /// The records in a line's JSON array, as parse_reddit_thread() describes it. Nothing need be
  /// readable after the line. Throws likewise, with the number of the record.
  std::vector<AskedRecord> parse_question(std::string_view line);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace espalier::datasets
