#pragma once

#include <cstdint>
#include <span>

#include <espalier/layers/linear.h>
#include <espalier/ops/module.h>
#include <espalier/ops/random.h>
#include <espalier/ops/variable.h>

namespace espalier {

struct AttentionPoolingOptions {
  int input_size = 0;      ///< > 0.
  int attention_size = 0;  ///< Of the context vector, > 0.
};

/// What attention makes of segments.
struct Attended {
  Variable pooled;   ///< [segments, input_size]; zeros for an empty segment.
  Variable weights;  ///< [rows, 1]: they sum to 1 in each segment that is not empty.
};

/// The rows of a segment, weighted by how well they answer to a learnt question.
///
/// Yang et al., "Hierarchical Attention Networks for Document Classification", NAACL 2016, Eqs. 5-7
/// and 8-10. For the rows h_t of a segment:
///
///     u_t = tanh(W h_t + b)
///     a_t = softmax over the segment of (u_t . context)
///     s   = sum of a_t h_t
///
/// Parameters: projection.weight [attention, input], projection.bias, context [1, attention].
class AttentionPooling : public Module {
 public:
  /// W and b are uniform in ±1/sqrt(input_size), the context in ±1/sqrt(attention_size).
  /// Throws OptionError if a size is not positive.
  AttentionPooling(const AttentionPoolingOptions& options, Rng& rng);

  /// Segment s is rows offsets[s] .. offsets[s + 1] - 1 of h, [rows, input_size]; it may be empty.
  /// Throws ShapeError if h does not fit, or offsets do not ascend from 0 to its rows.
  Attended forward(const Variable& h, std::span<const std::uint64_t> offsets) const;

 private:
  Linear projection_;
  Variable context_;
};

}  // namespace espalier
