#include <espalier/datasets/reddit_threads.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include <espalier/base/error.h>

#include "tests/datasets/files.h"
#include "tests/support/errors.h"

namespace espalier::datasets {
namespace {

using test::error_of;
using Texts = std::vector<std::string>;
using Labels = std::vector<std::int32_t>;

std::string quoted(const std::string& text) {
  return text == "null" ? text : message('"', text, '"');
}

std::string post(const std::string& thread, const std::string& title, const std::string& body,
                 const std::string& author = "op") {
  return message(R"({"id":")", thread, R"(","parent_id":null,"link_id":"t3_)", thread,
                 R"(","subreddit":"a","author":)", quoted(author),
                 R"(,"created_utc":100,"score":9,"title":")", title, R"(","body":")", body,
                 "\"}\n");
}

struct Comment {
  std::string id, parent;
  std::string body = "";
  int score = 1;
  int time_s = 200;
  std::string author = "someone";
};

std::string line(const std::string& thread, const Comment& comment) {
  return message(R"({"id":")", comment.id, R"(","parent_id":")", comment.parent,
                 R"(","link_id":"t3_)", thread, R"(","author":)", quoted(comment.author),
                 R"(,"created_utc":)", comment.time_s, R"(,"score":)", comment.score,
                 R"(,"body":")", comment.body, "\"}\n");
}

// Two levels: up to 1, and above.
RedditThreadOptions two_levels() { return {.min_word_count = 1, .num_levels = 2}; }

class RedditThreadsTest : public testing::Test {
 protected:
  ThreadDataset load(const std::string& train, const RedditThreadOptions& options = two_levels()) {
    folder_.write("train.jsonl.gz", train);
    folder_.write("dev.jsonl.gz", test::gzip(dev_));
    folder_.write("test.jsonl.gz", dev_);
    return load_reddit(folder_.path(), options);
  }

  // What is thrown, without the folder.
  template <class E>
  std::string error_in(const std::string& train,
                       const RedditThreadOptions& options = two_levels()) {
    const std::string error = error_of<E>([&] { load(train, options); });
    const std::string path = folder_.path().string() + "/";
    return error.starts_with(path) ? error.substr(path.size()) : error;
  }

  test::TemporaryFolder folder_;
  std::string dev_ = post("d1", "Dev", "post") +
                     line("d1", {.id = "e1", .parent = "t3_d1", .body = "new words", .score = 7});
};

Texts texts_of(const LabelledThread& thread, const Vocabulary& vocabulary) {
  Texts texts;
  for (NodeId v = 0; v < thread.graph.num_nodes(); ++v) {
    std::string text;
    for (const std::uint32_t word : thread.words_of(v)) text += vocabulary.word(word) + ' ';
    texts.push_back(text);
  }
  return texts;
}

double feature(const ThreadDataset& splits, const LabelledThread& thread, NodeId v,
               const std::string& name) {
  const auto found = std::ranges::find(splits.feature_names, name);
  const auto offset = static_cast<std::size_t>(found - splits.feature_names.begin());
  return static_cast<double>(thread.features.at(v * splits.feature_names.size() + offset));
}

const std::string kThread =
    post("p1", "My Title.", "A body!") +
    line("p1", {.id = "c1", .parent = "t3_p1", .body = "First a word", .score = 1}) +
    line("p1", {.id = "c2",
                .parent = "t1_c1",
                .body = "Second",
                .score = 8,
                .time_s = 300,
                .author = "op"}) +
    line("p1", {.id = "c3", .parent = "t3_p1", .body = "third body", .score = -4, .time_s = 300});

TEST_F(RedditThreadsTest, ReadsTextsRepliesAndLevels) {
  const ThreadDataset splits = load(kThread);
  ASSERT_EQ(splits.train.size(), 1u);
  const LabelledThread& thread = splits.train[0];
  EXPECT_EQ(splits.classes, (Texts{"<= 1", "> 1"}));
  EXPECT_EQ(texts_of(thread, splits.vocabulary),
            (Texts{"my title . a body ! ", "first a word ", "second ", "third body "}));
  EXPECT_EQ(thread.labels, (Labels{kNoLabel, 0, 1, 0}));
  ASSERT_EQ(thread.graph.num_nodes(), 4u);
  EXPECT_EQ(thread.graph.parent(2), 1u);
  EXPECT_EQ(thread.graph.parent(3), 0u);
  EXPECT_EQ(thread.graph.previous_sibling(3), 1u);
}

