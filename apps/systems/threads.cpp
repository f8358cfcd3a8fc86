#include <espalier/apps/systems/threads.h>

#include <algorithm>
#include <charconv>
#include <string_view>
#include <system_error>
#include <utility>

#include <nlohmann/json.hpp>

#include <espalier/base/error.h>
#include <espalier/datasets/reddit_threads.h>
#include <espalier/datasets/thread_features.h>

namespace espalier::apps {
namespace {

// A base-36 number, with or without "t1_" or "t3_" before it.
std::uint64_t id_of(std::string_view text) {
  std::string_view digits = text;
  if (digits.starts_with("t1_") || digits.starts_with("t3_")) digits.remove_prefix(3);
  std::uint64_t id = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), id, 36);
  if (error != std::errc() || end != digits.data() + digits.size() || digits.empty()) {
    throw GraphError(message('"', text, "\" is no id, expected a base-36 number"));
  }
  return id;
}

// The strings of a thread, which its records point to.
struct ThreadText {
  std::vector<std::string> ids, authors, bodies;
};

datasets::RedditRecord record_of(const nlohmann::json& json, ThreadText& text,
                                 datasets::RedditThread& thread) {
  text.ids.push_back(json.at("id"));
  const nlohmann::json& author = json.contains("author") ? json.at("author") : nlohmann::json();
  text.authors.push_back(author.is_null() ? std::string() : author.get<std::string>());
  text.bodies.push_back(json.at("body"));
  datasets::RedditRecord record;
  record.reply.id = id_of(text.ids.back());
  record.reply.time_s = json.at("created_utc");
  record.reply.is_post = json.at("parent_id").is_null();
  if (record.reply.is_post) {
    thread.id = record.reply.id;
    thread.title = json.value("title", std::string());
  } else {
    record.reply.parent = id_of(json.at("parent_id").get<std::string>());
  }
  return record;
}

TextThread make_thread(const nlohmann::json& json, int num_features, const Vocabulary& vocabulary) {
  datasets::RedditThread thread;
  ThreadText text;
  if (!json.is_array() || json.empty()) throw GraphError("expected an array of records");
  for (const nlohmann::json& record : json) {
    thread.records.push_back(record_of(record, text, thread));
  }
  for (std::size_t i = 0; i < thread.records.size(); ++i) {  // The strings move no more.
    thread.records[i].author = text.authors[i];
    thread.records[i].text = text.bodies[i];
  }
  // A model that was trained with features of what came of a comment has more of them.
  const std::size_t with_future = datasets::thread_feature_names({.future = true}).size();
  datasets::RedditThreadOptions how{
      .features = {.future = std::cmp_equal(num_features, with_future)}};
  how.max_comments = std::max<std::size_t>(1, thread.records.size());
  how.treatments.orphans = ReplyTreatment::kAttachToPost;
  TextThread result{.thread = datasets::thread_of(thread, vocabulary, how), .ids = {}, .texts = {}};
  if (num_features == 0) result.thread.features.clear();
  for (NodeId v = 0; v < result.thread.graph.num_nodes(); ++v) {
    const std::size_t i = result.thread.graph.record(v);
    const bool is_there = i != ReplyGraph::kNoRecord;
    result.ids.push_back(is_there ? text.ids[i] : std::string());
    result.texts.push_back(is_there ? text.bodies[i] : std::string());
  }
  if (!thread.title.empty()) result.texts[0] = message(thread.title, ". ", result.texts[0]);
  return result;
}

}  // namespace

std::optional<TextThread> read_thread(datasets::LineReader& lines, int num_features,
                                      const Vocabulary& vocabulary) {
  const std::optional<std::string_view> line = lines.next();
  if (!line) return std::nullopt;
  try {
    return make_thread(nlohmann::json::parse(*line), num_features, vocabulary);
  } catch (const nlohmann::json::exception& error) {
    throw ParseError(lines.where(), message("no discussion in JSON: ", error.what()));
  } catch (const GraphError& error) {
    throw ParseError(lines.where(), error.what());
  }
}

}  // namespace espalier::apps
