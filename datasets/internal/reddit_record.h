#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include <espalier/datasets/reddit.h>

namespace espalier::datasets {

/// A line of a dump, taken apart. Views are good until the next line is parsed.
struct ParsedRecord {
  RedditRecord record;
  std::uint64_t link = 0;  ///< The submission that it belongs to.
  std::string_view subreddit, title;
};

/// Parses lines as RedditReader describes them, and keeps the memory that this takes.
class RedditRecordParser {
 public:
  RedditRecordParser();
  ~RedditRecordParser();

  /// After the line, LineReader::kPadding bytes more must be readable, whatever they are.
  /// Throws Error, saying what was found and what was expected, at a line that is no record.
  ParsedRecord parse(std::string_view line);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace espalier::datasets
