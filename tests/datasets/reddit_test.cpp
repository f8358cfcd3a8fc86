#include <espalier/datasets/reddit.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/datasets/files.h"
#include "tests/support/errors.h"

namespace espalier::datasets {
namespace {

using test::error_of;

const std::string kPost =
    R"({"id":"1a","parent_id":null,"link_id":"t3_1a","subreddit":"College","author":"u1",)"
    R"("created_utc":1000,"score":-7,"title":"A \"title\"","body":"Text\nof it"})";
const std::string kFirst =
    R"({"id":"zz","parent_id":"t3_1a","link_id":"t3_1a","author":null,"created_utc":"1001",)"
    R"("score":2147483647,"body":"Caf\u00e9 \ud83d\ude00 é"})";
const std::string kSecond =
    R"({"body":"[deleted]","edited":[1,{"id":"x"}],"score":1,"created_utc":1002.0,)"
    R"("author":"[deleted]","link_id":"t3_1a","parent_id":"t1_zz","id":"10000"})";

std::string comment(const std::string& id, const std::string& link) {
  return R"({"id":")" + id + R"(","parent_id":"t3_)" + link + R"(","link_id":"t3_)" + link +
         R"(","author":"of )" + id + R"(","created_utc":5,"score":1,"body":"text of )" + id +
         "\"}\n";
}

class RedditTest : public testing::Test {
 protected:
  std::vector<RedditThread> threads_of(std::string_view bytes, const RedditOptions& options = {}) {
    RedditReader reader(folder_.write("file", bytes), options);
    std::vector<RedditThread> threads;
    while (auto thread = reader.next()) threads.push_back(std::move(*thread));
    num_lines_ = reader.num_lines();
    num_skipped_ = reader.num_skipped();
    return threads;
  }

  // What is said of `line`, after a good one.
  std::string error_at(const std::string& line) {
    const std::string error = error_of<ParseError>([&] { threads_of(kPost + '\n' + line + '\n'); });
    const std::string place = file_ + ":2: ";
    EXPECT_TRUE(error.starts_with(place)) << error;
    // Damage is skipped if asked, and nothing else is.
    const auto threads =
        threads_of(kPost + '\n' + line + '\n' + kFirst + '\n', {.skip_damaged = true});
    EXPECT_EQ(threads.size(), 1u);
    EXPECT_EQ(threads.at(0).records.size(), 2u);
    EXPECT_EQ(num_lines_, 3u);
    EXPECT_EQ(num_skipped_, 1u);
    return error.substr(std::min(place.size(), error.size()));
  }

  // What is said of kFirst when `from` in it is `to`.
  std::string error_with(const std::string& from, const std::string& to) {
    std::string line = kFirst;
    const std::size_t i = line.find(from);
    EXPECT_NE(i, std::string::npos) << from;
    return error_at(line.replace(i, from.size(), to));
  }

  test::TemporaryFolder folder_;
  const std::string file_ = (folder_.path() / "file").string();
  std::size_t num_lines_ = 0;
  std::size_t num_skipped_ = 0;
};

TEST_F(RedditTest, ReadsAThread) {
  const auto threads = threads_of(kPost + '\n' + kFirst + '\n' + kSecond + '\n');
  ASSERT_EQ(threads.size(), 1u);
  const RedditThread& thread = threads[0];
  EXPECT_EQ(thread.id, 46u);
  EXPECT_EQ(thread.subreddit, "College");
  EXPECT_EQ(thread.title, "A \"title\"");
  ASSERT_EQ(thread.records.size(), 3u);

  const RedditRecord& post = thread.records[0];
  EXPECT_EQ(post.reply.id, 46u);
  EXPECT_TRUE(post.reply.is_post);
  EXPECT_FALSE(post.reply.is_deleted);
  EXPECT_EQ(post.reply.time_s, 1000);
  EXPECT_EQ(post.score, -7);
  EXPECT_EQ(post.author, "u1");
  EXPECT_EQ(post.text, "Text\nof it");

  const RedditRecord& first = thread.records[1];
  EXPECT_EQ(first.reply.id, 1295u);
  EXPECT_EQ(first.reply.parent, 46u);
  EXPECT_FALSE(first.reply.is_post);
  EXPECT_EQ(first.reply.time_s, 1001);
  EXPECT_EQ(first.score, 2147483647);
  EXPECT_EQ(first.author, "");
  EXPECT_EQ(first.text, "Caf\xC3\xA9 \xF0\x9F\x98\x80 \xC3\xA9");

  const RedditRecord& second = thread.records[2];
  EXPECT_EQ(second.reply.id, 36u * 36 * 36 * 36);
  EXPECT_EQ(second.reply.parent, 1295u);
  EXPECT_TRUE(second.reply.is_deleted);
  EXPECT_EQ(second.reply.time_s, 1002);
  EXPECT_EQ(second.author, "");
  EXPECT_EQ(second.text, "");
}

