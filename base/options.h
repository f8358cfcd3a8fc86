#pragma once

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

// Options are described once, where their struct is: a list of its fields, each with a name, a help
// text and a range, and the struct's own initialisers as defaults:
//
//     struct GRUOptions {
//       int hidden_size = 100;
//       bool bidirectional = false;
//
//       static std::vector<Option> fields(GRUOptions& o) {
//         return {option("hidden_size", o.hidden_size, "Hidden size", at_least(1)),
//                 option("bidirectional", o.bidirectional, "Read from both ends")};
//       }
//     };
//
// From it come JSON both ways, the checks of a model's constructor, and the command's options.
namespace espalier {

/// The numbers that an option may be: low <= value, and value <= high, or < high if it is `open`.
/// A high that is a mere `cap`, beyond all use, is not spoken of to whoever is below low.
struct Range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool open = false;
  bool cap = false;
};

constexpr Range at_least(double low) { return {.low = low}; }
constexpr Range at_least(double low, double cap) { return {.low = low, .high = cap, .cap = true}; }

/// The cap of sizes of layers and vectors: a square matrix of more is beyond every machine.
inline constexpr double kMaxSize = 65'536;

constexpr Range between(double low, double high) { return {.low = low, .high = high}; }
constexpr Range from_to_below(double low, double high) {
  return {.low = low, .high = high, .open = true};
}

/// One field of an options struct, bound to an object: its value may be read and set by whoever
/// knows nothing of the struct. It refers to the object, which must outlive it and stay in place.
class Option {
 public:
  enum class Kind { kFlag, kInteger, kNumber, kText, kPath, kChoice, kGroup };
  using Value = std::variant<bool, std::int64_t, double, std::string>;  ///< A choice is a string.

  /// How a choice stands in JSON: by its name, by its number, or, of two, as false or true.
  enum class Stored { kByName, kByNumber, kAsFlag };

  // What may be said of it beyond the rest.

  /// What it is on the command line, without dashes, if that is not its name.
  Option command(std::string flag) &&;
  /// A user is not asked: the data or the model's name say it. Or so is a field of a group.
  Option given() &&;
  Option given(std::string_view field) &&;
  /// It means something only if `condition`. With `of`, "an LSTM", it must else be the default.
  Option only_if(bool condition, std::string of = {}) &&;
  /// JSON that does not have it is read as the default: it came later than the others.
  Option added_later() &&;
  /// Of choices.
  Option stored(Stored how) &&;

  const std::string& name() const { return name_; }  ///< In JSON and in messages.
  const std::string& flag() const { return flag_; }  ///< "hidden": without dashes.
  const std::string& help() const { return help_; }
  Kind kind() const { return kind_; }
  const Range& range() const { return range_; }
  const std::vector<std::string>& choices() const { return choices_; }
  const std::vector<Option>& fields() const { return fields_; }  ///< Of a group.
  bool is_given() const { return given_; }
  bool applies() const { return applies_; }
  const std::string& of() const { return of_; }
  bool may_be_missing() const { return may_be_missing_; }
  Stored stored() const { return stored_; }

  Value get() const { return get_(); }
  /// `value` must be of its kind, and one that the field holds; ranges are not asked.
  void set(const Value& value) const { set_(value); }
  /// Whether a number is one that the field can hold, as an int can 2^31 - 1 at most.
  bool holds(double value) const { return limits_.low <= value && value <= limits_.high; }
  /// Whether a number is allowed, and what is, in words: "1 or more"; to whoever gave `value`.
  bool in_range(double value) const;
  std::string expected() const;
  std::string expected(double value) const;

  /// `limits`: what the field can hold.
  Option(Kind kind, std::string_view name, std::string_view help, Range range, Range limits,
         std::function<Value()> get, std::function<void(const Value&)> set,
         std::vector<std::string> choices = {}, std::vector<Option> fields = {});

 private:
  std::string name_, flag_, help_, of_;
  Kind kind_;
  Range range_, limits_;
  std::vector<std::string> choices_;
  std::vector<Option> fields_;
  Stored stored_ = Stored::kByName;
  bool given_ = false, applies_ = true, may_be_missing_ = false;
  std::function<Value()> get_;
  std::function<void(const Value&)> set_;
};

/// A struct whose fields are described.
template <class T>
concept DescribedOptions = std::default_initializable<T> && std::copyable<T> &&
    requires(T& object) {
  { T::fields(object) } -> std::same_as<std::vector<Option>>;
};