TEST_F(RedditThreadsTest, KnowsTheWordsOfTrainAlone) {
  const ThreadDataset splits = load(kThread + post("p2", "Words", ""));
  EXPECT_EQ(splits.vocabulary.find("new"), Vocabulary::kUnknown);
  ASSERT_EQ(splits.dev.size(), 1u);
  ASSERT_EQ(splits.test.size(), 1u);
  EXPECT_EQ(texts_of(splits.dev[0], splits.vocabulary), (Texts{"", ""}));
  EXPECT_EQ(splits.test[0].labels, (Labels{kNoLabel, 1}));
  EXPECT_NEAR(feature(splits, splits.dev[0], 1, "words"), std::log(1 + 2), 1e-6);
}

TEST_F(RedditThreadsTest, KeepsTheFirstKnownWords) {
  const std::string train =
      post("p1", "x", "y") +
      line("p1", {.id = "c1", .parent = "t3_p1", .body = "rare a b c a b c a", .score = 5});
  const ThreadDataset splits = load(train, {.min_word_count = 2, .max_words = 4, .num_levels = 2});
  EXPECT_EQ(splits.vocabulary.words(), (Texts{"<unk>", "a", "b", "c"}));
  EXPECT_EQ(texts_of(splits.train[0], splits.vocabulary), (Texts{"", "a b c a "}));
  EXPECT_NEAR(feature(splits, splits.train[0], 1, "words"), std::log(1 + 8), 1e-6);
}

TEST_F(RedditThreadsTest, ComputesFeatures) {
  const ThreadDataset splits =
      load(kThread, {.min_word_count = 1, .num_levels = 2, .features = {.future = true}});
  EXPECT_EQ(splits.feature_names, thread_feature_names({.future = true}));
  const LabelledThread& thread = splits.train[0];
  ASSERT_EQ(thread.features.size(), 4 * splits.feature_names.size());
  EXPECT_NEAR(feature(splits, thread, 2, "time_since_post"), std::log(1 + 200) / 3, 1e-6);
  EXPECT_EQ(feature(splits, thread, 2, "is_by_author_of_post"), 1);
  EXPECT_EQ(feature(splits, thread, 3, "is_by_author_of_post"), 0);
  EXPECT_NEAR(feature(splits, thread, 3, "earlier_comments_of_author"), std::log(2), 1e-6);
  EXPECT_NEAR(feature(splits, thread, 0, "words"), std::log(1 + 6), 1e-6);
  EXPECT_NEAR(feature(splits, thread, 1, "replies"), std::log(2), 1e-6);
}

const std::string kDeleted =
    post("p1", "Title", "") +
    line("p1", {.id = "c1", .parent = "t3_p1", .body = "text", .score = 3, .author = "null"}) +
    line("p1", {.id = "c2", .parent = "t3_p1", .body = "[deleted]", .score = 3}) +
    line("p1", {.id = "c3", .parent = "t1_c2", .body = "text", .score = 3});

TEST_F(RedditThreadsTest, LabelsNoCommentsOfUnknownAuthors) {
  const ThreadDataset splits = load(kDeleted);
  EXPECT_EQ(splits.train[0].labels, (Labels{kNoLabel, kNoLabel, 1, 1}));
  EXPECT_EQ(texts_of(splits.train[0], splits.vocabulary), (Texts{"title ", "text ", "", "text "}));
}

TEST_F(RedditThreadsTest, LabelsDeletedOnesAsAsked) {
  const auto labels = [&](bool authors, bool texts) {
    return load(kDeleted,
                {.num_levels = 2, .label_unknown_authors = authors, .label_deleted_texts = texts})
        .train[0]
        .labels;
  };
  EXPECT_EQ(labels(true, true), (Labels{kNoLabel, 1, 1, 1}));
  EXPECT_EQ(labels(true, false), (Labels{kNoLabel, 1, kNoLabel, 1}));
  EXPECT_EQ(labels(false, false), (Labels{kNoLabel, kNoLabel, kNoLabel, 1}));
}

TEST_F(RedditThreadsTest, MakesLevelsFromTheCommentsOfTrain) {
  std::string train = post("p1", "Its score of 9 does not count", "");
  for (int i = 0; i < 5; ++i) {
    train += line("p1", {.id = message('c', i),
                         .parent = "t3_p1",
                         .body = "",
                         .score = i + 1,
                         .author = i % 2 == 0 ? "null" : "someone"});
  }
  const ThreadDataset splits = load(train, {.num_levels = 4});  // 1; 2, 3; 4; 5.
  EXPECT_EQ(splits.classes, (Texts{"<= 1", "2 .. 3", "4", "> 4"}));
  EXPECT_EQ(splits.dev[0].labels, (Labels{kNoLabel, 3}));
  EXPECT_EQ(error_in<OptionError>(train, {}), "5 scores fill 4 karma levels, expected 8");
}

