#pragma once

#include <span>
#include <string>
#include <string_view>

namespace espalier::apps {

/// "; did you mean NAME?" of the name that is most like `word`, or nothing if none is like it.
std::string did_you_mean(std::string_view word, std::span<const std::string> names);

}  // namespace espalier::apps