TEST_F(RedditTest, MakesGraphs) {
  const auto threads = threads_of(kPost + '\n' + kFirst + '\n' + kSecond + '\n');
  const ReplyGraph graph(threads.at(0).replies(), {}, threads[0].id);
  ASSERT_EQ(graph.num_nodes(), 3);
  EXPECT_EQ(graph.parent(1), 0);
  EXPECT_EQ(graph.parent(2), 1);
}

TEST_F(RedditTest, KnowsTheMissingPost) {
  const auto threads = threads_of(comment("c", "9") + comment("d", "9"));
  ASSERT_EQ(threads.size(), 1u);
  EXPECT_EQ(threads[0].title, "");
  EXPECT_EQ(threads[0].subreddit, "");
  const ReplyGraph graph(threads[0].replies(), {}, threads[0].id);
  EXPECT_EQ(graph.num_nodes(), 3);
  EXPECT_EQ(graph.count(ReplyDefect::kOrphan), 0u);
}

TEST_F(RedditTest, TakesRemovedTextsForDeleted) {
  std::string line = kFirst;
  line.replace(line.find("Caf"), line.find("\"}") - line.find("Caf"), "[removed]");
  const auto threads = threads_of(line);
  EXPECT_TRUE(threads.at(0).records[0].reply.is_deleted);
  EXPECT_EQ(threads[0].records[0].text, "");
}

TEST_F(RedditTest, TakesRemovalTextsOfLaterYearsForDeleted) {
  for (const std::string text :
       {"[ Removed by Reddit ]", "[deleted by user]", "[Removed by reddit]",
        "[ Removed by reddit in response to a copyright notice. ]", "[unavailable]"}) {
    std::string line = kFirst;
    line.replace(line.find("Caf"), line.find("\"}") - line.find("Caf"), text);
    EXPECT_TRUE(threads_of(line).at(0).records[0].reply.is_deleted) << text;
  }
  for (const std::string text : {"[removed] no", "[link](deleted)", "deleted", "[x]"}) {
    std::string line = kFirst;
    line.replace(line.find("Caf"), line.find("\"}") - line.find("Caf"), text);
    EXPECT_FALSE(threads_of(line).at(0).records[0].reply.is_deleted) << text;
  }
}

// As pandas writes them.
TEST_F(RedditTest, ReadsWholeNumbersInAnySpelling) {
  std::string line = kFirst;
  line.replace(line.find("2147483647"), 10, "-2.0");
  EXPECT_EQ(threads_of(line).at(0).records[0].score, -2);
  line.replace(line.find("-2.0"), 4, "1e3");
  EXPECT_EQ(threads_of(line).at(0).records[0].score, 1000);
  EXPECT_EQ(error_with("2147483647", "true"),
            R"("score" is true, expected a whole number of 32 bits)");
}

