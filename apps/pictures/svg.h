#pragma once

#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

// What drawings in SVG have in common.
namespace espalier::apps {

/// Any UTF-8 for SVG, in one line; of more characters "…" stands for the rest.
std::string svg_text(std::string_view text, std::size_t max_characters);

/// From blue for the first of some classes over yellow to red for the last, "#rrggbb".
std::string class_color(std::size_t label, std::size_t num_labels);

/// A line of coloured dots with the classes' names, 18 pixels below the top.
void write_svg_legend(std::ostream& out, const std::vector<std::string>& labels, int left);

}  // namespace espalier::apps
