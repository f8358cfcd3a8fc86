#include <espalier/apps/pictures/thread_drawing.h>

#include <algorithm>
#include <sstream>

#include <espalier/apps/pictures/svg.h>

namespace espalier::apps {
namespace {

constexpr int kLineHeight = 22, kIndent = 18, kLeft = 16, kTop = 52, kRadius = 6;
constexpr std::size_t kShownCharacters = 90;

// The first nodes in the order of reading, parents before replies, without recursion.
std::vector<NodeId> reading_order(const ReplyGraph& graph, std::size_t num_shown) {
  std::vector<NodeId> order, stack = {0};
  while (!stack.empty()) {
    const NodeId v = stack.back();
    stack.pop_back();
    if (v < num_shown) order.push_back(v);
    if (graph.next_sibling(v) != kNoNode) stack.push_back(graph.next_sibling(v));
    if (graph.first_child(v) != kNoNode) stack.push_back(graph.first_child(v));
  }
  return order;
}

}  // namespace

std::string draw_thread(const ReplyGraph& graph, std::span<const DrawnComment> comments,
                        const std::vector<std::string>& labels) {
  const std::vector<NodeId> order = reading_order(graph, comments.size());
  std::vector<int> line(graph.num_nodes()), depth(graph.num_nodes());
  int deepest = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const NodeId v = order[i];
    line[v] = static_cast<int>(i);
    depth[v] = v == 0 ? 0 : depth[graph.parent(v)] + 1;
    deepest = std::max(deepest, depth[v]);
  }
  const auto x_of = [&](NodeId v) { return kLeft + kIndent * depth[v]; };
  const auto y_of = [&](NodeId v) { return kTop + kLineHeight * line[v]; };

  std::ostringstream out;
  out << "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" << kLeft + kIndent * deepest + 760
      << "\" height=\"" << kTop + kLineHeight * static_cast<int>(order.size())
      << "\" font-family=\"Helvetica, sans-serif\" font-size=\"13\">\n"
      << "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n";
  write_svg_legend(out, labels, kLeft);
  for (const NodeId v : order) {
    if (v == 0) continue;
    const NodeId parent = graph.parent(v);
    out << "<path d=\"M" << x_of(parent) << ' ' << y_of(parent) << 'V' << y_of(v) << 'H' << x_of(v)
        << "\" fill=\"none\" stroke=\"#c0c0c0\"/>\n";
  }
  for (const NodeId v : order) {
    const DrawnComment& comment = comments[v];
    out << "<g><title>" << svg_text(comment.text, comment.text.size());
    if (v != 0) {
      out << "\n"
          << svg_text(labels[comment.label], kShownCharacters) << ": " << comment.probability;
    }
    out << "</title><circle cx=\"" << x_of(v) << "\" cy=\"" << y_of(v) << "\" r=\"" << kRadius
        << "\" fill=\"" << (v == 0 ? "#909090" : class_color(comment.label, labels.size()))
        << "\"/><text x=\"" << x_of(v) + 12 << "\" y=\"" << y_of(v) + 4 << "\">"
        << svg_text(comment.text, kShownCharacters) << "</text></g>\n";
  }
  out << "</svg>\n";
  return std::move(out).str();
}

}  // namespace espalier::apps
