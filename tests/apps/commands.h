#pragma once

#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <espalier/apps/command_line.h>

namespace espalier::test {

struct Outcome {
  int status = 0;
  std::string out, err;
};

/// Runs `espalier` inside this process.
inline Outcome espalier(const std::vector<std::string>& arguments, const std::string& input = "") {
  std::istringstream in(input);
  std::ostringstream out, err;
  const int status = apps::run(arguments, in, out, err);
  return {status, out.str(), err.str()};
}

inline std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline testing::AssertionResult contains(const std::string& text, const std::string& part) {
  if (text.find(part) != std::string::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "no \"" << part << "\" in:\n" << text;
}

/// One value for each line of `text`.
inline std::vector<nlohmann::ordered_json> json_lines(const std::string& text) {
  std::vector<nlohmann::ordered_json> values;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    values.push_back(nlohmann::ordered_json::parse(line));
  }
  return values;
}

}  // namespace espalier::test
