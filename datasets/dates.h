#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include <espalier/data/dataset.h>
#include <espalier/data/labelled_sequence.h>

namespace espalier::datasets {

struct DatesOptions {
  std::size_t num_train = 10'000;
  std::size_t num_dev = 1'000;
  std::size_t num_test = 1'000;
  std::uint64_t seed = 0;
};

/// A date as people write it, and as ISO 8601 does: "the 3rd of May 2019" and "2019-05-03".
struct Dates : Dataset<SequencePair> {
  /// The target words that a decoder begins with and that end what it says. The targets of
  /// the pairs hold neither.
  static constexpr std::string_view kBegin = "<begin>";
  static constexpr std::string_view kEnd = "<end>";

  /// kBegin, kEnd, 0 .. 9 and "-". Dataset's vocabulary is the characters of the sources, all
  /// ASCII.
  Vocabulary target_vocabulary;
};

/// Draws days of the years 1900 .. 2099, all equally likely, each written in one of these forms,
/// equally likely, with the right day of the week, and as it stands here, in lower case or in upper
/// case:
///
///     3 May 2019             3 May, 2019             3rd May 2019         3rd of May, 2019
///     the 3rd of May 2019    the third of May 2019   May 3 2019           May 3, 2019
///     May 3rd, 2019          May the third, 2019     03 May 2019          03-May-2019
///     Friday, 3 May 2019     Friday 3rd May 2019     Friday, May 3, 2019  Fri, 3 May 2019
///     Friday the 3rd of May 2019                     2019 May 3           2019, May 3rd
///     2019/05/03             2019.05.03              20190503             day 3 of May, 2019
///
/// where in half of those with the name of a month it is cut to three letters. A form in numbers
/// alone begins with the year, as "10/11/98" could be two days. No source occurs twice, in one
/// split or in two, not even in another case.
/// Throws OptionError at a split of more than 300'000 pairs.
Dates generate_dates(const DatesOptions& options);

}  // namespace espalier::datasets
