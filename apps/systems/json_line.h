#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <espalier/base/error.h>

// JSON that a model is asked with, read strictly: a number is a number, a whole one whole, and what
// is wrong is said in our words.
namespace espalier::apps {

/// Deeper brackets are no example of any model.
inline constexpr int kMaxJsonDepth = 32;

/// The JSON in a line that begins at `where`; `what` says in errors what it is not: "no pair of
/// sentences in JSON". Throws ParseError, with the byte, if it is none, is nested too deep or has a
/// number that is too large.
nlohmann::json parse_json_line(std::string_view line, const TextPosition& where,
                               std::string_view what);

// What a value is; `name` is for errors. All throw ParseError if it is something else.

/// The entry of an object.
const nlohmann::json& entry_of(const nlohmann::json& object, const char* key,
                               const TextPosition& where, const std::string& name);
/// The items of an array.
const nlohmann::json& array_of(const nlohmann::json& value, const TextPosition& where,
                               const std::string& name);
std::string string_of(const nlohmann::json& value, const TextPosition& where,
                      const std::string& name);
/// In any spelling: 2 or 2.0.
std::int64_t whole_number_of(const nlohmann::json& value, const TextPosition& where,
                             const std::string& name);
/// One that a float can hold.
float number_of(const nlohmann::json& value, const TextPosition& where, const std::string& name);

}  // namespace espalier::apps
