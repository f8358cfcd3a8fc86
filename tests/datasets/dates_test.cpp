#include <espalier/datasets/dates.h>

#include <array>
#include <ctime>
#include <map>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include <espalier/base/error.h>
#include <espalier/datasets/internal/fields.h>

#include "tests/support/errors.h"

namespace espalier::datasets {
namespace {

using test::error_of;

std::string text_of(const std::vector<std::uint32_t>& characters, const Vocabulary& vocabulary) {
  std::string text;
  for (const auto c : characters) text += vocabulary.word(c);
  return text;
}

// All pairs as texts.
std::vector<std::pair<std::string, std::string>> texts_of(const Dates& dates) {
  std::vector<std::pair<std::string, std::string>> texts;
  for (const auto* pairs : {&dates.train, &dates.dev, &dates.test}) {
    for (const SequencePair& pair : *pairs) {
      texts.emplace_back(text_of(pair.source, dates.vocabulary),
                         text_of(pair.target, dates.target_vocabulary));
    }
  }
  return texts;
}

// The day that an ISO date names, by the C library, which knows the calendar.
std::tm day_of(const std::string& iso) {
  std::tm day{};
  day.tm_year = std::stoi(iso.substr(0, 4)) - 1900;
  day.tm_mon = std::stoi(iso.substr(5, 2)) - 1;
  day.tm_mday = std::stoi(iso.substr(8, 2));
  day.tm_hour = 12;
  const std::time_t time = timegm(&day);
  gmtime_r(&time, &day);
  return day;
}

std::string format(const char* form, const std::tm& day) {
  std::array<char, 64> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), form, &day);
  return lower_case(std::string(text.data(), length));
}

// The header's list in the C library's words; @ stands for 3rd and # for third.
constexpr auto kForms = std::to_array<const char*>(
    {"%-d %B %Y",         "%-d %B, %Y",     "@ %B %Y",          "@ of %B, %Y",
     "the @ of %B %Y",    "the # of %B %Y", "%B %-d %Y",        "%B %-d, %Y",
     "%B @, %Y",          "%B the #, %Y",   "%d %B %Y",         "%d-%B-%Y",
     "%A, %-d %B %Y",     "%A @ %B %Y",     "%A, %B %-d, %Y",   "%a, %-d %B %Y",
     "%A the @ of %B %Y", "%Y %B %-d",      "%Y, %B @",         "%Y/%m/%d",
     "%Y.%m.%d",          "%Y%m%d",         "day %-d of %B, %Y"});

constexpr auto kOrdinals = std::to_array<std::string_view>(
    {"first",        "second",         "third",         "fourth",        "fifth",
     "sixth",        "seventh",        "eighth",        "ninth",         "tenth",
     "eleventh",     "twelfth",        "thirteenth",    "fourteenth",    "fifteenth",
     "sixteenth",    "seventeenth",    "eighteenth",    "nineteenth",    "twentieth",
     "twenty-first", "twenty-second",  "twenty-third",  "twenty-fourth", "twenty-fifth",
     "twenty-sixth", "twenty-seventh", "twenty-eighth", "twenty-ninth",  "thirtieth",
     "thirty-first"});

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  const std::size_t at = text.find(what);
  return at == std::string::npos ? text : text.replace(at, what.size(), by);
}

std::string ordinal(int day) {
  if (day >= 11 && day <= 13) return std::to_string(day) + "th";
  const char* const ending = day % 10 == 1   ? "st"
                             : day % 10 == 2 ? "nd"
                             : day % 10 == 3 ? "rd"
                                             : "th";
  return std::to_string(day) + ending;
}

// The forms, and their variants with a short month, in which `source` is that day.
std::set<std::string> forms_of(const std::string& source, const std::tm& day) {
  std::set<std::string> forms;
  for (const std::string form : kForms) {
    for (const std::string& variant : {form, replaced(form, "%B", "%b")}) {
      std::string pattern = replaced(variant, "@", ordinal(day.tm_mday));
      pattern = replaced(pattern, "#", kOrdinals[static_cast<std::size_t>(day.tm_mday - 1)]);
      if (format(pattern.c_str(), day) == lower_case(source)) forms.insert(variant);
    }
  }
  return forms;
}

