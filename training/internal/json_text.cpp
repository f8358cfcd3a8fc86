#include <espalier/training/internal/json_text.h>

#include <cstddef>

#include <nlohmann/json.hpp>

#include <espalier/base/error.h>

namespace espalier::training {

void check_json_text(std::string_view text, const std::string& source, std::string_view what) {
  constexpr int kMaxDepth = 32;
  if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
    throw ParseError({.source = source},
                     message(what, ": byte ", nul + 1, " is NUL, expected JSON to the end"));
  }
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kMaxDepth) {
        throw ParseError({.source = source}, message(what, ": nested too deep, expected at most ",
                                                     kMaxDepth, " lists and objects in another"));
      }
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
}

std::string in_quotes(std::string_view text) {
  constexpr std::size_t kMaxShown = 100;
  const bool cut = text.size() > kMaxShown;
  const nlohmann::json shown = message(text.substr(0, kMaxShown), cut ? "…" : "");
  return shown.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace espalier::training
