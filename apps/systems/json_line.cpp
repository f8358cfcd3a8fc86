#include <espalier/apps/systems/json_line.h>

#include <cmath>
#include <limits>
#include <utility>

namespace espalier::apps {
namespace {

using nlohmann::json;

// A number or word as it is, of others their kind.
std::string shown(const json& value) {
  switch (value.type()) {
    case json::value_t::object:
      return "an object";
    case json::value_t::array:
      return "an array";
    case json::value_t::string:
      return "a string";
    default:
      return value.dump();
  }
}

[[noreturn]] void fail(const json& value, const TextPosition& where, const std::string& name,
                       std::string_view expected) {
  throw ParseError(where, message(name, " is ", shown(value), ", expected ", expected));
}

}  // namespace

json parse_json_line(std::string_view line, const TextPosition& where, std::string_view what) {
  const auto check_depth = [&](int depth, json::parse_event_t, json&) {
    if (depth <= kMaxJsonDepth) return true;
    throw ParseError(where, message(what, ": it is nested more than ", kMaxJsonDepth, " deep"));
  };
  try {
    return json::parse(line, check_depth);
  } catch (const json::parse_error& error) {
    throw ParseError(where, message(what, ": this is no JSON from byte ", error.byte, " on"));
  } catch (const json::out_of_range&) {
    throw ParseError(where, message(what, ": it has a number that is too large"));
  }
}

const json& entry_of(const json& object, const char* key, const TextPosition& where,
                     const std::string& name) {
  if (!object.is_object()) fail(object, where, name, "an object");
  const auto entry = object.find(key);
  if (entry == object.end()) {
    throw ParseError(where, message(name, " has no entry \"", key, '"'));
  }
  return *entry;
}

const json& array_of(const json& value, const TextPosition& where, const std::string& name) {
  if (!value.is_array()) fail(value, where, name, "an array");
  return value;
}

std::string string_of(const json& value, const TextPosition& where, const std::string& name) {
  if (!value.is_string()) fail(value, where, name, "a string");
  return value.get<std::string>();
}

std::int64_t whole_number_of(const json& value, const TextPosition& where,
                             const std::string& name) {
  constexpr double kMaxExact = 9007199254740992;  // 2^53
  constexpr std::string_view kExpected = "a whole number of 64 bits";
  if (value.is_number_unsigned()) {
    const auto number = value.get<std::uint64_t>();
    if (!std::in_range<std::int64_t>(number)) fail(value, where, name, kExpected);
    return static_cast<std::int64_t>(number);
  }
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (!value.is_number_float()) fail(value, where, name, kExpected);
  const auto number = value.get<double>();
  if (std::abs(number) > kMaxExact || number != std::trunc(number)) {
    fail(value, where, name, kExpected);
  }
  return static_cast<std::int64_t>(number);
}

float number_of(const json& value, const TextPosition& where, const std::string& name) {
  const double number = value.is_number() ? value.get<double>() : NAN;
  if (!(std::abs(number) <= double{std::numeric_limits<float>::max()})) {
    fail(value, where, name, "a finite number");
  }
  return static_cast<float>(number);
}

}  // namespace espalier::apps
