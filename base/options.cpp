#include <espalier/base/options.h>

#include <algorithm>
#include <cassert>
#include <cmath>

#include <nlohmann/json.hpp>

#include <espalier/base/error.h>

namespace espalier {
namespace {

using nlohmann::ordered_json;
using Kind = Option::Kind;
using Stored = Option::Stored;

std::string text_of(const Option::Value& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return message(*whole);
  if (const auto* number = std::get_if<double>(&value)) return message(*number);
  return std::get<std::string>(value);
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    const bool is_last = &name == &names.back();
    if (!text.empty()) text += is_last ? " or " : ", ";
    text += name;
  }
  return text;
}

// 1e6 as 1000000, as whole numbers are written.
std::string number_text(double number) {
  if (number == std::floor(number) && std::abs(number) < 1e15) {
    return message(static_cast<std::int64_t>(number));
  }
  return message(number);
}

ordered_json json_of(const Option& option) {
  if (option.kind() == Kind::kGroup) {
    return ordered_json::parse(options_to_json(option.fields()));
  }
  const Option::Value value = option.get();
  if (option.kind() == Kind::kChoice && option.stored() != Stored::kByName) {
    const auto found = std::ranges::find(option.choices(), std::get<std::string>(value));
    const auto number = found - option.choices().begin();
    return option.stored() == Stored::kAsFlag ? ordered_json(number == 1) : ordered_json(number);
  }
  return std::visit([](const auto& v) { return ordered_json(v); }, value);
}

// The kind of JSON that an option is written as, in words.
std::string expected_json(const Option& option) {
  switch (option.kind()) {
    case Kind::kFlag:
      return "true or false";
    case Kind::kInteger:
      return "a whole number";
    case Kind::kNumber:
      return "a number";
    case Kind::kText:
    case Kind::kPath:
      return "a text";
    case Kind::kGroup:
      return "an object";
    case Kind::kChoice:
      break;
  }
  if (option.stored() == Stored::kAsFlag) return "true or false";
  if (option.stored() == Stored::kByNumber) return message("0 to ", option.choices().size() - 1);
  return joined(option.choices());
}

// Whether a whole number in JSON is one that the option can hold; ranges are not asked.
bool fits(const ordered_json& json) {
  return json.is_number_unsigned() ? std::in_range<std::int64_t>(json.get<std::uint64_t>())
                                   : json.is_number_integer();
}

// Sets an option; false if the entry is of another kind.
bool read(const Option& option, const ordered_json& json) {
  switch (option.kind()) {
    case Kind::kFlag:
      if (!json.is_boolean()) return false;
      option.set(json.get<bool>());
      return true;
    case Kind::kInteger:
      if (!fits(json) || !option.holds(json.get<double>())) return false;
      option.set(json.get<std::int64_t>());
      return true;
    case Kind::kNumber:
      if (!json.is_number() || !option.holds(json.get<double>())) return false;
      option.set(json.get<double>());
      return true;
    case Kind::kText:
    case Kind::kPath:
      if (!json.is_string()) return false;
      option.set(json.get<std::string>());
      return true;
    case Kind::kChoice:
      break;
    case Kind::kGroup:
      assert(false);  // Read field by field.
      return false;
  }
  std::size_t number = option.choices().size();
  if (option.stored() == Stored::kAsFlag && json.is_boolean()) {
    number = json.get<bool>() ? 1 : 0;
  } else if (option.stored() == Stored::kByNumber && fits(json) && json.get<std::int64_t>() >= 0) {
    number = json.get<std::size_t>();
  } else if (option.stored() == Stored::kByName && json.is_string()) {
    const auto found = std::ranges::find(option.choices(), json.get<std::string>());
    number = static_cast<std::size_t>(found - option.choices().begin());
  }
  if (number >= option.choices().size()) return false;
  option.set(option.choices()[number]);
  return true;
}

void read_all(const std::vector<Option>& options, const ordered_json& json,
              const std::string& prefix, const std::string& source) {
  const auto fail = [&](const std::string& what) { throw ParseError({.source = source}, what); };
  const std::string self = prefix.empty() ? "options" : "the option " + prefix;
  if (!json.is_object()) {
    fail(message(self, ": expected an object, found ", json.dump()));
  }
  for (const auto& [key, value] : json.items()) {
    if (std::ranges::find(options, key, &Option::name) == options.end()) {
      fail(message("the option ", prefix, prefix.empty() ? "" : ".", key, " is not known"));
    }
  }
  for (const Option& option : options) {
    const std::string name = prefix.empty() ? option.name() : message(prefix, '.', option.name());
    if (!json.contains(option.name())) {
      if (option.may_be_missing()) continue;
      fail(message("the option ", name, " is missing"));
    }
    const ordered_json& entry = json.at(option.name());
    if (option.kind() == Kind::kGroup) {
      read_all(option.fields(), entry, name, source);
    } else if (!read(option, entry)) {
      fail(
          message("the option ", name, " is ", entry.dump(), ", expected ", expected_json(option)));
    }
  }
}

}  // namespace

