#pragma once

#include <string>
#include <vector>

#include <espalier/data/dataset.h>
#include <espalier/data/labelled_thread.h>

namespace espalier::datasets {

/// Discussions whose comments have features beside their words.
struct ThreadDataset : Dataset<LabelledThread> {
  std::vector<std::string> feature_names;  ///< The columns of LabelledThread::features.
  /// What was passed over or mended in the files because it was asked for, a sentence each.
  std::vector<std::string> notes = {};
};

}  // namespace espalier::datasets
