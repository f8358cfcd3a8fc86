#pragma once

#include <string>

namespace espalier::test {

/// What `action` says when it throws an `E`; any other exception passes through.
template <class E, class Action>
std::string error_of(const Action& action) {
  try {
    action();
  } catch (const E& error) {
    return error.what();
  }
  return "(nothing was thrown)";
}

}  // namespace espalier::test
