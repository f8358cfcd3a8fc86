#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace espalier::training {

/// Points joined by straight lines, and what they show.
struct Line {
  std::string name;
  std::vector<std::pair<double, double>> points;  ///< x, y.
};

struct LinePlotOptions {
  std::string title = {};
  std::string x_label = {};
  std::string y_label = {};
  bool log_y = false;  ///< A logarithmic scale for y; points that are not positive are left out.
};

/// Lines over common axes, as an SVG picture: curves of learning, say. Points that are not finite
/// are left out, and break their line. Throws OptionError if no point is left.
std::string line_plot_svg(std::span<const Line> lines, const LinePlotOptions& options = {});

}  // namespace espalier::training
