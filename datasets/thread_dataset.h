#pragma once

#include <string>
#include <vector>

#include <espalier/data/dataset.h>
#include <espalier/data/labelled_thread.h>

namespace espalier::datasets {

/// Discussions whose comments have features beside their words.
struct ThreadDataset : Dataset<LabelledThread> {
  std::vector<std::string> feature_names;  ///< The columns of LabelledThread::features.
};

}  // namespace espalier::datasets