// Records that a model is asked about are read as those of files.
TEST_F(RedditTest, ReadsAQuestionAsItReadsAFile) {
  const auto threads = threads_of(kPost + '\n' + kFirst + '\n' + kSecond + '\n');
  const RedditThread& expected = threads.at(0);
  const AskedThread asked =
      parse_reddit_thread('[' + kSecond + ',' + kPost + ',' + kFirst + ']', {});
  EXPECT_EQ(asked.ids, (std::vector<std::string>{"10000", "1a", "zz"}));
  EXPECT_EQ(asked.thread.id, expected.id);
  EXPECT_EQ(asked.thread.title, expected.title);
  const std::vector<std::size_t> places = {2, 0, 1};
  for (std::size_t i = 0; i < 3; ++i) {
    const RedditRecord& a = asked.thread.records.at(i);
    const RedditRecord& b = expected.records[places[i]];
    EXPECT_EQ(a.author, b.author);
    EXPECT_EQ(a.text, b.text);
    EXPECT_EQ(a.reply.time_s, b.reply.time_s);
    EXPECT_EQ(a.reply.is_deleted, b.reply.is_deleted);
    EXPECT_EQ(a.reply.parent, b.reply.parent);
  }
}

TEST_F(RedditTest, AQuestionNeedNotSayEverything) {
  const AskedThread asked = parse_reddit_thread(
      R"([{"id":"t3_a","parent_id":null,"created_utc":"1","body":"x"},)"
      R"({"id":"b","parent_id":"t1_a","created_utc":2.0,"body":"[removed]","author":"[deleted]"}])",
      {});
  EXPECT_EQ(asked.thread.id, 10u);
  EXPECT_EQ(asked.thread.records.at(1).reply.parent, 10u);
  EXPECT_TRUE(asked.thread.records[1].reply.is_deleted);
  EXPECT_EQ(asked.thread.records[1].author, "");
}

TEST_F(RedditTest, RefusesQuestionsAsItRefusesFiles) {
  const auto error = [](const std::string& line) {
    return error_of<ParseError>([&] { parse_reddit_thread(line, {.source = "q", .line = 3}); });
  };
  const auto record = [](const std::string& time) {
    return R"([{"id":"a","parent_id":null,"body":"x","created_utc":)" + time + "}]";
  };
  EXPECT_EQ(error(record("1600000100.9")),
            "q:3: record 1: \"created_utc\" is 1600000100.9, expected a whole number of seconds");
  EXPECT_TRUE(error(record("true")).ends_with("expected a whole number of seconds"));
  EXPECT_TRUE(error(record("1e30")).ends_with("expected a whole number of seconds"));
  EXPECT_EQ(error("{}"), "q:3: an object, expected a JSON array of records");
  EXPECT_EQ(error("[]"), "q:3: an array, expected a JSON array of records");
  EXPECT_EQ(error("[7]"), "q:3: record 1: 7, expected a JSON object");
  EXPECT_EQ(error(std::string(2000, '[') + std::string(2000, ']')),
            "q:3: no JSON: it is nested more than 1,024 deep");
}

TEST_F(RedditTest, WritesIdsAsRedditDoes) {
  EXPECT_EQ(reddit_id(0), "0");
  EXPECT_EQ(reddit_id(1295), "zz");
  EXPECT_EQ(reddit_id(18446744073709551615u), "3w5e11264sgsf");
}

TEST_F(RedditTest, ReadsThreadsOneAfterTheOther) {
  const std::string bytes = comment("c", "9") + comment("d", "9") + comment("e", "8");
  const auto threads = threads_of(bytes);
  ASSERT_EQ(threads.size(), 2u);
  EXPECT_EQ(threads[0].id, 9u);
  EXPECT_EQ(threads[0].records.size(), 2u);
  EXPECT_EQ(threads[1].id, 8u);
  EXPECT_EQ(threads[1].records.size(), 1u);
  EXPECT_EQ(num_lines_, 3u);
  EXPECT_EQ(num_skipped_, 0u);
}

TEST_F(RedditTest, KeepsTextsWhileTheThreadIsMoved) {
  std::string bytes;
  for (int i = 100; i < 400; ++i) bytes += comment(std::to_string(i), "9");
  for (const bool interleaved : {false, true}) {
    const auto threads = threads_of(bytes, {.interleaved = interleaved});
    ASSERT_EQ(threads.size(), 1u);
    for (std::size_t i = 0; i < 300; ++i) {
      const std::string name = std::to_string(i + 100);
      EXPECT_EQ(threads[0].records[i].author, "of " + name);
      EXPECT_EQ(threads[0].records[i].text, "text of " + name);
    }
  }
}

