#pragma once

#include <cstdlib>
#include <ctime>
#include <filesystem>

namespace espalier::test {

/// Where the published data sets are, each in a folder of its name.
inline std::filesystem::path published_data() {
  const char* const folder = std::getenv("ESPALIER_DATA");
  return folder == nullptr ? ESPALIER_DEFAULT_DATA : folder;
}

/// The processor time that `action` takes, which other programs do not change. Seconds.
template <class Action>
double processor_time_s(const Action& action) {
  const std::clock_t begin = std::clock();
  action();
  return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
}

// Sanitizers slow a program down; how they show differs between g++ and clang++.
#if defined(__SANITIZE_ADDRESS__)
#define ESPALIER_TEST_SANITIZED 1
#elif defined(__has_feature)
#define ESPALIER_TEST_SANITIZED __has_feature(address_sanitizer)
#else
#define ESPALIER_TEST_SANITIZED 0
#endif

/// Whether this is the program that users get: no asserts, no sanitizers.
#if defined(NDEBUG) && !ESPALIER_TEST_SANITIZED
inline constexpr bool kIsFastBuild = true;
#else
inline constexpr bool kIsFastBuild = false;
#endif

}  // namespace espalier::test

/// Ends the test as skipped where the published data is not to be had.
#define ESPALIER_SKIP_WITHOUT(path)   \
  if (!std::filesystem::exists(path)) \
  GTEST_SKIP() << (path) << " is not there; set ESPALIER_DATA to the folder of data sets"