TEST_F(RedditThreadsTest, TakesGivenLevels) {
  const ThreadDataset splits = load(kThread, {.karma_bounds = {-5, 0, 7}});
  EXPECT_EQ(splits.classes, (Texts{"<= -5", "-4 .. 0", "1 .. 7", "> 7"}));
  EXPECT_EQ(splits.train[0].labels, (Labels{kNoLabel, 2, 3, 1}));
}

TEST_F(RedditThreadsTest, KeepsTheOldestComments) {
  const std::string train =
      post("p1", "Title", "") +
      line("p1", {.id = "c4", .parent = "t3_p1", .body = "d", .time_s = 900}) +
      line("p1", {.id = "c1", .parent = "t3_p1", .body = "a", .time_s = 500}) +
      line("p1", {.id = "c3", .parent = "t1_c1", .body = "c", .score = 5, .time_s = 600}) +
      line("p1", {.id = "c2", .parent = "t1_c1", .body = "b", .time_s = 600});
  const auto texts = [&](std::size_t max_comments) {
    const ThreadDataset splits =
        load(train, {.max_comments = max_comments, .min_word_count = 1, .karma_bounds = {1}});
    return texts_of(splits.train[0], splits.vocabulary);
  };
  EXPECT_EQ(texts(4), (Texts{"title ", "a ", "b ", "c ", "d "}));
  EXPECT_EQ(texts(3), (Texts{"title ", "a ", "b ", "c "}));
  EXPECT_EQ(texts(2), (Texts{"title ", "a ", "b "}));
}

// c1 is older than c2, which it replies to; c2 is not kept.
TEST_F(RedditThreadsTest, AttachesToThePostWhatRepliesToALaterOneThatGoes) {
  const std::string train = post("p1", "Title", "") +
                            line("p1", {.id = "c1", .parent = "t1_c2", .body = "a"}) +
                            line("p1", {.id = "c2", .parent = "t3_p1", .body = "b", .time_s = 300});
  const ThreadDataset splits =
      load(train, {.max_comments = 1, .min_word_count = 1, .karma_bounds = {1}});
  ASSERT_EQ(splits.train[0].graph.num_nodes(), 2u);
  EXPECT_EQ(splits.train[0].graph.parent(1), 0u);
  // Both are kept without the limit, and the defect is one.
  EXPECT_TRUE(error_in<GraphError>(train).starts_with("train.jsonl.gz: thread t3_p1: "))
      << error_in<GraphError>(train);
}

TEST_F(RedditThreadsTest, PassesOverSmallThreads) {
  const ThreadDataset splits = load(kThread + post("p2", "Nobody replies", ""));
  EXPECT_EQ(splits.train.size(), 1u);
  EXPECT_EQ(error_in<ParseError>(post("p2", "Nobody replies", "")),
            "train.jsonl.gz: no threads, expected some of at least 1 comments");
}

TEST_F(RedditThreadsTest, TreatsDefectsAsAsked) {
  const std::string train =
      kThread + line("p1", {.id = "c4", .parent = "t1_c0", .body = "", .score = 2, .time_s = 400}) +
      line("p1", {.id = "c5", .parent = "t1_c4", .body = "", .time_s = 500});
  EXPECT_TRUE(error_in<GraphError>(train).starts_with("train.jsonl.gz: thread t3_p1: "))
      << error_in<GraphError>(train);
  const auto load_with = [&](ReplyTreatment orphans) {
    return load(train, {.num_levels = 2, .treatments = {.orphans = orphans}}).train[0];
  };
  const LabelledThread attached = load_with(ReplyTreatment::kAttachToPost);
  EXPECT_EQ(attached.labels, (Labels{kNoLabel, 0, 1, 0, 1, 0}));
  EXPECT_EQ(attached.graph.parent(4), 0u);
  const LabelledThread dropped = load_with(ReplyTreatment::kDrop);
  EXPECT_EQ(dropped.labels, (Labels{kNoLabel, 0, 1, 0}));
  EXPECT_EQ(dropped.graph.num_dropped(), 2u);
}

TEST_F(RedditThreadsTest, RefusesOptionsOutOfRange) {
  EXPECT_EQ(error_in<OptionError>(kThread, {.max_comments = 0}), "max_comments is 0, expected > 0");
  EXPECT_EQ(error_in<OptionError>(kThread, {.min_word_count = 0}),
            "min_word_count is 0, expected > 0");
  EXPECT_EQ(error_in<OptionError>(kThread, {.max_words = 0}), "max_words is 0, expected > 0");
  EXPECT_EQ(error_in<OptionError>(kThread, {.num_levels = 1}),
            "num_levels is 1, expected at least 2");
  EXPECT_EQ(error_in<OptionError>(kThread, {.karma_bounds = {3, 3}}),
            "karma level 1 ends at 3, expected it to be > 3, where the level before ends");
}

