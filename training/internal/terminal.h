#pragma once

#include <cstddef>
#include <ostream>
#include <string>
#include <vector>

namespace espalier::training {

/// The columns of the terminal that `out` is just now; 0 if it is none, or one that cannot go back
/// to the beginning of a line (TERM=dumb). Only std::cout, std::cerr and std::clog may be one.
/// $COLUMNS counts where it is less, or the terminal does not say.
std::size_t terminal_columns(const std::ostream& out);

/// A part of a line; of those that do not all fit, the ones of the greatest ranks are left out.
struct LinePart {
  std::string text;
  int rank = 0;
};

/// The parts in order, as many as fit into `columns`; what is left is cut.
std::string fitted(std::vector<LinePart> parts, std::size_t columns);

}  // namespace espalier::training
