#pragma once

#include <span>
#include <string>

namespace espalier::apps {

/// Something with a part of a whole, 0 .. 1.
struct Bar {
  std::string name;  ///< Any UTF-8; its beginning is shown, all of it in a tooltip.
  float part = 0.0f;
};

/// Bars side by side as SVG, in the order given, each below its name and with its number; `title`
/// says what of.
std::string draw_bars(std::span<const Bar> bars, const std::string& title);

}  // namespace espalier::apps
