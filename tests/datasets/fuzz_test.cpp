#include <functional>
#include <string>

#include <gtest/gtest.h>

#include <espalier/base/error.h>
#include <espalier/datasets/listops_text.h>
#include <espalier/datasets/sentiment_treebank.h>
#include <espalier/datasets/word_vectors.h>
#include <espalier/ops/random.h>

#include "tests/datasets/files.h"

namespace espalier::datasets {
namespace {

// Up to three bytes replaced, or the end cut off, or a piece doubled.
std::string damaged(std::string bytes, Rng& rng) {
  const auto place = [&] { return static_cast<std::size_t>(rng.below(bytes.size())); };
  switch (rng.below(4)) {
    case 0:
      return bytes.substr(0, place());
    case 1:
      return bytes.insert(place(), bytes.substr(place(), 8));
    default:
      for (std::uint64_t i = rng.below(3) + 1; i > 0; --i) {
        // Half of the time by a byte of the file, which is more likely to make sense there.
        bytes[place()] = rng.chance(0.5f) ? bytes[place()] : static_cast<char>(rng.below(256));
      }
      return bytes;
  }
}

// Damaged files load or are refused by an error of ours; nothing else happens.
class FuzzTest : public testing::Test {
 protected:
  using Load = std::function<void(const std::filesystem::path& folder)>;

  void fuzz(const std::string& name, const std::string& good, int rounds, const Load& load) {
    folder_.write(name, good);
    load(folder_.path());
    Rng rng(5);
    int num_refused = 0;
    for (int i = 0; i < rounds; ++i) {
      folder_.write(name, damaged(good, rng));
      try {
        load(folder_.path());
      } catch (const Error&) {
        ++num_refused;
      }
    }
    EXPECT_GT(num_refused, rounds / 4);
    EXPECT_LT(num_refused, rounds);
  }

  test::TemporaryFolder folder_;
};

TEST_F(FuzzTest, SentimentTreebank) {
  folder_.write("dev.txt", "(3 Good)\n");
  folder_.write("test.txt", "(3 Good)\n");
  const std::string good =
      "(3 (2 A) (4 (3 fine) (2 day)))\n(1 (0 Caf\xC3\xA9) (2 2\xC2\xA0"
      "3\\/4))\n";
  const Load load = [](const auto& folder) { load_sentiment_treebank(folder); };
  fuzz("train.txt", good, 4000, load);
  fuzz("train.txt", test::gzip(good), 2000, load);
}

TEST_F(FuzzTest, WordVectors) {
  Vocabulary vocabulary;
  for (const char* word : {"A", "fine", "-LRB-", "day"}) vocabulary.add(word);
  const std::string good = "a 0.25 -1e-3 7\nfine 1 2 3\n( -0.5 .5 0\n. . . 4 5 6\n";
  const Load load = [&](const auto& folder) { load_word_vectors(folder / "v", vocabulary); };
  fuzz("v", good, 4000, load);
  fuzz("v", test::gzip(good), 2000, load);
}

TEST_F(FuzzTest, ListOps) {
  const std::string good = "4\t( ( ( [MAX 2 ) ( ( ( [MIN 9 ) 4 ) ] ) ) ] )\n7\t7\n";
  fuzz("l", good, 4000, [](const auto& folder) { load_listops(folder / "l"); });
}

}  // namespace
}  // namespace espalier::datasets
