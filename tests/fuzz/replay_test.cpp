#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "tests/fuzz/targets.h"

namespace espalier::fuzz {
namespace {

class ReplayTest : public testing::TestWithParam<Target> {};

// Bytes that once were too much for a reader, and those that a fuzzer begins with: and every
// beginning of the small ones, for files that end early are what there is most of.
TEST_P(ReplayTest, ReadsItsCorpus) {
  const auto folder = std::filesystem::path(ESPALIER_FUZZ_CORPUS) / GetParam().name;
  std::size_t num_files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    SCOPED_TRACE(entry.path().string());
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    GetParam().run(bytes);
    for (std::size_t size = 0; size < std::min<std::size_t>(bytes.size(), 400); ++size) {
      GetParam().run(std::string_view(bytes).substr(0, size));
    }
    ++num_files;
  }
  EXPECT_GT(num_files, 0u) << "no corpus";
}

// No bytes, and what is nested as deep as it is long.
TEST_P(ReplayTest, ReadsWhatNoReaderWants) {
  GetParam().run("");
  GetParam().run(std::string(1000, '\0'));
  for (const std::string piece : {"[", "(1 ", "{\"a\":", "[MAX ", "[[],", "\xFF", " ", "-"}) {
    std::string bytes;
    while (bytes.size() < 300'000) bytes += piece;
    GetParam().run(bytes);
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, ReplayTest, testing::ValuesIn(targets()),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(ReplayTest, EveryCorpusHasItsTarget) {
  std::set<std::string> names;
  for (const Target& target : targets()) names.insert(std::string(target.name));
  for (const auto& entry : std::filesystem::directory_iterator(ESPALIER_FUZZ_CORPUS)) {
    EXPECT_TRUE(names.contains(entry.path().filename().string())) << entry.path();
  }
}

}  // namespace
}  // namespace espalier::fuzz