TEST_F(RedditTest, GathersInterleavedThreadsIfAsked) {
  const std::string bytes =
      comment("c", "9") + comment("d", "8") + comment("e", "9") + comment("f", "8");
  const std::string error = error_of<ParseError>([&] { threads_of(bytes); });
  EXPECT_TRUE(error.starts_with(file_ + ":3: a record of a thread that ended before")) << error;
  EXPECT_EQ(error_of<ParseError>([&] { threads_of(bytes, {.skip_damaged = true}); }), error);

  const auto threads = threads_of(bytes, {.interleaved = true});
  ASSERT_EQ(threads.size(), 2u);
  EXPECT_EQ(threads[0].id, 9u);
  EXPECT_EQ(threads[0].records.at(1).text, "text of e");
  EXPECT_EQ(threads[1].id, 8u);
  EXPECT_EQ(threads[1].records.at(1).text, "text of f");
}

TEST_F(RedditTest, PassesOverSmallThreads) {
  const std::string bytes = kPost + '\n' + comment("c", "9") + comment("d", "9");
  for (const bool interleaved : {false, true}) {
    EXPECT_EQ(threads_of(bytes, {.interleaved = interleaved, .min_comments = 0}).size(), 2u);
    EXPECT_EQ(threads_of(bytes, {.interleaved = interleaved}).at(0).id, 9u);  // The post has none.
    EXPECT_EQ(threads_of(bytes, {.interleaved = interleaved, .min_comments = 2}).size(), 1u);
    EXPECT_EQ(threads_of(bytes, {.interleaved = interleaved, .min_comments = 3}).size(), 0u);
    EXPECT_EQ(num_lines_, 3u);
  }
}

TEST_F(RedditTest, TakesAnyEndsOfLinesAndAByteOrderMark) {
  EXPECT_EQ(threads_of("").size(), 0u);
  for (const std::string& bytes :
       {kPost + "\r\n" + kFirst + "\r\n", kPost + '\n' + kFirst,
        "\xEF\xBB\xBF" + kPost + '\n' + kFirst + '\n', " \t" + kPost + " \n" + kFirst}) {
    EXPECT_EQ(threads_of(bytes).at(0).records.size(), 2u);
    EXPECT_EQ(num_lines_, 2u);
  }
}

TEST_F(RedditTest, ReadsCompressedFiles) {
  const std::string bytes = kPost + '\n' + kFirst + '\n';
  EXPECT_EQ(threads_of(test::gzip(bytes)).at(0).records.size(), 2u);
  EXPECT_EQ(threads_of(test::zstd(bytes)).at(0).records.size(), 2u);
}

TEST_F(RedditTest, NeverSkipsDamagedCompression) {
  const std::string bytes = kPost + '\n' + kFirst + '\n';
  for (const std::string& whole : {test::gzip(bytes), test::zstd(bytes)}) {
    const std::string error = error_of<ParseError>(
        [&] { threads_of(whole.substr(0, whole.size() - 1), {.skip_damaged = true}); });
    EXPECT_TRUE(error.ends_with(" data is damaged or cut off")) << error;
  }
}

TEST_F(RedditTest, RefusesWhatIsNoObject) {
  EXPECT_TRUE(error_at("").starts_with("no JSON: "));
  EXPECT_TRUE(error_at(" ").starts_with("no JSON: "));
  EXPECT_TRUE(error_at(kFirst.substr(0, kFirst.size() - 1)).starts_with("no JSON: "));
  EXPECT_TRUE(error_at(kFirst + "x").starts_with("no JSON: "));
  EXPECT_TRUE(error_at(kFirst + kFirst).starts_with("no JSON: "));
  EXPECT_TRUE(error_at(std::string(5000, '[')).starts_with("no JSON: "));
  EXPECT_EQ(error_at("[1]"), "an array, expected a JSON object");
  EXPECT_EQ(error_at("7"), "7, expected a JSON object");
  EXPECT_TRUE(error_with("\"score\"", "\"other\":tru,\"score\"").starts_with("no JSON: "));
  EXPECT_TRUE(error_with("\\ud83d\\ude00", "\\ud83d").starts_with("no JSON: "));
  EXPECT_TRUE(error_with("2147483647", "1e999").starts_with("no JSON: "));
}

