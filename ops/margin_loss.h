#pragma once

#include <cstdint>
#include <span>

#include <espalier/ops/loss.h>
#include <espalier/ops/variable.h>

namespace espalier {

// Losses that are 0, as is their gradient, once what is right leads by a margin. Of shape [1], over
// rows; 0 if there is none. A mean is over rows. The derivative where a term becomes 0 is 0. All
// throw ShapeError, giving both shapes, if these do not fit, OptionError unless margin >= 0.

/// The sum of max(0, margin - scores[label] + scores[c]) over the classes c other than the row's
/// label. `scores` is [n, classes]; there are n labels, each a class. Weston and Watkins, "Support
/// Vector Machines for Multi-Class Pattern Recognition", 1999 (PyTorch divides it by `classes`).
Variable multi_class_margin(const Variable& scores, std::span<const std::int32_t> labels,
                            float margin = 1.0f, Reduction reduction = Reduction::kMean);

/// max(0, margin - better + worse), element by element, of two values of the same shape: what is
/// better is to score higher. A mean is over all elements.
Variable margin_ranking(const Variable& better, const Variable& worse, float margin = 1.0f,
                        Reduction reduction = Reduction::kMean);

/// max(0, margin + |anchor - positive| - |anchor - negative|) with Euclidean distances of rows;
/// all are [n, columns]. Where two rows are equal, their distance gives no gradient. Schroff,
/// Kalenichenko and Philbin, "FaceNet", CVPR 2015, there with squared distances.
Variable triplet_margin(const Variable& anchor, const Variable& positive, const Variable& negative,
                        float margin = 1.0f, Reduction reduction = Reduction::kMean);

}  // namespace espalier
