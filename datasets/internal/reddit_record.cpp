#include <espalier/datasets/internal/reddit_record.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <new>
#include <span>
#include <string>
#include <system_error>
#include <utility>

#include <simdjson.h>

#include <espalier/base/error.h>
#include <espalier/datasets/internal/fields.h>
#include <espalier/datasets/line_reader.h>

namespace espalier::datasets {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

static_assert(LineReader::kPadding >= simdjson::SIMDJSON_PADDING);

// The entries that matter.
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

// Entries that a record of a file has, and one of a thread that a model is asked about.
constexpr std::array<Key, 7> kOfFile = {kId, kLinkId, kParentId, kCreated, kScore, kAuthor, kBody};
constexpr std::array<Key, 4> kOfQuestion = {kId, kParentId, kCreated, kBody};

// Throws unless the `required` ones are there.
Entries entries_of(const simdjson::dom::object& object, std::span<const Key> required) {
  Entries entries;
  for (const auto& [name, value] : object) {
    for (std::size_t key = 0; key < kNumKeys; ++key) {
      if (name != kNames[key]) continue;
      if (entries[key]) throw Error(message("two entries \"", name, '"'));
      entries[key] = value;
      break;
    }
  }
  for (const Key key : required) {
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

// A whole number in any spelling that JSON has: pandas, say, writes 2.0.
std::optional<std::int64_t> whole_number_of(const element& entry) {
  constexpr double kMaxExact = 9007199254740992;  // 2^53
  std::int64_t value = 0;
  if (entry.get(value) == simdjson::SUCCESS) return value;
  double number = 0;
  if (entry.is_double() && entry.get(number) == simdjson::SUCCESS &&
      std::abs(number) <= kMaxExact && number == std::trunc(number)) {
    return static_cast<std::int64_t>(number);
  }
  return std::nullopt;
}

// Newer dumps have a number, older ones a string of one; what Reddit itself sends ends with ".0".
std::int64_t time_of(const Entries& entries) {
  const element& entry = *entries[kCreated];
  if (const auto number = whole_number_of(entry)) return *number;
  std::string_view text;
  if (entry.get(text) == simdjson::SUCCESS) {
    if (const auto number = number_in<std::int64_t>(text, 10)) return *number;
  }
  fail(entries, kCreated, "a whole number of seconds");
}

std::int32_t score_of(const Entries& entries) {
  const auto score = whole_number_of(*entries[kScore]);
  if (!score || !std::in_range<std::int32_t>(*score)) {
    fail(entries, kScore, "a whole number of 32 bits");
  }
  return static_cast<std::int32_t>(*score);
}

// What Reddit writes in place of a text or a name that is gone: "[deleted]" and "[removed]", of
// later years "[ Removed by Reddit ]", "[deleted by user]", "[ Removed by reddit in response to a
// copyright notice. ]" and the like. The first two are always written so; people write "[Deleted]".
bool is_gone(std::string_view text) {
  if (text == "[deleted]" || text == "[removed]" || text == "[unavailable]") return true;
  constexpr std::size_t kLongest = 120;
  if (text.size() > kLongest || !text.starts_with('[') || !text.ends_with(']')) return false;
  std::string inside = lower_case(std::string(text.substr(1, text.size() - 2)));
  if (inside.find_first_of("[]\n") != std::string::npos) return false;
  std::erase(inside, ' ');
  return inside.starts_with("deletedby") || inside.starts_with("removedby");
}

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

// All but who replies to whom and the score.
void read_contents(const Entries& entries, ParsedRecord& parsed) {
  RedditRecord& record = parsed.record;
  record.author = string_or_null(entries, kAuthor);
  if (is_gone(record.author)) record.author = {};
  record.text = string_of(entries, kBody);
  record.reply.is_deleted = is_gone(record.text);
  if (record.reply.is_deleted) record.text = {};
  parsed.subreddit = string_or_null(entries, kSubreddit);
  if (!record.reply.is_post) return;
  parsed.title = string_or_null(entries, kTitle);
  if (is_gone(parsed.title)) parsed.title = {};
}

ParsedRecord record_of_file(const Entries& entries) {
  ParsedRecord parsed;
  parsed.link = link_of(entries);
  parsed.record.reply = reply_of(entries, parsed.link);
  parsed.record.score = score_of(entries);
  read_contents(entries, parsed);
  if (parsed.record.reply.is_post) {
    if (!entries[kTitle]) throw Error("no entry \"title\", which a submission has");
    string_of(entries, kTitle);
  }
  return parsed;
}

// The size of "t1_" or "t3_", with which an id may begin.
std::size_t prefix_size(std::string_view id) {
  return id.starts_with("t1_") || id.starts_with("t3_") ? 3 : 0;
}

// A record without a link_id may have prefixes or not. Its parent is whatever has that id.
ParsedRecord record_of_question(const Entries& entries) {
  if (entries[kLinkId]) {
    ParsedRecord parsed;
    parsed.link = link_of(entries);
    parsed.record.reply = reply_of(entries, parsed.link);
    if (entries[kScore]) parsed.record.score = score_of(entries);
    read_contents(entries, parsed);
    return parsed;
  }
  ParsedRecord parsed;
  ReplyRecord& reply = parsed.record.reply;
  reply.id =
      id_of(entries, kId, prefix_size(string_of(entries, kId)), "a base-36 number of 64 bits");
  reply.time_s = time_of(entries);
  reply.is_post = entries[kParentId]->is_null();
  if (reply.is_post) {
    parsed.link = reply.id;
  } else {
    const std::string_view parent = string_of(entries, kParentId);
    reply.parent = id_of(entries, kParentId, prefix_size(parent),
                         "null, or \"t1_\" or \"t3_\" and a base-36 number of 64 bits");
    if (parent.starts_with("t3_")) parsed.link = reply.parent;
  }
  if (entries[kScore]) parsed.record.score = score_of(entries);
  read_contents(entries, parsed);
  return parsed;
}

// In our words, for simdjson's are made for programmers.
std::string_view reason(simdjson::error_code error) {
  switch (error) {
    case simdjson::DEPTH_ERROR:
      return "it is nested more than 1,024 deep";
    case simdjson::UTF8_ERROR:
      return "it holds bytes that are no UTF-8";
    case simdjson::NUMBER_ERROR:
      return "it holds a number that is none, or too large";
    case simdjson::STRING_ERROR:
    case simdjson::UNESCAPED_CHARS:
    case simdjson::UNCLOSED_STRING:
      return "it holds a string that is none, or does not end";
    case simdjson::T_ATOM_ERROR:
    case simdjson::F_ATOM_ERROR:
    case simdjson::N_ATOM_ERROR:
      return "it holds a word that is not true, false or null";
    case simdjson::EMPTY:
      return "the line is empty";
    case simdjson::CAPACITY:
      return "it is too large";
    default:
      return "its brackets, commas and colons do not fit";
  }
}

// `is_padded`: LineReader::kPadding bytes follow.
element parsed_json(simdjson::dom::parser& parser, std::string_view text, bool is_padded) {
  element root;
  const auto error = parser.parse(text.data(), text.size(), !is_padded).get(root);
  if (error == simdjson::MEMALLOC) throw std::bad_alloc();
  if (error != simdjson::SUCCESS) throw Error(message("no JSON: ", reason(error)));
  return root;
}

}  // namespace

struct RedditRecordParser::State {
  simdjson::dom::parser parser;
};

RedditRecordParser::RedditRecordParser() : state_(std::make_unique<State>()) {}
RedditRecordParser::~RedditRecordParser() = default;

ParsedRecord RedditRecordParser::parse(std::string_view line) {
  const element root = parsed_json(state_->parser, line, /*is_padded=*/true);
  simdjson::dom::object object;
  if (root.get(object) != simdjson::SUCCESS) {
    throw Error(message(shown(root), ", expected a JSON object"));
  }
  return record_of_file(entries_of(object, kOfFile));
}

std::vector<AskedRecord> RedditRecordParser::parse_question(std::string_view line) {
  const element root = parsed_json(state_->parser, line, /*is_padded=*/false);
  simdjson::dom::array array;
  if (root.get(array) != simdjson::SUCCESS || array.size() == 0) {
    throw Error(message(shown(root), ", expected a JSON array of records"));
  }
  std::vector<AskedRecord> records;
  for (const element& entry : array) {
    const auto number = records.size() + 1;
    simdjson::dom::object object;
    if (entry.get(object) != simdjson::SUCCESS) {
      throw Error(message("record ", number, ": ", shown(entry), ", expected a JSON object"));
    }
    try {
      const Entries entries = entries_of(object, kOfQuestion);
      records.push_back({record_of_question(entries), string_of(entries, kId)});
    } catch (const Error& error) {
      throw Error(message("record ", number, ": ", error.what()));
    }
  }
  return records;
}

}  // namespace espalier::datasets