TEST_F(RedditTest, RefusesBytesThatAreNoUtf8) {
  std::string line = kFirst;
  const std::size_t i = line.find("Caf");
  line[i] = '\xFF';
  const std::string bytes = kPost + '\n' + line + '\n' + kSecond;
  const std::string error = error_of<ParseError>([&] { threads_of(bytes); });
  EXPECT_TRUE(error.starts_with(message(file_, ":2:", i + 1, ": "))) << error;
  EXPECT_EQ(threads_of(bytes, {.skip_damaged = true}).at(0).records.size(), 2u);
}

TEST_F(RedditTest, RefusesMissingAndRepeatedEntries) {
  for (const std::string name :
       {"id", "link_id", "parent_id", "created_utc", "score", "author", "body"}) {
    EXPECT_EQ(error_with('"' + name + "\":", "\"x\":"), "no entry \"" + name + '"');
    EXPECT_EQ(error_with("{", "{\"" + name + "\":null,"), "two entries \"" + name + '"');
  }
  EXPECT_EQ(error_with("{", "{\"subreddit\":\"a\",\"subreddit\":\"a\","),
            "two entries \"subreddit\"");
  EXPECT_EQ(error_at(R"({"id":"1a","parent_id":null,"link_id":"t3_1a","author":null,)"
                     R"("created_utc":1,"score":1,"body":""})"),
            "no entry \"title\", which a submission has");
}

TEST_F(RedditTest, RefusesEntriesOfTheWrongKind) {
  EXPECT_EQ(error_with(R"("id":"zz")", R"("id":5)"), R"("id" is 5, expected a string)");
  EXPECT_EQ(error_with(R"("id":"zz")", R"("id":null)"), R"("id" is null, expected a string)");
  EXPECT_EQ(error_with(R"("link_id":"t3_1a")", R"("link_id":null)"),
            R"("link_id" is null, expected a string)");
  EXPECT_EQ(error_with(R"("parent_id":"t3_1a")", R"("parent_id":false)"),
            R"("parent_id" is false, expected a string)");
  EXPECT_EQ(error_with("2147483647", "null"),
            R"("score" is null, expected a whole number of 32 bits)");
  EXPECT_EQ(error_with("2147483647", "\"1\""),
            R"("score" is "1", expected a whole number of 32 bits)");
  EXPECT_EQ(error_with("\"author\":null", "\"author\":{}"),
            R"("author" is an object, expected a string or null)");
  EXPECT_EQ(error_with("\"body\":", "\"body\":null,\"x\":"),
            R"("body" is null, expected a string)");
  EXPECT_EQ(error_with("{", "{\"subreddit\":[],"),
            R"("subreddit" is an array, expected a string or null)");
}

TEST_F(RedditTest, RefusesNumbersOutOfRange) {
  const std::string score = ", expected a whole number of 32 bits";
  EXPECT_EQ(error_with("2147483647", "2147483648"), "\"score\" is 2147483648" + score);
  EXPECT_EQ(error_with("2147483647", "-2147483649"), "\"score\" is -2147483649" + score);
  EXPECT_EQ(error_with("2147483647", "1.5"), "\"score\" is 1.5" + score);
  const std::string time = ", expected a whole number of seconds";
  EXPECT_EQ(error_with("\"1001\"", "9223372036854775808"),
            "\"created_utc\" is 9223372036854775808" + time);
  for (const std::string bad :
       {"\"\"", "\"1x\"", "\" 1\"", "\"9223372036854775808\"", "null", "true", "1001.5"}) {
    EXPECT_EQ(error_with("\"1001\"", bad), "\"created_utc\" is " + bad + time);
  }
  EXPECT_TRUE(error_with("\"1001\"", "1e18").ends_with(time));
}

