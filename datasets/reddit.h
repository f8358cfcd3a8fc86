#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <espalier/base/error.h>
#include <espalier/graph/reply_graph.h>

namespace espalier::datasets {

/// One comment of a dump, or the submission that began the discussion. Ids are Reddit's, base-36
/// numbers, as numbers.
struct RedditRecord {
  ReplyRecord reply;        ///< Id, parent, time; whether it is the post; whether it was deleted.
  std::int32_t score = 0;   ///< "Karma"; may be negative.
  std::string_view author;  ///< Empty if the account is gone.
  std::string_view text;    ///< UTF-8; Markdown is left in. Empty if it was deleted.
};

/// All records of one discussion, in the order of the file. It can be moved, which keeps the views
/// good, and not copied, for a copy's would be of the original's characters.
struct RedditThread {
  RedditThread() = default;
  RedditThread(RedditThread&&) = default;
  RedditThread& operator=(RedditThread&&) = default;

  std::uint64_t id = 0;   ///< Of the submission, whether or not that is among the records.
  std::string subreddit;  ///< Empty if no record says.
  std::string title;      ///< Of the submission; empty if that is not among the records.
  std::vector<RedditRecord> records;
  std::vector<char> characters;  ///< What the views of `records` point to.

  /// The records as a graph would have them.
  std::vector<ReplyRecord> replies() const;
};

struct RedditOptions {
  /// Are the records of a thread not in one run of lines? Then all threads are held until the file
  /// is at its end; otherwise one.
  bool interleaved = false;
  bool skip_damaged = false;     ///< Leave out lines that are no records, and count them.
  std::size_t min_comments = 1;  ///< Threads with fewer are passed over.
};

/// The discussions in a file of Reddit comments, one JSON object on each line as in the public
/// dumps: plain text or compressed, as LineReader reads it.
///
/// A line has `id`, `link_id` ("t3_" and the submission's id), `parent_id` ("t3_..." or "t1_...";
/// null: the submission itself, which has a `title` too), `created_utc` (seconds, a number or a
/// string of one), `score`, `author` (a string or null), `body`, and perhaps `subreddit`
/// (likewise); anything else is passed over. Numbers are whole, in any spelling: 2 or 2.0. Authors,
/// bodies and titles of "[deleted]" or "[removed]", or as later years have it "[ Removed by Reddit
/// ]" and the like, count as gone.
///
///     RedditReader reader("dev.jsonl.gz");
///     while (const auto thread = reader.next()) {
///       const ReplyGraph graph(thread->replies(), {}, thread->id);
///     }
class RedditReader {
 public:
  /// Throws FileError if `path` is a folder or cannot be opened.
  explicit RedditReader(const std::filesystem::path& path, const RedditOptions& options = {});
  ~RedditReader();
  RedditReader(RedditReader&&) noexcept;
  RedditReader& operator=(RedditReader&&) noexcept;

  /// The next thread, in the order of their first lines; nothing once the file is at its end.
  ///
  /// Throws ParseError, with the line, at a line that is no JSON object (an empty one, say), lacks
  /// an entry, has one twice or of the wrong kind, or is no UTF-8, unless damaged lines are
  /// skipped; and always at damaged or cut-off compressed data and, unless `interleaved`, at a
  /// thread that goes on after another one has begun. Throws FileError if the system cannot read
  /// on. After an error there are no more threads.
  std::optional<RedditThread> next();

  std::size_t num_lines() const;    ///< Read so far.
  std::size_t num_skipped() const;  ///< Of these, damaged ones.

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// A thread that a model is asked about.
struct AskedThread {
  RedditThread thread;
  std::vector<std::string> ids;  ///< Of its records, as they are written.
};

/// The discussion in a JSON array of records, which are read as RedditReader reads them, but in any
/// order, and need have neither `score`, `author` nor `link_id`; without that an id may stand with
/// or without "t1_" or "t3_" before it, and a parent is whatever has its id.
///
/// Throws ParseError, with the number of the record, if it is something else, or if the records are
/// of several threads.
AskedThread parse_reddit_thread(std::string_view line, const TextPosition& where);

/// An id as Reddit writes it: in base 36.
std::string reddit_id(std::uint64_t id);

}  // namespace espalier::datasets