// A flag, a whole number, a number, a text or a path.
inline Option option(std::string_view name, bool& value, std::string_view help) {
  return {Option::Kind::kFlag,
          name,
          help,
          {},
          {},
          [&value] { return Option::Value(value); },
          [&value](const Option::Value& v) { value = std::get<bool>(v); }};
}
template <std::integral T>
Option option(std::string_view name, T& value, std::string_view help, Range range = {}) {
  constexpr std::int64_t kGreatest = std::in_range<std::int64_t>(std::numeric_limits<T>::max())
                                         ? static_cast<std::int64_t>(std::numeric_limits<T>::max())
                                         : std::numeric_limits<std::int64_t>::max();
  constexpr Range kLimits = {.low = static_cast<double>(std::numeric_limits<T>::lowest()),
                             .high = static_cast<double>(kGreatest)};
  return {Option::Kind::kInteger,
          name,
          help,
          range,
          kLimits,
          [&value] { return Option::Value(static_cast<std::int64_t>(value)); },
          [&value](const Option::Value& v) { value = static_cast<T>(std::get<std::int64_t>(v)); }};
}
template <std::floating_point T>
Option option(std::string_view name, T& value, std::string_view help, Range range = {}) {
  constexpr Range kLimits = {.low = static_cast<double>(std::numeric_limits<T>::lowest()),
                             .high = static_cast<double>(std::numeric_limits<T>::max())};
  return {Option::Kind::kNumber,
          name,
          help,
          range,
          kLimits,
          [&value] { return Option::Value(static_cast<double>(value)); },
          [&value](const Option::Value& v) { value = static_cast<T>(std::get<double>(v)); }};
}
inline Option option(std::string_view name, std::string& value, std::string_view help) {
  return {Option::Kind::kText,
          name,
          help,
          {},
          {},
          [&value] { return Option::Value(value); },
          [&value](const Option::Value& v) { value = std::get<std::string>(v); }};
}
inline Option option(std::string_view name, std::filesystem::path& value, std::string_view help) {
  return {Option::Kind::kPath,
          name,
          help,
          {},
          {},
          [&value] { return Option::Value(value.string()); },
          [&value](const Option::Value& v) { value = std::get<std::string>(v); }};
}

/// An enum whose values 0, 1, … have these names.
template <class E>
requires std::is_enum_v<E> Option choice(std::string_view name, E& value, std::string_view help,
                                         std::vector<std::string> names) {
  return {Option::Kind::kChoice,
          name,
          help,
          {},
          {},
          [&value, names] {
            const auto i = static_cast<std::size_t>(value);
            return Option::Value(i < names.size() ? names[i] : std::string("unknown"));
          },
          [&value, names](const Option::Value& v) {
            for (std::size_t i = 0; i < names.size(); ++i) {
              if (names[i] == std::get<std::string>(v)) value = static_cast<E>(i);
            }
          },
          names};
}

/// An enum of two values that is a flag to the outside.
template <class E>
requires std::is_enum_v<E> Option flag(std::string_view name, E& value, E off, E on,
                                       std::string_view help) {
  return {Option::Kind::kFlag,
          name,
          help,
          {},
          {},
          [&value, on] { return Option::Value(value == on); },
          [&value, off, on](const Option::Value& v) { value = std::get<bool>(v) ? on : off; }};
}

/// A struct within a struct.
template <DescribedOptions T>
Option group(std::string_view name, T& object, std::string_view help = {}) {
  return {Option::Kind::kGroup, name, help, {}, {}, {}, {}, {}, T::fields(object)};
}

// For lists of options, whatever the struct; what stands below is for structs.
std::string options_to_json(const std::vector<Option>& options);
void options_from_json(const std::vector<Option>& options, std::string_view text,
                       const std::string& source);
void check_options(const std::vector<Option>& options, const std::vector<Option>& defaults);
/// Throws OptionError if a number is out of the option's range.
void check_option_value(const Option& option, const Option::Value& value);

/// As a JSON object, with an entry for every field, in their order.
template <DescribedOptions T>
std::string to_json(T options) {
  return options_to_json(T::fields(options));
}

/// The options that such an object describes. Throws ParseError, naming `source` and the entry, if
/// one is missing, not known, not of the field's kind (a fraction for a whole number, 1 for true),
/// or more than the field can hold. Ranges are left to checked().
template <DescribedOptions T>
T from_json(std::string_view text, const std::string& source) {
  T options;
  options_from_json(T::fields(options), text, source);
  return options;
}

/// The options themselves. Throws OptionError, saying which is what and what was expected, if one
/// is out of range, or given where it means nothing.
template <DescribedOptions T>
const T& checked(const T& options) {
  T given = options, defaults;
  check_options(T::fields(given), T::fields(defaults));
  return options;
}

}  // namespace espalier
