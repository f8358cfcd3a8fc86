#pragma once

#include <span>
#include <string_view>
#include <vector>

// What reads bytes that others wrote, each as a function of bytes: for `./dev fuzz`, which makes
// them up, and for fuzz/replay_test.cpp, which reads those of corpus/<name>/ in every build.
namespace espalier::fuzz {

struct Target {
  std::string_view name;
  /// Reads the bytes. An espalier::Error is an answer; whatever else happens is a bug.
  void (*run)(std::string_view bytes);
};

/// All of them, by name.
std::vector<Target> targets();

// Those of a file each.
std::vector<Target> reader_targets();    ///< Data sets.
std::vector<Target> graph_targets();     ///< Graphs of nodes and edges.
std::vector<Target> question_targets();  ///< What `predict` reads.
std::vector<Target> model_targets();     ///< What the library itself wrote once.

}  // namespace espalier::fuzz
