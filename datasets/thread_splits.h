#pragma once

#include <string>
#include <vector>

#include <espalier/data/labelled_thread.h>
#include <espalier/data/vocabulary.h>

namespace espalier::datasets {

/// Discussions to train on, to choose by, and to measure on.
struct ThreadSplits {
  Vocabulary vocabulary;
  std::vector<std::string> classes;        ///< The names of the labels 0, 1, ...
  std::vector<std::string> feature_names;  ///< The columns of LabelledThread::features.
  std::vector<LabelledThread> train, dev, test;
};

}  // namespace espalier::datasets
