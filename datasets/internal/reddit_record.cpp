#include <espalier/datasets/internal/reddit_record.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <new>
#include <string>
#include <system_error>

#include <simdjson.h>

#include <espalier/base/error.h>
#include <espalier/datasets/line_reader.h>

namespace espalier::datasets {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

static_assert(LineReader::kPadding >= simdjson::SIMDJSON_PADDING);

// The entries that matter; the first kNumRequired must be there.
enum Key : std::size_t {
  kId,
  kLinkId,
  kParentId,
  kCreated,
  kScore,
  kAuthor,
  kBody,
  kSubreddit,
  kTitle,
  kNumKeys
};
constexpr std::size_t kNumRequired = kBody + 1;
constexpr std::array<std::string_view, kNumKeys> kNames = {
    "id", "link_id", "parent_id", "created_utc", "score", "author", "body", "subreddit", "title"};

using Entries = std::array<std::optional<element>, kNumKeys>;

// A string in quotes, or its beginning; of anything else its kind.
std::string shown(const element& value) {
  constexpr std::size_t kMaxSize = 40;
  switch (value.type()) {
    case element_type::ARRAY:
      return "an array";
    case element_type::OBJECT:
      return "an object";
    case element_type::STRING: {
      std::string_view text = value.get_string().value_unsafe();
      if (text.size() <= kMaxSize) return message('"', text, '"');
      std::size_t size = kMaxSize;  // Not amid a character.
      while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
      return message('"', text.substr(0, size), "...\"");
    }
    default:
      return simdjson::minify(value);
  }
}

[[noreturn]] void fail(const Entries& entries, Key key, std::string_view expected) {
  throw Error(message('"', kNames[key], "\" is ", shown(*entries[key]), ", expected ", expected));
}

Entries entries_of(const simdjson::dom::object& object) {
  Entries entries;
  for (const auto& [name, value] : object) {
    for (std::size_t key = 0; key < kNumKeys; ++key) {
      if (name != kNames[key]) continue;
      if (entries[key]) throw Error(message("two entries \"", name, '"'));
      entries[key] = value;
      break;
    }
  }
  for (std::size_t key = 0; key < kNumRequired; ++key) {
    if (!entries[key]) throw Error(message("no entry \"", kNames[key], '"'));
  }
  return entries;
}

std::string_view string_of(const Entries& entries, Key key) {
  std::string_view text;
  if (entries[key]->get(text) != simdjson::SUCCESS) fail(entries, key, "a string");
  return text;
}

// A string, or null or absent: empty.
std::string_view string_or_null(const Entries& entries, Key key) {
  if (!entries[key] || entries[key]->is_null()) return {};
  std::string_view text;
  if (entries[key]->get(text) != simdjson::SUCCESS) fail(entries, key, "a string or null");
  return text;
}

// The number that the whole of `text` is; nothing if it is none or does not fit.
template <class Number>
std::optional<Number> number_in(std::string_view text, int base) {
  Number value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, base);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

// Of an id after one of the prefixes. Reddit writes lower case alone.
std::uint64_t id_of(const Entries& entries, Key key, std::size_t prefix_size,
                    std::string_view expected) {
  const std::string_view digits = string_of(entries, key).substr(prefix_size);
  const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  const auto id = number_in<std::uint64_t>(digits, 36);
  if (!id || std::ranges::any_of(digits, is_upper)) fail(entries, key, expected);
  return *id;
}

std::uint64_t link_of(const Entries& entries) {
  constexpr std::string_view kExpected = "\"t3_\" and a base-36 number of 64 bits";
  if (!string_of(entries, kLinkId).starts_with("t3_")) fail(entries, kLinkId, kExpected);
  return id_of(entries, kLinkId, 3, kExpected);
}

// Newer dumps have a number, older ones a string of one; what Reddit itself sends ends with ".0".
std::int64_t time_of(const Entries& entries) {
  constexpr double kMaxExact = 9007199254740992;  // 2^53
  const element& entry = *entries[kCreated];
  std::int64_t value = 0;
  if (entry.get(value) == simdjson::SUCCESS) return value;
  std::string_view text;
  if (entry.get(text) == simdjson::SUCCESS) {
    if (const auto number = number_in<std::int64_t>(text, 10)) return *number;
  }
  double seconds = 0;
  if (entry.is_double() && entry.get(seconds) == simdjson::SUCCESS &&
      std::abs(seconds) <= kMaxExact && seconds == std::trunc(seconds)) {
    return static_cast<std::int64_t>(seconds);
  }
  fail(entries, kCreated, "a whole number of seconds");
}

std::int32_t score_of(const Entries& entries) {
  std::int64_t score = 0;
  if (entries[kScore]->get(score) != simdjson::SUCCESS ||
      score < std::numeric_limits<std::int32_t>::min() ||
      score > std::numeric_limits<std::int32_t>::max()) {
    fail(entries, kScore, "a whole number of 32 bits");
  }
  return static_cast<std::int32_t>(score);
}

bool is_gone(std::string_view text) { return text == "[deleted]" || text == "[removed]"; }

// Comments and submissions have numbers of their own, but are told apart by them in a graph.
ReplyRecord reply_of(const Entries& entries, std::uint64_t link) {
  constexpr std::string_view kExpected =
      "null, or \"t1_\" or \"t3_\" and a base-36 number of 64 bits";
  ReplyRecord reply;
  reply.id = id_of(entries, kId, 0, "a base-36 number of 64 bits");
  reply.is_post = entries[kParentId]->is_null();
  reply.time_s = time_of(entries);
  if (reply.is_post != (reply.id == link)) {
    fail(entries, kId,
         reply.is_post ? "that of \"link_id\", as \"parent_id\" is null"
                       : "another than that of \"link_id\"");
  }
  if (reply.is_post) return reply;

  const std::string_view parent = string_of(entries, kParentId);
  const bool is_top = parent.starts_with("t3_");
  if (!is_top && !parent.starts_with("t1_")) fail(entries, kParentId, kExpected);
  reply.parent = id_of(entries, kParentId, 3, kExpected);
  if (is_top != (reply.parent == link)) {
    fail(entries, kParentId,
         is_top ? "that of \"link_id\", as it begins with \"t3_\""
                : "another than that of \"link_id\"");
  }
  return reply;
}

ParsedRecord record_of(const Entries& entries) {
  ParsedRecord parsed;
  parsed.link = link_of(entries);
  RedditRecord& record = parsed.record;
  record.reply = reply_of(entries, parsed.link);
  record.score = score_of(entries);
  record.author = string_or_null(entries, kAuthor);
  if (is_gone(record.author)) record.author = {};
  record.text = string_of(entries, kBody);
  record.reply.is_deleted = is_gone(record.text);
  if (record.reply.is_deleted) record.text = {};
  parsed.subreddit = string_or_null(entries, kSubreddit);
  if (record.reply.is_post) {
    if (!entries[kTitle]) throw Error("no entry \"title\", which a submission has");
    parsed.title = string_of(entries, kTitle);
  }
  return parsed;
}

}  // namespace

struct RedditRecordParser::State {
  simdjson::dom::parser parser;
};

RedditRecordParser::RedditRecordParser() : state_(std::make_unique<State>()) {}
RedditRecordParser::~RedditRecordParser() = default;

ParsedRecord RedditRecordParser::parse(std::string_view line) {
  element root;
  const auto error =
      state_->parser.parse(line.data(), line.size(), /*realloc_if_needed=*/false).get(root);
  if (error == simdjson::MEMALLOC) throw std::bad_alloc();
  if (error != simdjson::SUCCESS) {
    throw Error(message("no JSON: ", simdjson::error_message(error)));
  }
  simdjson::dom::object object;
  if (root.get(object) != simdjson::SUCCESS) {
    throw Error(message(shown(root), ", expected a JSON object"));
  }
  return record_of(entries_of(object));
}

}  // namespace espalier::datasets
