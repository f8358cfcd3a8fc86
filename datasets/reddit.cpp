#include <espalier/datasets/reddit.h>

#include <deque>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <espalier/base/utf8.h>
#include <espalier/datasets/internal/reddit_record.h>
#include <espalier/datasets/line_reader.h>

namespace espalier::datasets {
namespace {

// A thread that is being read. Its characters may move, so that records hold no views yet.
class Draft {
 public:
  explicit Draft(std::uint64_t id) { thread_.id = id; }

  std::uint64_t id() const { return thread_.id; }

  void add(const ParsedRecord& parsed) {
    thread_.records.push_back(parsed.record);
    places_.push_back({keep(parsed.record.author), keep(parsed.record.text)});
    if (thread_.subreddit.empty()) thread_.subreddit = parsed.subreddit;
    if (parsed.record.reply.is_post) {
      thread_.title = parsed.title;
    } else {
      ++num_comments_;
    }
  }

  std::size_t num_comments() const { return num_comments_; }

  RedditThread take() && {
    for (std::size_t i = 0; i < places_.size(); ++i) {
      thread_.records[i].author = view(places_[i].author);
      thread_.records[i].text = view(places_[i].text);
    }
    return std::move(thread_);
  }

 private:
  struct Place {
    std::size_t begin, size;
  };
  struct Places {
    Place author, text;
  };

  Place keep(std::string_view text) {
    const std::size_t begin = thread_.characters.size();
    thread_.characters.insert(thread_.characters.end(), text.begin(), text.end());
    return {begin, text.size()};
  }
  std::string_view view(const Place& place) const {
    return {thread_.characters.data() + place.begin, place.size};
  }

  RedditThread thread_;
  std::vector<Places> places_;
  std::size_t num_comments_ = 0;
};

}  // namespace

std::vector<ReplyRecord> RedditThread::replies() const {
  std::vector<ReplyRecord> replies;
  replies.reserve(records.size());
  for (const RedditRecord& record : records) replies.push_back(record.reply);
  return replies;
}

struct RedditReader::State {
  State(const std::filesystem::path& path, const RedditOptions& how) : lines(path), options(how) {}

  // The next record that is not damaged.
  std::optional<ParsedRecord> next_record() {
    while (const auto line = lines.next_bytes()) {
      ++num_lines;
      try {
        return parser.parse(*line);
      } catch (const Error& error) {
        if (!options.skip_damaged) {
          TextPosition where = here();
          const std::size_t i = find_invalid_utf8(*line);
          if (i != std::string_view::npos) where.column = i + 1;
          throw ParseError(where, error.what());
        }
        ++num_skipped;
      }
    }
    return std::nullopt;
  }

  // Makes sure that some thread is ready, unless the file is at its end; after an error it is.
  void read() {
    if (!ready.empty() || is_at_end) return;
    try {
      options.interleaved ? read_all() : read_next_thread();
    } catch (...) {
      is_at_end = true;
      begun.reset();
      ready.clear();
      throw;
    }
  }

  TextPosition here() const { return {.source = lines.file().source, .line = lines.line_number()}; }

  void read_next_thread();
  void read_all();

  LineReader lines;
  RedditOptions options;
  RedditRecordParser parser;
  std::size_t num_lines = 0;
  std::size_t num_skipped = 0;
  bool is_at_end = false;
  std::optional<Draft> begun;               // Whose first line has been read.
  std::unordered_set<std::uint64_t> ended;  // Ids of threads that must not go on.
  std::deque<Draft> ready;
};

// Reads up to the first line of the thread after it.
void RedditReader::State::read_next_thread() {
  while (const auto parsed = next_record()) {
    if (begun && begun->id() == parsed->link) {
      begun->add(*parsed);
      continue;
    }
    if (ended.contains(parsed->link)) {
      throw ParseError(here(),
                       "a record of a thread that ended before another began; expected the records "
                       "of a thread in one run of lines, or the option `interleaved`");
    }
    std::optional<Draft> next(parsed->link);
    next->add(*parsed);
    std::swap(begun, next);
    if (!next) continue;
    ended.insert(next->id());
    ready.push_back(std::move(*next));
    return;
  }
  is_at_end = true;
  if (begun) ready.push_back(std::move(*begun));
  begun.reset();
}

void RedditReader::State::read_all() {
  std::unordered_map<std::uint64_t, std::size_t> places;
  while (const auto parsed = next_record()) {
    const auto [place, is_new] = places.try_emplace(parsed->link, ready.size());
    if (is_new) ready.emplace_back(parsed->link);
    ready[place->second].add(*parsed);
  }
  is_at_end = true;
}

RedditReader::RedditReader(const std::filesystem::path& path, const RedditOptions& options)
    : state_(std::make_unique<State>(path, options)) {}
RedditReader::~RedditReader() = default;
RedditReader::RedditReader(RedditReader&&) noexcept = default;
RedditReader& RedditReader::operator=(RedditReader&&) noexcept = default;

std::optional<RedditThread> RedditReader::next() {
  State& state = *state_;
  for (;;) {
    state.read();
    if (state.ready.empty()) return std::nullopt;
    Draft draft = std::move(state.ready.front());
    state.ready.pop_front();
    if (draft.num_comments() >= state.options.min_comments) return std::move(draft).take();
  }
}

std::size_t RedditReader::num_lines() const { return state_->num_lines; }
std::size_t RedditReader::num_skipped() const { return state_->num_skipped; }

namespace {

Draft thread_of_records(const std::vector<AskedRecord>& records) {
  std::uint64_t link = 0;
  for (const AskedRecord& record : records) {
    const std::uint64_t own = record.parsed.link;
    if (own != 0 && link != 0 && own != link) {
      throw Error(message("records of the threads ", reddit_id(link), " and ", reddit_id(own),
                          ", expected one thread"));
    }
    if (own != 0) link = own;
  }
  Draft draft(link);
  for (const AskedRecord& record : records) draft.add(record.parsed);
  return draft;
}

}  // namespace

AskedThread parse_reddit_thread(std::string_view line, const TextPosition& where) {
  RedditRecordParser parser;
  try {
    const std::vector<AskedRecord> records = parser.parse_question(line);
    AskedThread asked{thread_of_records(records).take(), {}};
    for (const AskedRecord& record : records) asked.ids.emplace_back(record.id);
    return asked;
  } catch (const Error& error) {
    throw ParseError(where, error.what());
  }
}

std::string reddit_id(std::uint64_t id) {
  std::string digits;
  do {
    digits.insert(digits.begin(), "0123456789abcdefghijklmnopqrstuvwxyz"[id % 36]);
    id /= 36;
  } while (id > 0);
  return digits;
}

}  // namespace espalier::datasets
