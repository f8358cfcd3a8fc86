#include <cstdint>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <espalier/datasets/reddit.h>
#include <espalier/graph/reply_graph.h>
#include <espalier/ops/random.h>

namespace espalier::datasets {
namespace {

constexpr std::size_t kNumBytes = 100'000'000;  // Or a little more: the last thread is whole.
constexpr std::uint64_t kMeanComments = 54;     // Of a thread, on average.
constexpr std::uint64_t kMaxWords = 110;        // Of a comment; half of that on average.

std::string base_36(std::uint64_t id) {
  std::string digits;
  for (; id > 0; id /= 36) {
    digits.insert(digits.begin(), "0123456789abcdefghijklmnopqrstuvwxyz"[id % 36]);
  }
  return digits;
}

std::string random_text(Rng& rng) {
  static const std::vector<std::string> kWords = {
      "the",     "of",     "a",           "graduate",    "they'd", "professor", "I",
      "because", "\\n\\n", "\\\"yes\\\"", "caf\xC3\xA9", "really", "applied",   "\xF0\x9F\x98\x80"};
  std::string text;
  for (std::uint64_t i = rng.below(kMaxWords) + 1; i > 0; --i) {
    text += kWords[static_cast<std::size_t>(rng.below(kWords.size()))] + ' ';
  }
  return text;
}

/// A file of discussions that a random process made, deleted at the end.
class RandomDump {
 public:
  RandomDump() {
    std::string name = (std::filesystem::temp_directory_path() / "espalier-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a folder");
    folder_ = name;
    std::ofstream out(path(), std::ios::binary);
    Rng rng(1);
    while (num_bytes_ < kNumBytes) {
      const std::string lines = random_thread(rng);
      out << lines;
      num_bytes_ += lines.size();
    }
    if (!out.flush()) throw std::runtime_error("cannot write the file");
  }
  ~RandomDump() { std::filesystem::remove_all(folder_); }
  RandomDump(const RandomDump&) = delete;
  RandomDump& operator=(const RandomDump&) = delete;

  std::filesystem::path path() const { return folder_ / "dump.jsonl"; }
  std::size_t num_bytes() const { return num_bytes_; }
  std::size_t num_comments() const { return num_comments_; }

 private:
  // A line of what the post and a comment have in common.
  static std::string line(const std::string& ids, std::uint64_t time_s, Rng& rng) {
    return "{" + ids + R"(,"author":"u)" + std::to_string(rng.below(30'000)) +
           R"(","created_utc":)" + std::to_string(time_s) + R"(,"score":)" +
           std::to_string(rng.below(50)) + R"(,"body":")" + random_text(rng) + "\"}\n";
  }

  std::string random_thread(Rng& rng) {
    const std::string link = "t3_" + base_36(++last_link_);
    std::string lines = line(R"("id":")" + link.substr(3) + R"(","parent_id":null,"link_id":")" +
                                 link + R"(","subreddit":"AskAcademia","title":"A question")",
                             1'600'000'000, rng);
    const std::uint64_t first = last_comment_ + 1;
    for (std::uint64_t i = 0, n = rng.below(2 * kMeanComments) + 1; i < n; ++i, ++num_comments_) {
      const std::string parent =
          i == 0 || rng.chance(0.4f) ? link : "t1_" + base_36(first + rng.below(i));
      lines += line(R"("id":")" + base_36(++last_comment_) + R"(","parent_id":")" + parent +
                        R"(","link_id":")" + link + '"',
                    1'600'000'000 + i, rng);
    }
    return lines;
  }

  std::filesystem::path folder_;
  std::size_t num_bytes_ = 0;
  std::size_t num_comments_ = 0;
  std::uint64_t last_link_ = 30'000'000;
  std::uint64_t last_comment_ = 30'000'000'000;
};

// A file that the system holds in memory, to graphs, the texts included. Bytes per second.
void reddit_to_graphs(benchmark::State& state) {
  const RandomDump dump;
  for (auto _ : state) {
    RedditReader reader(dump.path());
    std::size_t num_comments = 0;
    while (const auto thread = reader.next()) {
      const ReplyGraph graph(thread->replies(), {}, thread->id);
      num_comments += static_cast<std::size_t>(graph.num_nodes()) - 1;
    }
    if (num_comments != dump.num_comments()) return state.SkipWithError("comments are missing");
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(dump.num_bytes()));
}
BENCHMARK(reddit_to_graphs)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace espalier::datasets
