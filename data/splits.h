#pragma once

namespace espalier {

/// What examples are for: to learn from, to choose a model by, to measure it in the end.
enum class Split { kTrain, kDev, kTest };

/// The examples of each split: vectors of them, or views of what somebody else owns.
template <class Examples>
struct Splits {
  const Examples& of(Split split) const {
    if (split == Split::kTrain) return train;
    return split == Split::kDev ? dev : test;
  }

  Examples train, dev, test;
};

}  // namespace espalier
