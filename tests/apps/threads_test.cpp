#include <espalier/apps/systems/threads.h>

#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <espalier/base/error.h>
#include <espalier/datasets/reddit_threads.h>

#include "tests/datasets/files.h"
#include "tests/support/errors.h"

namespace espalier::apps {
namespace {

// Records of a thread with all that a file may hold.
const std::vector<std::string> kRecords = {
    R"({"id":"p","parent_id":null,"link_id":"t3_p","author":"[deleted]","created_utc":"100",)"
    R"("score":1.0,"title":"[deleted by user]","body":"a b"})",
    R"({"id":"c1","parent_id":"t3_p","link_id":"t3_p","author":"[deleted]","created_utc":200.0,)"
    R"("score":2,"body":"[removed]"})",
    R"({"id":"c2","parent_id":"t1_c1","link_id":"t3_p","author":null,"created_utc":300,)"
    R"("score":1,"body":"b a"})"};

TextThread read(const std::string& line, const Vocabulary& vocabulary, int num_features = 0) {
  std::istringstream in(line);
  datasets::LineReader lines(in, "<in>");
  return *read_thread(lines, num_features, vocabulary);
}

// What a model is asked about, it reads as it read what it learnt from: deleted authors are not one
// person, and deleted texts no words.
TEST(ThreadsTest, ReadsAQuestionAsTrainingReadsAFile) {
  std::string file, question;
  for (const std::string& record : kRecords) {
    file += record + '\n';
    question += (question.empty() ? "[" : ",") + record;
  }
  const test::TemporaryFolder folder;
  for (const char* name : {"train.jsonl.gz", "dev.jsonl.gz", "test.jsonl.gz"}) {
    folder.write(name, file);
  }
  const datasets::ThreadDataset data =
      datasets::load_reddit(folder.path(), {.min_word_count = 1, .karma_bounds = {1}});
  const LabelledThread& expected = data.train.at(0);
  const TextThread asked =
      read(question + "]", data.vocabulary, static_cast<int>(data.feature_names.size()));
  EXPECT_EQ(asked.thread.words, expected.words);
  EXPECT_EQ(asked.thread.word_ends, expected.word_ends);
  EXPECT_EQ(asked.thread.features, expected.features);
  EXPECT_EQ(asked.ids, (std::vector<std::string>{"p", "c1", "c2"}));
  EXPECT_EQ(asked.texts, (std::vector<std::string>{"a b", "[deleted]", "b a"}));
}

TEST(ThreadsTest, NamesIdsAsTheLineHasThem) {
  const std::string line = '[' + kRecords[0] + ',' + kRecords[1] + ',' + kRecords[1] + ']';
  const std::string error = test::error_of<ParseError>([&] { read(line, Vocabulary()); });
  EXPECT_TRUE(error.ends_with("both have the id c1; expected ids that differ")) << error;
}

TEST(ThreadsTest, WhatTheReaderCanTreatTheCommandCanAskFor) {
  const std::string record = kRecords[1];
  const test::TemporaryFolder folder;
  const std::string file = kRecords[0] + '\n' + record + '\n' + record + "\nbad\n" + kRecords[2];
  for (const char* name : {"train.jsonl.gz", "dev.jsonl.gz", "test.jsonl.gz"}) {
    folder.write(name, file);
  }
  RedditThreadsOptions options;
  EXPECT_THROW(load_reddit_threads(options, folder.path()), ParseError);
  for (const Option& option : RedditThreadsOptions::fields(options)) {
    if (option.name() == "damaged") option.set(std::string("skip"));
  }
  EXPECT_THROW(load_reddit_threads(options, folder.path()), GraphError);
  for (const Option& option : RedditThreadsOptions::fields(options)) {
    if (option.name() == "duplicates") option.set(std::string("drop"));
  }
  // All that is left is too little for eight levels of karma.
  EXPECT_THROW(load_reddit_threads(options, folder.path()), OptionError);
  EXPECT_EQ(options.treatments.deleted, ReplyTreatment::kKeep);
}

}  // namespace
}  // namespace espalier::apps