// Of 1000 threads, interleaved: the first comments of all, then the second ones.
TEST_F(RedditThreadsTest, SplitsADumpByThread) {
  std::string first, second;
  for (int i = 1000; i < 2000; ++i) {
    const std::string id = std::to_string(i);
    const std::string word = "w" + id;
    first += line(id, {.id = "c" + id, .parent = "t3_" + id, .body = word, .score = 2});
    second += line(id, {.id = "d" + id, .parent = "t1_b" + id, .body = word, .time_s = 300});
  }
  const std::string file = folder_.write("dump.jsonl", first + second);
  const ThreadDataset splits =
      load_reddit_dump(file, {.min_word_count = 1, .num_levels = 2, .treatments = kDumpTreatments});
  EXPECT_EQ(splits.train.size() + splits.dev.size() + splits.test.size(), 1000u);
  EXPECT_NEAR(static_cast<double>(splits.train.size()), 800, 40);
  EXPECT_NEAR(static_cast<double>(splits.dev.size()), 100, 30);
  EXPECT_EQ(splits.vocabulary.size(), 1 + splits.train.size());
  for (const LabelledThread& thread : splits.train) {
    EXPECT_EQ(thread.labels, (Labels{kNoLabel, 1, 0}));
    EXPECT_EQ(thread.graph.parent(2), 0u);
    EXPECT_EQ(thread.graph.record(0), ReplyGraph::kNoRecord);
    EXPECT_TRUE(thread.words_of(0).empty());
    EXPECT_EQ(thread.words_of(1).size(), 1u);
    EXPECT_EQ(thread.words_of(1)[0], thread.words_of(2)[0]);
  }

  // Without the other threads, those of the second half are where they were.
  const std::string some = folder_.write("some.jsonl", second.substr(second.size() / 2));
  const ThreadDataset half = load_reddit_dump(
      some, {.min_word_count = 1, .karma_bounds = {0}, .treatments = kDumpTreatments});
  EXPECT_GT(half.vocabulary.size(), 350u);
  for (const std::string& word : half.vocabulary.words()) {
    if (word != Vocabulary::kUnknownWord) {
      EXPECT_NE(splits.vocabulary.find(word), Vocabulary::kUnknown) << word;
    }
  }
}

// What can be mended is mended if asked for, and counted; ids are as the file has them.
TEST_F(RedditThreadsTest, TreatsDefectsIfAskedAndCountsThem) {
  const std::string good = post("p1", "A", "b") + line("p1", {.id = "zz", .parent = "t3_p1"}) +
                           line("p1", {.id = "zy", .parent = "t3_p1", .score = 5});
  const std::string again = good + line("p1", {.id = "zz", .parent = "t3_p1"});
  EXPECT_TRUE(
      error_in<GraphError>(again).ends_with("both have the id zz; expected ids that differ"));
  RedditThreadOptions options = two_levels();
  options.treatments.duplicates = ReplyTreatment::kDrop;
  const ThreadDataset data = load(again, options);
  EXPECT_EQ(data.train.at(0).graph.num_nodes(), 3u);
  EXPECT_EQ(data.notes.at(0), "train.jsonl.gz: duplicates dropped: 1");

  const std::string orphan = good + line("p1", {.id = "zx", .parent = "t1_q"});
  EXPECT_TRUE(error_in<GraphError>(orphan).find("comment zx replies to q,") != std::string::npos);

  EXPECT_THROW(load(good + "\n"), ParseError);
  options = two_levels();
  options.skip_damaged = true;
  EXPECT_EQ(load(good + "\n{\n", options).notes,
            (Texts{"train.jsonl.gz: damaged lines skipped: 2"}));
}

TEST_F(RedditThreadsTest, GathersInterleavedThreadsIfAsked) {
  const std::string mixed = post("p1", "A", "b") + post("p2", "A", "b") +
                            line("p1", {.id = "a1", .parent = "t3_p1", .score = 5}) +
                            line("p2", {.id = "a2", .parent = "t3_p2"});
  EXPECT_THROW(load(mixed), ParseError);
  RedditThreadOptions options = two_levels();
  options.interleaved = true;
  EXPECT_EQ(load(mixed, options).train.size(), 2u);
}

}  // namespace
}  // namespace espalier::datasets
