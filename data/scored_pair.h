#pragma once

#include <espalier/data/labelled_tree.h>

namespace espalier {

/// Two sentences, as trees, and how related they are.
struct ScoredPair {
  LabelledTree a, b;
  float score = 0.0f;
};

}  // namespace espalier
