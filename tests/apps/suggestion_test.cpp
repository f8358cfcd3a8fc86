#include <espalier/apps/commands/suggestion.h>

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace espalier::apps {
namespace {

TEST(SuggestionTest, ALetterTooManyTooFewWrongOrSwapped) {
  const std::vector<std::string> names = {"train", "evaluate", "document-han", "gru", "rnn"};
  for (const char* word : {"trian", "tran", "traim", "traain"}) {
    EXPECT_EQ(did_you_mean(word, names), "; did you mean train?") << word;
  }
  EXPECT_EQ(did_you_mean("documnet-ham", names), "; did you mean document-han?");
  EXPECT_EQ(did_you_mean("gruu", names), "; did you mean gru?");
}

TEST(SuggestionTest, NothingThatIsNotLikeIt) {
  const std::vector<std::string> names = {"train", "gru"};
  for (const std::string& word :
       {std::string("frobnicate"), std::string(), std::string("x"), std::string(100'000, 'a')}) {
    EXPECT_EQ(did_you_mean(word, names), "");
  }
}

}  // namespace
}  // namespace espalier::apps
