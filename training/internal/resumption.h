#pragma once

#include <string>
#include <vector>

#include <espalier/training/run_state.h>

namespace espalier::training {

/// What is to be told of a run that goes on.
struct Resumption {
  std::vector<std::string> changes;    ///< What has changed that may: the number of epochs, the
                                       ///< processor, the version.
  std::vector<std::string> unchecked;  ///< What the checkpoint is too old to say.
};

/// Whether the run whose state a checkpoint has may go on as the one that `here` begins.
/// Throws Error, naming `source` and everything that differs, if it is another run or has other
/// data.
Resumption check_resumption(const RunState& there, const RunState& here, const std::string& source);

}  // namespace espalier::training
