#pragma once

#include <cstdint>
#include <filesystem>
#include <ostream>
#include <span>
#include <string>
#include <string_view>

#include <espalier/apps/systems/system.h>
#include <espalier/training/trainer.h>

// What `espalier train` says.
namespace espalier::apps {

/// What a run is given, as far as an experiment does not know it.
struct RunPlan {
  std::string_view model, dataset;
  std::string options;  ///< All that are in force.
  std::uint64_t seed = 1;
  int threads = 1;
};

/// Before the first epoch: the model, its size, the data, how it is trained, every option in force.
void report_plan(std::ostream& out, Experiment& experiment, const RunPlan& plan);

void report_baseline(std::ostream& out, std::string_view name, const training::Metrics& test);

/// What came of it.
void report_result(std::ostream& out, const training::TrainingResult& result,
                   const std::filesystem::path& checkpoint);

/// What to say of a run that `signal` ended: how it goes on. `words` are those of the program.
std::string how_to_go_on(int signal, const std::filesystem::path& checkpoint,
                         std::span<const std::string> words);

}  // namespace espalier::apps
