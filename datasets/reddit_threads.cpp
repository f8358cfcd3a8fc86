#include <espalier/datasets/reddit_threads.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_set>
#include <utility>

#include <espalier/base/error.h>
#include <espalier/datasets/karma.h>
#include <espalier/datasets/reddit.h>
#include <espalier/datasets/tokenizer.h>
#include <espalier/ops/random.h>

namespace espalier::datasets {
namespace {

// A thread whose words are numbers in a vocabulary of all words, and that has no labels yet.
struct Draft {
  LabelledThread thread;
  std::vector<std::int32_t> scores;  // By node; of the post not used.
  std::vector<bool> is_labelled;     // By node.
};
using Drafts = std::vector<Draft>;

void check(const RedditThreadOptions& options) {
  const auto expect_some = [](std::string_view name, std::size_t value) {
    if (value == 0) throw OptionError(message(name, " is 0, expected > 0"));
  };
  expect_some("max_comments", options.max_comments);
  expect_some("min_word_count", options.min_word_count);
  expect_some("max_words", options.max_words);
  if (options.num_levels < 2) {
    throw OptionError(message("num_levels is ", options.num_levels, ", expected at least 2"));
  }
}

// What was passed over or mended in a file.
struct Mended {
  std::array<std::size_t, kNumReplyDefects> defects = {};
  std::size_t num_dropped = 0;

