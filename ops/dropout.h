#pragma once

#include <cstdint>
#include <span>

#include <espalier/ops/random.h>
#include <espalier/ops/variable.h>

namespace espalier {

/// Sets each element to 0 with `probability`, and multiplies the others by 1 / (1 - probability),
/// so that the expected value stays (Srivastava et al., "Dropout", JMLR 2014, in its inverted
/// form).
///
/// For training only: whoever predicts leaves it out. Draws 64 bits from `rng`; which elements fall
/// follows from them, the row and the column alone. At probability 0 it returns `x` and draws
/// nothing. Throws OptionError unless 0 <= probability < 1.
Variable dropout(const Variable& x, float probability, Rng& rng);

/// The same, but row r falls by its name row_ids[r] and not by its place: rows of one name have one
/// mask, and renumbering the rows changes nothing. Throws ShapeError unless each row has a name.
Variable dropout(const Variable& x, float probability, Rng& rng,
                 std::span<const std::uint32_t> row_ids);

}  // namespace espalier