Option::Option(Kind kind, std::string_view name, std::string_view help, Range range, Range limits,
               std::function<Value()> get, std::function<void(const Value&)> set,
               std::vector<std::string> choices, std::vector<Option> fields)
    : name_(name),
      flag_(name),
      help_(help),
      kind_(kind),
      range_(range),
      limits_(limits),
      choices_(std::move(choices)),
      fields_(std::move(fields)),
      get_(std::move(get)),
      set_(std::move(set)) {
  std::ranges::replace(flag_, '_', '-');
}

Option Option::command(std::string flag) && {
  flag_ = std::move(flag);
  return std::move(*this);
}

Option Option::given() && {
  given_ = true;
  return std::move(*this);
}

Option Option::given(std::string_view field) && {
  const auto found = std::ranges::find(fields_, field, &Option::name);
  assert(found != fields_.end());
  found->given_ = true;
  return std::move(*this);
}

Option Option::only_if(bool condition, std::string of) && {
  applies_ = condition;
  of_ = std::move(of);
  return std::move(*this);
}

Option Option::added_later() && {
  may_be_missing_ = true;
  return std::move(*this);
}

Option Option::stored(Stored how) && {
  stored_ = how;
  return std::move(*this);
}

bool Option::in_range(double value) const {
  return range_.low <= value && (range_.open ? value < range_.high : value <= range_.high);
}

std::string Option::expected(double value) const {
  if (range_.cap && value < range_.low) return number_text(range_.low) + " or more";
  return expected();
}

std::string Option::expected() const {
  if (kind_ == Kind::kFlag) return "true or false";
  if (kind_ == Kind::kChoice) return joined(choices_);
  const bool has_high = range_.high < limits_.high;
  if (!has_high && !(range_.low > limits_.low)) {
    return kind_ == Kind::kInteger ? "a whole number" : "a number";
  }
  if (!has_high) return number_text(range_.low) + " or more";
  if (range_.open) {
    return message("at least ", number_text(range_.low), " and less than ",
                   number_text(range_.high));
  }
  return message(number_text(range_.low), " to ", number_text(range_.high));
}

std::string options_to_json(const std::vector<Option>& options) {
  ordered_json json = ordered_json::object();
  for (const Option& option : options) json[option.name()] = json_of(option);
  return json.dump();
}

void options_from_json(const std::vector<Option>& options, std::string_view text,
                       const std::string& source) {
  const ordered_json json = ordered_json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) throw ParseError({.source = source}, "options that are no JSON");
  read_all(options, json, {}, source);
}

void check_options(const std::vector<Option>& options, const std::vector<Option>& defaults) {
  for (std::size_t i = 0; i < options.size(); ++i) {
    const Option& option = options[i];
    if (option.kind() == Kind::kGroup) {
      if (option.applies()) check_options(option.fields(), defaults[i].fields());
      continue;
    }
    const Option::Value value = option.get();
    if (!option.applies() && !option.of().empty() && value != defaults[i].get()) {
      throw OptionError(message(option.name(), " is ", text_of(value), ", expected ",
                                text_of(defaults[i].get()), ": it is of ", option.of(), " alone"));
    }
    check_option_value(option, value);
  }
}

void check_option_value(const Option& option, const Option::Value& value) {
  double number = 0.0;
  const auto fail = [&] {
    throw OptionError(
        message(option.name(), " is ", text_of(value), ", expected ", option.expected(number)));
  };
  if (option.kind() == Kind::kChoice &&
      std::ranges::find(option.choices(), std::get<std::string>(value)) == option.choices().end()) {
    fail();
  }
  if (const auto* whole = std::get_if<std::int64_t>(&value)) {
    number = static_cast<double>(*whole);
  } else if (const auto* real = std::get_if<double>(&value)) {
    number = *real;
  } else {
    return;
  }
  if (!option.in_range(number)) fail();
}

}  // namespace espalier
