#include <espalier/apps/systems/threads.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include <espalier/base/error.h>
#include <espalier/datasets/reddit.h>
#include <espalier/datasets/thread_features.h>

namespace espalier::apps {
namespace {

// As training reads them, but no comment is left out for being one too many.
datasets::RedditThreadOptions options_for(const datasets::RedditThread& thread, int num_features) {
  // A model that was trained with features of what came of a comment has more of them.
  const std::size_t with_future = datasets::thread_feature_names({.future = true}).size();
  datasets::RedditThreadOptions options{
      .features = {.future = std::cmp_equal(num_features, with_future)}};
  options.max_comments = std::max<std::size_t>(1, thread.records.size());
  options.treatments.orphans = ReplyTreatment::kAttachToPost;
  return options;
}

// What is shown of a record; the words that a model reads are the same, but for deleted texts.
std::string text_of(const datasets::RedditRecord& record, const std::string& title) {
  const std::string text(record.reply.is_deleted ? "[deleted]" : record.text);
  return record.reply.is_post && !title.empty() ? message(title, ". ", text) : text;
}

std::vector<Option> treatment_options(ReplyTreatments& t) {
  const std::vector<std::string> tree = {"error", "drop", "attach"};
  std::vector<std::string> any = tree;
  any.push_back("keep");
  return {
      choice("duplicates", t.duplicates,
             "Comments with the id of one before; to attach is to the post", tree)
          .added_later(),
      choice("orphans", t.orphans, "Comments whose parent is not there", tree).added_later(),
      choice("early_replies", t.early_replies, "Comments older than what they reply to", any)
          .added_later(),
      choice("self_replies", t.self_replies, "Comments that reply to themselves", tree)
          .added_later(),
      choice("cycles", t.cycles, "Comments that reply in a circle, if early replies are kept", tree)
          .added_later(),
      choice("deleted", t.deleted, "Comments without a text; to attach is of their replies", any)
          .added_later()};
}

}  // namespace

std::vector<Option> RedditThreadsOptions::fields(RedditThreadsOptions& o) {
  std::vector<Option> options = {
      option("future", o.future,
             "Give features, too, that nobody knows when a comment is written: how many "
             "replies it will have, and so on"),
      choice("damaged", o.damaged, "Lines that are no records", {"error", "skip"}).added_later(),
      option("interleaved", o.interleaved,
             "The records of a thread need not be in one run of lines; takes more memory")
          .added_later()};
  for (const Option& treatment : treatment_options(o.treatments)) options.push_back(treatment);
  return options;
}

datasets::ThreadDataset load_reddit_threads(const RedditThreadsOptions& options,
                                            const std::filesystem::path& folder) {
  datasets::RedditThreadOptions how{.features = {.future = options.future},
                                    .treatments = options.treatments};
  how.interleaved = options.interleaved;
  how.skip_damaged = options.damaged == RedditThreadsOptions::Damaged::kSkip;
  return datasets::load_reddit(folder, how);
}

std::optional<TextThread> read_thread(datasets::LineReader& lines, int num_features,
                                      const Vocabulary& vocabulary) {
  const std::optional<std::string_view> line = lines.next();
  if (!line) return std::nullopt;
  const datasets::AskedThread asked = datasets::parse_reddit_thread(*line, lines.where());
  const datasets::RedditThread& thread = asked.thread;
  try {
    TextThread result{
        .thread = datasets::thread_of(thread, vocabulary, options_for(thread, num_features)),
        .ids = {},
        .texts = {}};
    if (num_features == 0) result.thread.features.clear();
    for (NodeId v = 0; v < result.thread.graph.num_nodes(); ++v) {
      const std::size_t i = result.thread.graph.record(v);
      const bool is_there = i != ReplyGraph::kNoRecord;
      result.ids.push_back(is_there ? asked.ids[i] : std::string());
      result.texts.push_back(is_there ? text_of(thread.records[i], thread.title) : std::string());
    }
    return result;
  } catch (const GraphError& error) {
    throw ParseError(lines.where(), error.what());
  }
}

}  // namespace espalier::apps
