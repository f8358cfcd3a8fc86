#pragma once

#include <concepts>
#include <cstdint>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include <espalier/data/labelled_document.h>
#include <espalier/data/labelled_sequence.h>
#include <espalier/data/labelled_thread.h>
#include <espalier/data/labelled_tree.h>
#include <espalier/data/regression_example.h>
#include <espalier/data/scored_pair.h>
#include <espalier/data/splits.h>

namespace espalier {

/// A number that stands for data: the same data have the same one, on every machine, and other data
/// another one but for an accident in 2^64. Whoever wants to deceive can.
class Fingerprint {
 public:
  void add(std::uint64_t number);
  void add(std::string_view bytes);
  void add(float number);
  void add(const LabelledTree& example);
  void add(const LabelledSequence& example);
  void add(const SequencePair& example);
  void add(const LabelledDocument& example);
  void add(const LabelledThread& example);
  void add(const ScoredPair& example);
  void add(const RegressionExample& example);

  /// What says itself what of it counts.
  template <class T>
  requires requires(const T& example, Fingerprint& fingerprint) { example.add_to(fingerprint); }
  void add(const T& example) { example.add_to(*this); }

  /// Several, whose number counts too. So ([1], [2, 3]) is not ([1, 2], [3]).
  template <std::ranges::sized_range Range>
  requires(!std::convertible_to<const Range&, std::string_view>) void add(const Range& range) {
    add(static_cast<std::uint64_t>(std::ranges::size(range)));
    for (const auto& element : range) {
      if constexpr (std::is_integral_v<std::remove_cvref_t<decltype(element)>>) {
        add(static_cast<std::uint64_t>(element));
      } else {
        add(element);
      }
    }
  }

  /// 16 hexadecimal digits.
  std::string text() const;

 private:
  std::uint64_t state_ = 0x6573'7061'6c69'6572;
};

template <class T>
constexpr bool has_fingerprint() {
  if constexpr (std::is_integral_v<T> || std::convertible_to<const T&, std::string_view>) {
    return true;
  } else if constexpr (std::ranges::sized_range<const T>) {
    return has_fingerprint<std::remove_cv_t<std::ranges::range_value_t<T>>>();
  } else {
    return std::same_as<T, float> || requires(Fingerprint f, const T& example) { f.add(example); };
  }
}

/// Examples that a fingerprint can be taken of.
template <class Examples>
concept Fingerprinted = has_fingerprint<Examples>();

/// Of all three splits, in order.
template <Fingerprinted Examples>
std::string fingerprint(const Splits<Examples>& data) {
  Fingerprint result;
  result.add(data.train);
  result.add(data.dev);
  result.add(data.test);
  return result.text();
}

}  // namespace espalier
