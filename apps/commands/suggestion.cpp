#include <espalier/apps/commands/suggestion.h>

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

namespace espalier::apps {
namespace {

// How many letters must be put in, left out, replaced or swapped with the next (the optimal string
// alignment distance).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last, last(b.size() + 1), row(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t other = a[i - 1] == b[j - 1] ? 0 : 1;
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + other});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before_last[j - 2] + 1);
      }
    }
    before_last = last;
    last = row;
  }
  return last[b.size()];
}

}  // namespace

std::string did_you_mean(std::string_view word, std::span<const std::string> names) {
  constexpr std::size_t kLongestWord = 64;  // No name is longer, and the distance is quadratic.
  if (word.size() > kLongestWord) return {};
  const std::string* nearest = nullptr;
  std::size_t least = word.size() / 4 + 2;  // One letter of a short word, two of "document".
  for (const std::string& name : names) {
    const std::size_t d = distance(word, name);
    if (d < least && d < name.size()) {
      least = d;
      nearest = &name;
    }
  }
  return nearest == nullptr ? std::string() : "; did you mean " + *nearest + '?';
}

}  // namespace espalier::apps
