#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include <espalier/training/named_tensors.h>
#include <espalier/training/optimizer.h>
#include <espalier/training/run_state.h>
#include <espalier/training/safetensors.h>

namespace espalier::training {

/// A training run at an instant: enough to go on bit for bit, or to use the model.
///
/// On disk it is one safetensors file. The parameters stand under their own names, so that any
/// reader of the format can load them; "best/…" are those of the best epoch, "optimizer/…" is the
/// optimiser's state, and the metadata hold "configuration" and "run" as JSON.
struct Checkpoint {
  std::string configuration;     ///< Of the task, JSON.
  NamedTensors parameters;       ///< As they were at the instant.
  NamedTensors best_parameters;  ///< Empty before the first evaluation.
  OptimizerState optimizer;
  RunState run;

  /// Those to predict with: the best, or the latest if there is no best.
  const NamedTensors& parameters_to_use() const {
    return best_parameters.empty() ? parameters : best_parameters;
  }
};

/// Replaces the file atomically: after a crash at any instant it is the old one or the new one.
/// Throws FileError, Error unless the configuration is a JSON object with a "model", and
/// OptionError if a parameter's name begins with "best/" or "optimizer/".
void save_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint);

/// Throws FileError if the file cannot be read, ParseError if it is no checkpoint, or damaged.
Checkpoint load_checkpoint(const std::filesystem::path& path);

/// Whether a safetensors file that was read says that it is a checkpoint; and it as one, for which
/// it throws ParseError, naming `source`, as load_checkpoint() does.
bool is_checkpoint(const Safetensors& file);
Checkpoint checkpoint_from(Safetensors file, const std::string& source);

/// Throws Error, naming `source` and what differs, unless the checkpoint is of the same model with
/// the same options as `expected`, a configuration in JSON.
void check_configuration(const Checkpoint& checkpoint, std::string_view expected,
                         std::string_view source);

}  // namespace espalier::training
