#include <espalier/datasets/text.h>

#include <gtest/gtest.h>

#include <espalier/base/error.h>

#include "tests/datasets/files.h"
#include "tests/support/errors.h"

namespace espalier::datasets {
namespace {

using test::error_of;
using Characters = std::vector<std::uint32_t>;

std::string text_of(const TextData& data, const Characters& characters) {
  std::string text;
  for (const auto c : characters) text += data.vocabulary.word(c);
  return text;
}

TEST(TextTest, NumbersCharactersAndSplitsFromTheEnd) {
  const TextData data = text_data("abacabadab", {.dev_fraction = 0.2f, .test_fraction = 0.3f});
  EXPECT_EQ(data.train, (Characters{1, 2, 1, 3, 1}));
  EXPECT_EQ(data.dev, (Characters{2, 1}));
  EXPECT_EQ(data.test, (Characters{4, 1, 2}));
  EXPECT_EQ(data.vocabulary.words(), (std::vector<std::string>{"<unk>", "a", "b", "c", "d"}));
}

TEST(TextTest, TakesACharacterOfSeveralBytesForOne) {
  const TextData data = text_data("é€😀é", {.dev_fraction = 0, .test_fraction = 0});
  EXPECT_EQ(data.train, (Characters{1, 2, 3, 1}));
  EXPECT_TRUE(data.dev.empty() && data.test.empty());
}

TEST(TextTest, LosesNothing) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "line " + std::to_string(i) + "\r\n";
  const TextData data = text_data(text);
  EXPECT_EQ(text_of(data, data.train) + text_of(data, data.dev) + text_of(data, data.test), text);
  EXPECT_EQ(data.dev.size(), text.size() / 20);
  EXPECT_EQ(data.test.size(), text.size() / 20);
}

TEST(TextTest, EndsEveryLineOfAFileByALineFeed) {
  const test::TemporaryFolder folder;
  const TextOptions options = {.dev_fraction = 0, .test_fraction = 0};
  for (const std::string bytes : {"a\r\n\nb", "a\n\nb\n"}) {
    for (const std::string& file : {bytes, test::gzip(bytes)}) {
      const TextData data = load_text(folder.write("t", file), options);
      EXPECT_EQ(text_of(data, data.train), "a\n\nb\n");
    }
  }
}

TEST(TextTest, RefusesTextThatIsNone) {
  const test::TemporaryFolder folder;
  const std::string path = folder.write("t", "");
  EXPECT_EQ(error_of<ParseError>([&] { load_text(path); }),
            path + ": the file is empty, expected text");
  folder.write("t", "a\nb\xFF");
  EXPECT_EQ(error_of<ParseError>([&] { load_text(path); }),
            path + ":2:2: byte 0xff is not valid UTF-8");
  EXPECT_EQ(error_of<ParseError>([] { text_data(""); }),
            "<text>: the text is empty, expected characters");
  EXPECT_EQ(error_of<ParseError>([] { text_data("ab\xFF"); }),
            "<text>: byte 2 of the text is not valid UTF-8");
}

TEST(TextTest, RefusesFractionsOutOfRange) {
  const auto error = [](float dev, float test) {
    return error_of<OptionError>(
        [&] { text_data("abc", {.dev_fraction = dev, .test_fraction = test}); });
  };
  const std::string expected = ", expected both to be >= 0 and their sum < 1";
  EXPECT_EQ(error(-0.5f, 0.5f), "dev_fraction is -0.5 and test_fraction 0.5" + expected);
  EXPECT_EQ(error(0.5f, -0.5f), "dev_fraction is 0.5 and test_fraction -0.5" + expected);
  EXPECT_EQ(error(0.5f, 0.5f), "dev_fraction is 0.5 and test_fraction 0.5" + expected);
  EXPECT_EQ(error_of<OptionError>([] { load_text("no such file", {.dev_fraction = 2}); }),
            "dev_fraction is 2 and test_fraction 0.05" + expected);
}

}  // namespace
}  // namespace espalier::datasets
