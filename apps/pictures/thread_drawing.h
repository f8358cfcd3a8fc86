#pragma once

#include <span>
#include <string>
#include <vector>

#include <espalier/graph/reply_graph.h>

namespace espalier::apps {

/// How a comment is drawn.
struct DrawnComment {
  std::string text;  ///< Any UTF-8; its beginning is shown, all of it in a tooltip.
  std::size_t label = 0;
  float probability = 0.0f;  ///< Of the label.
};

/// A discussion as SVG, top to bottom as forums show it: a line for each comment below the one that
/// it replies to, indented by its depth, with lines from parents to replies. Dots are coloured by
/// label, from blue for the first of `labels` over yellow to red for the last, as a legend shows.
/// `comments` has one entry for each node, or for the first ones, which then are drawn alone; the
/// post, which comes first, is grey.
std::string draw_thread(const ReplyGraph& graph, std::span<const DrawnComment> comments,
                        const std::vector<std::string>& labels);

}  // namespace espalier::apps