TEST_F(RedditTest, RefusesWhatIsNoId) {
  const std::string expected = ", expected a base-36 number of 64 bits";
  for (const std::string bad : {"", "Zz", "-1", "+1", " 1", "1 ", "t1_zz", "3w5e11264sgsg"}) {
    EXPECT_EQ(error_with("\"zz\"", '"' + bad + '"'), "\"id\" is \"" + bad + '"' + expected);
  }
  const std::string link = ", expected \"t3_\" and a base-36 number of 64 bits";
  for (const std::string bad : {"1a", "t3_", "t1_1a", "t3_1A", "t3_3w5e11264sgsg"}) {
    EXPECT_EQ(error_with(R"("link_id":"t3_1a")", "\"link_id\":\"" + bad + '"'),
              "\"link_id\" is \"" + bad + '"' + link);
    if (bad.starts_with("t1_")) continue;
    EXPECT_EQ(error_with(R"("parent_id":"t3_1a")", "\"parent_id\":\"" + bad + '"'),
              "\"parent_id\" is \"" + bad +
                  "\", expected null, or \"t1_\" or \"t3_\" and a base-36 number of 64 bits");
  }
  const auto threads = threads_of(comment("3w5e11264sgsf", "9"));
  EXPECT_EQ(threads.at(0).records[0].reply.id, 18446744073709551615u);
}

TEST_F(RedditTest, ShowsLongStringsUpToACharacter) {
  std::string text = "x";
  for (int i = 0; i < 30; ++i) text += "\xC3\xA9";
  const std::string error = error_with("\"zz\"", '"' + text + '"');
  // The first 40 bytes would end amid a character.
  EXPECT_TRUE(error.starts_with("\"id\" is \"" + text.substr(0, 39) + "...\", expected")) << error;
}

// A graph tells them from each other by these numbers alone.
TEST_F(RedditTest, RefusesIdsThatConfuseCommentAndSubmission) {
  EXPECT_EQ(error_with("\"zz\"", "\"1a\""),
            R"("id" is "1a", expected another than that of "link_id")");
  EXPECT_EQ(error_with(R"("parent_id":"t3_1a")", R"("parent_id":null)"),
            R"("id" is "zz", expected that of "link_id", as "parent_id" is null)");
  EXPECT_EQ(error_with(R"("parent_id":"t3_1a")", R"("parent_id":"t1_1a")"),
            R"("parent_id" is "t1_1a", expected another than that of "link_id")");
  EXPECT_EQ(error_with(R"("parent_id":"t3_1a")", R"("parent_id":"t3_1b")"),
            R"("parent_id" is "t3_1b", expected that of "link_id", as it begins with "t3_")");
}

TEST_F(RedditTest, EndsAtAnError) {
  RedditReader reader(
      folder_.write("file", comment("c", "9") + comment("d", "8") + "{\n" + comment("e", "7")));
  EXPECT_EQ(reader.next()->id, 9u);
  EXPECT_THROW(reader.next(), ParseError);
  EXPECT_FALSE(reader.next().has_value());
  EXPECT_EQ(reader.num_lines(), 3u);
}

TEST_F(RedditTest, IsMovable) {
  RedditReader first(folder_.write("file", comment("c", "9") + comment("d", "8")));
  EXPECT_EQ(first.next()->id, 9u);
  RedditReader second = std::move(first);
  EXPECT_EQ(second.next()->id, 8u);
  EXPECT_FALSE(second.next().has_value());
}

TEST_F(RedditTest, NamesFilesThatCannotBeOpened) {
  EXPECT_EQ(error_of<FileError>([&] { RedditReader reader(folder_.path() / "none"); }),
            (folder_.path() / "none").string() + ": cannot be opened: No such file or directory");
}

}  // namespace
}  // namespace espalier::datasets