  void add(const ReplyGraph& graph) {
    for (std::size_t d = 0; d < kNumReplyDefects; ++d) {
      defects[d] += graph.count(static_cast<ReplyDefect>(d));
    }
    num_dropped += graph.num_dropped();
  }
};

std::string_view done_by(ReplyTreatment treatment) {
  switch (treatment) {
    case ReplyTreatment::kError:
      return "refused";
    case ReplyTreatment::kDrop:
      return "dropped";
    case ReplyTreatment::kAttachToPost:
      return "attached to the post";
    case ReplyTreatment::kKeep:
      return "kept";
  }
  return "unknown";
}

// A sentence for each kind; deleted comments are in every file, and are kept unless asked.
std::vector<std::string> notes_of(const std::string& file, std::size_t num_damaged,
                                  const Mended& mended, const ReplyTreatments& treatments) {
  const std::array<std::pair<std::string_view, ReplyTreatment>, kNumReplyDefects> kinds = {
      {{"replies to comments that are not there", treatments.orphans},
       {"deleted comments", treatments.deleted},
       {"duplicates", treatments.duplicates},
       {"replies to themselves", treatments.self_replies},
       {"replies older than what they reply to", treatments.early_replies},
       {"replies in cycles", treatments.cycles}}};
  std::vector<std::string> notes;
  if (num_damaged > 0) notes.push_back(message(file, ": damaged lines skipped: ", num_damaged));
  for (std::size_t d = 0; d < kNumReplyDefects; ++d) {
    const auto& [kind, treatment] = kinds[d];
    const bool is_usual =
        static_cast<ReplyDefect>(d) == ReplyDefect::kDeleted && treatment == ReplyTreatment::kKeep;
    if (mended.defects[d] == 0 || is_usual) continue;
    notes.push_back(message(file, ": ", kind, ' ', done_by(treatment), ": ", mended.defects[d]));
  }
  if (mended.num_dropped > 0) {
    notes.push_back(
        message(file, ": comments gone, with those that replied to them: ", mended.num_dropped));
  }
  return notes;
}

// Leaves the post and the oldest comments, in the order in which they were.
void keep_oldest(std::size_t max_comments, RedditThread& thread) {
  std::vector<std::size_t> comments;
  for (std::size_t i = 0; i < thread.records.size(); ++i) {
    if (!thread.records[i].reply.is_post) comments.push_back(i);
  }
  if (comments.size() <= max_comments) return;
  std::ranges::stable_sort(comments, {}, [&](std::size_t i) {
    const ReplyRecord& reply = thread.records[i].reply;
    return std::tuple(reply.time_s, reply.id);
  });
  std::vector<bool> goes(thread.records.size());
  for (std::size_t i = max_comments; i < comments.size(); ++i) goes[comments[i]] = true;

  std::unordered_set<std::uint64_t> kept_ids, lost_ids;
  std::vector<RedditRecord> kept;
  for (std::size_t i = 0; i < thread.records.size(); ++i) {
    const RedditRecord& record = thread.records[i];
    (goes[i] ? lost_ids : kept_ids).insert(record.reply.id);
    if (!goes[i]) kept.push_back(record);
  }
  for (RedditRecord& record : kept) {
    const std::uint64_t parent = record.reply.parent;
    const bool is_lost = lost_ids.contains(parent) && !kept_ids.contains(parent);
    if (is_lost && !record.reply.is_post) record.reply.parent = thread.id;
  }
  thread.records = std::move(kept);
}

void append_words(std::string_view text, Vocabulary& vocabulary,
                  std::vector<std::uint32_t>& words) {
  for (const Sentence& sentence : sentences_of(text)) {
    for (const std::string& word : sentence) words.push_back(vocabulary.add(word));
  }
}

Draft draft_of(const RedditThread& thread, const RedditThreadOptions& options,
               Vocabulary& vocabulary) {
  ReplyTreatments treatments = options.treatments;
  treatments.id_name = reddit_id;
  Draft draft = {{ReplyGraph(thread.replies(), treatments, thread.id), {}, {}, {}, {}}, {}, {}};
  LabelledThread& result = draft.thread;
  std::vector<ThreadComment> comments;
  for (const RedditRecord& record : thread.records) {
    comments.push_back({.time_s = record.reply.time_s, .author = record.author});
  }
  for (NodeId v = 0; v < result.graph.num_nodes(); ++v) {
    const std::size_t begin = result.words.size();
    std::int32_t score = 0;
    bool is_labelled = false;
    if (const std::size_t i = result.graph.record(v); i != ReplyGraph::kNoRecord) {
      const RedditRecord& record = thread.records[i];
      if (v == 0) append_words(thread.title, vocabulary, result.words);
      append_words(record.text, vocabulary, result.words);
      comments[i].num_words = result.words.size() - begin;
      score = record.score;
      is_labelled = v != 0 && (options.label_unknown_authors || !record.author.empty()) &&
                    (options.label_deleted_texts || !record.reply.is_deleted);
    }
    result.word_ends.push_back(static_cast<std::uint32_t>(result.words.size()));
    draft.scores.push_back(score);
    draft.is_labelled.push_back(is_labelled);
  }
  result.features = thread_features(result.graph, comments, options.features);
  return draft;
}

// Reads a file; `split_of` says where the thread of an id belongs. Adds to `notes`.
template <class SplitOf>
void read_drafts(const std::filesystem::path& file, bool interleaved,
                 const RedditThreadOptions& options, Vocabulary& vocabulary,
                 std::vector<std::string>& notes, const SplitOf& split_of) {
  RedditReader reader(file, {.interleaved = interleaved,
                             .skip_damaged = options.skip_damaged,
                             .min_comments = options.min_comments});
  Mended mended;
  bool is_empty = true;
  while (auto thread = reader.next()) {
    is_empty = false;
    keep_oldest(options.max_comments, *thread);
    try {
      Drafts& split = split_of(thread->id);
      split.push_back(draft_of(*thread, options, vocabulary));
      mended.add(split.back().thread.graph);
    } catch (const GraphError& error) {
      throw GraphError(
          message(file.string(), ": thread t3_", reddit_id(thread->id), ": ", error.what()));
    }
  }
  for (std::string& note :
       notes_of(file.filename().string(), reader.num_skipped(), mended, options.treatments)) {
    notes.push_back(std::move(note));
  }
  if (!is_empty) return;
  throw ParseError({.source = file.string()}, message("no threads, expected some of at least ",
                                                      options.min_comments, " comments"));
}

// Where each word of the vocabulary goes: the frequent ones of train to `frequent`, others nowhere.
std::vector<std::uint32_t> keep_frequent(const Vocabulary& vocabulary, const Drafts& train,
                                         std::size_t min_count, Vocabulary& frequent) {
  std::vector<std::size_t> counts(vocabulary.size());
  for (const Draft& draft : train) {
    for (const std::uint32_t word : draft.thread.words) ++counts[word];
  }
  std::vector<std::uint32_t> numbers(counts.size(), Vocabulary::kUnknown);
  for (std::uint32_t i = 1; i < counts.size(); ++i) {
    if (counts[i] >= min_count) numbers[i] = frequent.add(vocabulary.word(i));
  }
  return numbers;
}

void limit_words(const std::vector<std::uint32_t>& numbers, std::size_t max_words,
                 LabelledThread& thread) {
  std::vector<std::uint32_t> words;
  std::vector<std::uint32_t> ends;
  for (NodeId v = 0; v < thread.graph.num_nodes(); ++v) {
    const std::size_t begin = words.size();
    for (const std::uint32_t word : thread.words_of(v)) {
      if (words.size() - begin == max_words) break;
      if (numbers[word] != Vocabulary::kUnknown) words.push_back(numbers[word]);
    }
    ends.push_back(static_cast<std::uint32_t>(words.size()));
  }
  thread.words = std::move(words);
  thread.word_ends = std::move(ends);
}

KarmaLevels levels_of(const Drafts& train, const RedditThreadOptions& options) {
  if (!options.karma_bounds.empty()) return KarmaLevels(options.karma_bounds);
  std::vector<std::int32_t> scores;
  for (const Draft& draft : train) {
    scores.insert(scores.end(), draft.scores.begin() + 1, draft.scores.end());
  }
  return KarmaLevels::from_scores(scores, options.num_levels);
}

ThreadDataset finish(Drafts train, Drafts dev, Drafts test, const Vocabulary& vocabulary,
                     const RedditThreadOptions& options) {
  ThreadDataset splits;
  const auto numbers = keep_frequent(vocabulary, train, options.min_word_count, splits.vocabulary);
  const KarmaLevels levels = levels_of(train, options);
  splits.classes = levels.names();
  splits.feature_names = thread_feature_names(options.features);
  const auto move_all = [&](Drafts& drafts, std::vector<LabelledThread>& threads) {
    for (Draft& draft : drafts) {
      limit_words(numbers, options.max_words, draft.thread);
      for (std::size_t v = 0; v < draft.scores.size(); ++v) {
        draft.thread.labels.push_back(draft.is_labelled[v] ? levels.level(draft.scores[v])
                                                           : kNoLabel);
      }
      threads.push_back(std::move(draft.thread));
    }
  };
  move_all(train, splits.train);
  move_all(dev, splits.dev);
  move_all(test, splits.test);
  return splits;
}

}  // namespace

ThreadDataset load_reddit(const std::filesystem::path& folder, const RedditThreadOptions& options) {
  check(options);
  Vocabulary vocabulary;
  Drafts train, dev, test;
  std::vector<std::string> notes;
  const auto read = [&](const char* name, Drafts& drafts) {
    read_drafts(folder / name, options.interleaved, options, vocabulary, notes,
                [&](std::uint64_t) -> Drafts& { return drafts; });
  };
  read("train.jsonl.gz", train);
  read("dev.jsonl.gz", dev);
  read("test.jsonl.gz", test);
  auto data = finish(std::move(train), std::move(dev), std::move(test), vocabulary, options);
  data.notes = std::move(notes);
  return data;
}

ThreadDataset load_reddit_dump(const std::filesystem::path& file,
                               const RedditThreadOptions& options) {
  check(options);
  Vocabulary vocabulary;
  Drafts train, dev, test;
  std::vector<std::string> notes;
  const auto split_of = [&](std::uint64_t id) -> Drafts& {
    const std::uint64_t tenth = Rng(id).below(10);
    return tenth < 8 ? train : tenth == 8 ? dev : test;
  };
  read_drafts(file, /*interleaved=*/true, options, vocabulary, notes, split_of);
  auto data = finish(std::move(train), std::move(dev), std::move(test), vocabulary, options);
  data.notes = std::move(notes);
  return data;
}

LabelledThread thread_of(const RedditThread& thread, const Vocabulary& vocabulary,
                         const RedditThreadOptions& options) {
  check(options);
  RedditThread kept;  // Its views are of the characters of `thread`, which outlives it.
  kept.id = thread.id;
  kept.subreddit = thread.subreddit;
  kept.title = thread.title;
  kept.records = thread.records;
  keep_oldest(options.max_comments, kept);
  Vocabulary all;
  LabelledThread result = std::move(draft_of(kept, options, all).thread);
  std::vector<std::uint32_t> numbers;
  for (const std::string& word : all.words()) numbers.push_back(vocabulary.find(word));
  limit_words(numbers, options.max_words, result);
  result.labels.assign(result.graph.num_nodes(), kNoLabel);
  return result;
}

}  // namespace espalier::datasets