TEST(DatesTest, WritesEveryFormAndNoOther) {
  const Dates dates =
      generate_dates({.num_train = 6000, .num_dev = 500, .num_test = 500, .seed = 1});
  std::set<std::string> seen;
  for (const auto& [source, target] : texts_of(dates)) {
    const std::set<std::string> forms = forms_of(source, day_of(target));
    EXPECT_FALSE(forms.empty()) << source << " for " << target;
    if (forms.size() == 1) seen.insert(*forms.begin());  // May is as long as its short form.
  }
  EXPECT_EQ(seen.size(), 20u * 2 + 3);
}

TEST(DatesTest, HasTargetsThatAreDaysOfTheCalendar) {
  const Dates dates = generate_dates({.num_train = 30'000});
  std::set<int> years;
  bool has_leap_day = false;
  for (const auto& [source, target] : texts_of(dates)) {
    ASSERT_EQ(target.size(), 10u);
    ASSERT_EQ(format("%F", day_of(target)),
              target);  // No 31st of April, which would be the 1st of May.
    years.insert(std::stoi(target));
    has_leap_day = has_leap_day || target.ends_with("02-29");
  }
  EXPECT_EQ(years.size(), 200u);
  EXPECT_EQ(*years.begin(), 1900);
  EXPECT_EQ(*years.rbegin(), 2099);
  EXPECT_TRUE(has_leap_day);
}

TEST(DatesTest, WritesNoSourceTwice) {
  const Dates dates = generate_dates({.num_train = 20'000, .num_dev = 2000, .num_test = 2000});
  EXPECT_EQ(dates.train.size(), 20'000u);
  EXPECT_EQ(dates.dev.size(), 2000u);
  EXPECT_EQ(dates.test.size(), 2000u);
  std::set<std::string> sources;
  for (const auto& [source, target] : texts_of(dates)) {
    EXPECT_TRUE(sources.insert(lower_case(source)).second) << source;
  }
}

TEST(DatesTest, WritesInThreeCases) {
  const Dates dates = generate_dates({.num_train = 3000});
  std::map<std::string, int> months;
  for (const auto& [source, target] : texts_of(dates)) {
    for (const char* month : {"january", "January", "JANUARY"}) {
      if (source.find(month) != std::string::npos) ++months[month];
    }
  }
  EXPECT_EQ(months.size(), 3u);
  for (const auto& [month, count] : months) EXPECT_GT(count, 15) << month;
}

TEST(DatesTest, HasVocabulariesForAnEncoderAndADecoder) {
  const Dates dates = generate_dates({.num_train = 1, .num_dev = 0, .num_test = 0});
  EXPECT_EQ(dates.target_vocabulary.size(), 1u + 2u + 10u + 1u);
  EXPECT_EQ(dates.target_vocabulary.find(Dates::kBegin), 1u);
  EXPECT_EQ(dates.target_vocabulary.find(Dates::kEnd), 2u);
  EXPECT_EQ(dates.train[0].target.size(), 10u);
  for (const auto c : dates.train[0].target) EXPECT_GT(c, 2u);
}

TEST(DatesTest, DependsOnTheSeedAlone) {
  const auto texts = [](std::uint64_t seed) {
    return texts_of(generate_dates({.num_train = 50, .num_dev = 5, .num_test = 5, .seed = seed}));
  };
  EXPECT_EQ(texts(1), texts(1));
  EXPECT_NE(texts(1), texts(2));
}

TEST(DatesTest, RefusesMorePairsThanItKeepsApart) {
  EXPECT_EQ(error_of<OptionError>([] { generate_dates({.num_dev = 300'001}); }),
            "found 300001 dates asked for, expected at most 300000");
}

}  // namespace
}  // namespace espalier::datasets
