#include <espalier/datasets/generated_text.h>

#include <algorithm>
#include <regex>
#include <set>
#include <sstream>
#include <vector>

#include <gtest/gtest.h>

#include <espalier/base/error.h>
#include <espalier/datasets/internal/fields.h>

#include "tests/support/errors.h"

namespace espalier::datasets {
namespace {

using test::error_of;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// How deep brackets and quotes nest at most; -1 if they are not closed as they were opened.
int depth_of(const std::string& line) {
  std::string open;
  int depth = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    const bool is_quote = c == '"' || c == '\'';
    const bool opens = c == '(' || c == '[' || (is_quote && line[i - 1] == ' ');
    const bool opens_after_mark = is_quote && (line[i - 1] == '(' || line[i - 1] == '[');
    if (opens || opens_after_mark) {
      open += c;
      depth = std::max(depth, static_cast<int>(open.size()));
    } else if (c == ')' || c == ']' || is_quote) {
      const char expected = c == ')' ? '(' : c == ']' ? '[' : c;
      if (open.empty() || open.back() != expected) return -1;
      open.pop_back();
    }
  }
  return open.empty() ? depth : -1;
}

TEST(GeneratedTextTest, WritesASentenceOnEachLine) {
  const auto lines = lines_of(generate_text({.num_sentences = 2000}));
  ASSERT_EQ(lines.size(), 2000u);
  std::size_t num_characters = 0;
  for (const std::string& line : lines) {
    EXPECT_TRUE(line.front() >= 'A' && line.front() <= 'Z') << line;
    EXPECT_EQ(line.back(), '.');
    EXPECT_EQ(line.find("  "), std::string::npos);
    num_characters += line.size() + 1;
  }
  const double mean = static_cast<double>(num_characters) / 2000;
  EXPECT_GT(mean, 40);
  EXPECT_LT(mean, 80);
}

TEST(GeneratedTextTest, ClosesBracketsAndQuotesInOrder) {
  int deepest = 0;
  std::set<char> marks;
  for (const std::string& line : lines_of(generate_text({.num_sentences = 5000}))) {
    const int depth = depth_of(line);
    ASSERT_GE(depth, 0) << line;
    deepest = std::max(deepest, depth);
    for (const char c : line) {
      if (std::string("([\"'").find(c) != std::string::npos) marks.insert(c);
    }
  }
  EXPECT_EQ(deepest, 3);
  EXPECT_EQ(marks.size(), 4u);
}

const std::string kDeterminer = "(the|my|a|this|that|some|these|those) ";
const std::string kAdjective = "(?:(?:big|small|young|quiet|happy|red|strange|clever) )?";
const std::string kNoun =
    "(dogs?|cats?|boys?|child|children|wom[ae]n|fox|foxes|mouse|mice|painters?|teachers?|birds?)";

bool is_plural(const std::string& word) {
  static const std::set<std::string> kPlurals = {
      "some", "these",    "those",    "dogs",  "cats", "boys", "children", "women", "foxes",
      "mice", "painters", "teachers", "birds", "are",  "have", "were",     "do",    "sleep",
      "run",  "sing",     "see",      "chase", "like", "know", "watch",    "say",   "think"};
  return kPlurals.contains(word);
}

// "the" and "my" are both.
bool has_number(const std::string& word) { return word != "the" && word != "my"; }

std::vector<std::smatch> matches(const std::vector<std::string>& lines, const std::string& form) {
  const std::regex regex(form);
  std::vector<std::smatch> found;
  for (const std::string& line : lines) {
    std::smatch match;
    if (std::regex_search(line, match, regex)) found.push_back(match);
  }
  return found;
}

std::vector<std::string> lower_case_lines(const GeneratedTextOptions& options) {
  std::vector<std::string> lines;
  for (const std::string& line : lines_of(generate_text(options)))
    lines.push_back(lower_case(line));
  return lines;
}

TEST(GeneratedTextTest, AgreesInNumber) {
  const auto lines = lower_case_lines({.num_sentences = 3000, .max_depth = 0});
  const auto found = matches(lines, "^" + kDeterminer + kAdjective + kNoun + " (\\w+)");
  EXPECT_EQ(found.size(), lines.size());
  for (const std::smatch& match : found) {
    EXPECT_EQ(is_plural(match[2]), is_plural(match[3])) << match.str();
    if (has_number(match[1])) {
      EXPECT_EQ(is_plural(match[1]), is_plural(match[2])) << match.str();
    }
  }
}

// "The dog that the boys chase sleeps."
TEST(GeneratedTextTest, AgreesOverARelativeClause) {
  const auto lines = lower_case_lines({.num_sentences = 20'000});
  const std::string phrase = kDeterminer + kAdjective + kNoun;
  const std::string form =
      message('^', phrase, " that ", phrase, " (?!that )(\\w+)(?: met)? (\\w+)");
  std::size_t num_other = 0;  // With a noun of the other number between.
  for (const std::smatch& match : matches(lines, form)) {
    const bool head = is_plural(match[2]);
    const bool inner = is_plural(match[4]);
    EXPECT_EQ(is_plural(match[5]), inner) << match.str();
    if (match[6] == "that" || match[6] == "met") continue;  // The inner phrase goes on.
    EXPECT_EQ(is_plural(match[6]), head) << match.str();
    num_other += head != inner ? 1 : 0;
  }
  EXPECT_GT(num_other, 200u);
}

TEST(GeneratedTextTest, DrawsSentencesIndependently) {
  const std::string shorter = generate_text({.num_sentences = 10, .seed = 7});
  EXPECT_TRUE(generate_text({.num_sentences = 20, .seed = 7}).starts_with(shorter));
  EXPECT_NE(generate_text({.num_sentences = 10, .seed = 8}), shorter);
}

TEST(GeneratedTextTest, RefusesOptionsOutOfRange) {
  const auto error = [](const GeneratedTextOptions& options) {
    return error_of<OptionError>([&] { generate_text(options); });
  };
  EXPECT_EQ(error({.num_sentences = 0}), "num_sentences is 0, expected > 0");
  EXPECT_EQ(error({.max_depth = -1}), "max_depth is -1, expected 0 .. 20");
  EXPECT_EQ(error({.max_depth = 21}), "max_depth is 21, expected 0 .. 20");
}

}  // namespace
}  // namespace espalier::datasets
