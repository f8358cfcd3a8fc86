#include <espalier/datasets/dates.h>

#include <array>
#include <cassert>
#include <chrono>
#include <string>
#include <unordered_set>
#include <utility>

#include <espalier/base/error.h>
#include <espalier/datasets/internal/fields.h>
#include <espalier/ops/random.h>

namespace espalier::datasets {
namespace {

using std::chrono::sys_days;
using std::chrono::year_month_day;

// What stands for a part of the date; all else is text:
// W Friday, w Fri, M May, d 3, D 03, o 3rd, t third, Y 2019, n 05.
constexpr auto kForms = std::to_array<std::string_view>({"d M Y",
                                                         "d M, Y",
                                                         "o M Y",
                                                         "o _of M, Y",
                                                         "_the o _of M Y",
                                                         "_the t _of M Y",
                                                         "M d Y",
                                                         "M d, Y",
                                                         "M o, Y",
                                                         "M _the t, Y",
                                                         "D M Y",
                                                         "D-M-Y",
                                                         "W, d M Y",
                                                         "W o M Y",
                                                         "W, M d, Y",
                                                         "w, d M Y",
                                                         "W _the o _of M Y",
                                                         "Y M d",
                                                         "Y, M o",
                                                         "Y/n/D",
                                                         "Y.n.D",
                                                         "YnD",
                                                         "_day d _of M, Y"});

constexpr auto kMonths =
    std::to_array<std::string_view>({"January", "February", "March", "April", "May", "June", "July",
                                     "August", "September", "October", "November", "December"});
constexpr auto kWeekdays = std::to_array<std::string_view>(
    {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"});
constexpr auto kOrdinals = std::to_array<std::string_view>(
    {"first",        "second",         "third",         "fourth",        "fifth",
     "sixth",        "seventh",        "eighth",        "ninth",         "tenth",
     "eleventh",     "twelfth",        "thirteenth",    "fourteenth",    "fifteenth",
     "sixteenth",    "seventeenth",    "eighteenth",    "nineteenth",    "twentieth",
     "twenty-first", "twenty-second",  "twenty-third",  "twenty-fourth", "twenty-fifth",
     "twenty-sixth", "twenty-seventh", "twenty-eighth", "twenty-ninth",  "thirtieth",
     "thirty-first"});

// There are 73049 days, each with as many sources as there are forms, at the least.
constexpr std::size_t kMaxPairs = 300'000;

constexpr std::size_t kShort = 3;  // Letters of a name that is cut.

std::string two_digits(unsigned number) {
  return {static_cast<char>('0' + number / 10), static_cast<char>('0' + number % 10)};
}

std::string ordinal(unsigned day) {
  constexpr auto kEndings = std::to_array<std::string_view>({"th", "st", "nd", "rd"});
  const bool is_teen = day / 10 == 1;
  const unsigned digit = day % 10;
  return message(day, is_teen || digit > 3 ? kEndings[0] : kEndings[digit]);
}

std::string iso_date(const year_month_day& date) {
  return message(int{date.year()}, '-', two_digits(unsigned{date.month()}), '-',
                 two_digits(unsigned{date.day()}));
}

// The part of the date that `code` stands for in a form.
std::string part(char code, const year_month_day& date, bool has_short_month) {
  const unsigned day{date.day()};
  const unsigned month{date.month()};
  const std::string_view month_name = kMonths[month - 1];
  const std::string_view weekday = kWeekdays[std::chrono::weekday(sys_days(date)).c_encoding()];
  switch (code) {
    case 'W':
      return std::string(weekday);
    case 'w':
      return std::string(weekday.substr(0, kShort));
    case 'M':
      return std::string(has_short_month ? month_name.substr(0, kShort) : month_name);
    case 'd':
      return std::to_string(day);
    case 'D':
      return two_digits(day);
    case 'o':
      return ordinal(day);
    case 't':
      return std::string(kOrdinals[day - 1]);
    case 'n':
      return two_digits(month);
    default:
      assert(code == 'Y');
      return std::to_string(int{date.year()});
  }
}

std::string written(std::string_view form, const year_month_day& date, bool has_short_month) {
  constexpr std::string_view kCodes = "WwMdDotnY";
  std::string text;
  for (std::size_t i = 0; i < form.size(); ++i) {
    if (form[i] == '_') {  // A word as it stands.
      while (i + 1 < form.size() && form[i + 1] != ' ') text += form[++i];
    } else if (kCodes.find(form[i]) != std::string_view::npos) {
      text += part(form[i], date, has_short_month);
    } else {
      text += form[i];
    }
  }
  return text;
}

std::string upper_case(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

std::vector<std::uint32_t> characters_of(std::string_view text, Vocabulary& vocabulary) {
  std::vector<std::uint32_t> characters;
  for (const char& c : text) characters.push_back(vocabulary.add({&c, 1}));
  return characters;
}

// Draws pairs whose sources are all different.
class DateWriter {
 public:
  DateWriter(std::uint64_t seed, Dates& dates) : dates_(dates), rng_(seed) {}

  std::vector<SequencePair> draw(std::size_t count) {
    std::vector<SequencePair> pairs;
    while (pairs.size() < count) pairs.push_back(draw_new());
    return pairs;
  }

 private:
  SequencePair draw_new() {
    constexpr sys_days kFirst = std::chrono::year{1900} / 1 / 1;
    constexpr sys_days kEnd = std::chrono::year{2100} / 1 / 1;
    while (true) {  // Most sources are new, since kMaxPairs is less than there are.
      const std::uint64_t offset = rng_.below(static_cast<std::uint64_t>((kEnd - kFirst).count()));
      const year_month_day date = kFirst + std::chrono::days(offset);
      const std::string_view form = kForms[rng_.below(kForms.size())];
      std::string source = written(form, date, rng_.chance(0.5f));
      if (!known_.insert(lower_case(source)).second) continue;
      const std::uint64_t letters = rng_.below(3);
      if (letters == 1) source = lower_case(std::move(source));
      if (letters == 2) source = upper_case(std::move(source));
      return {characters_of(source, dates_.vocabulary),
              characters_of(iso_date(date), dates_.target_vocabulary)};
    }
  }

  Dates& dates_;
  Rng rng_;
  std::unordered_set<std::string> known_;  // In lower case.
};

}  // namespace

Dates generate_dates(const DatesOptions& options) {
  for (const std::size_t count : {options.num_train, options.num_dev, options.num_test}) {
    if (count > kMaxPairs) {
      throw OptionError(message("found ", count, " dates asked for, expected at most ", kMaxPairs));
    }
  }
  Dates dates;
  for (const std::string_view word : {Dates::kBegin, Dates::kEnd})
    dates.target_vocabulary.add(word);
  characters_of("0123456789-", dates.target_vocabulary);
  DateWriter writer(options.seed, dates);
  dates.train = writer.draw(options.num_train);
  dates.dev = writer.draw(options.num_dev);
  dates.test = writer.draw(options.num_test);
  return dates;
}

}  // namespace espalier::datasets
