#include <espalier/apps/pictures/thread_drawing.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <sstream>
#include <string_view>

#include <espalier/base/utf8.h>

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

std::string color_of(std::size_t label, std::size_t num_labels) {
  using Color = std::array<double, 3>;
  constexpr std::array<Color, 3> kStops = {Color{70, 120, 190}, Color{240, 215, 110},
                                           Color{205, 60, 50}};
  const double position =
      num_labels < 2 ? 0.0 : 2.0 * static_cast<double>(label) / static_cast<double>(num_labels - 1);
  const std::size_t stop = position < 1.0 ? 0 : 1;
  const double share = position - static_cast<double>(stop);
  std::array<char, 8> text{};
  const auto part = [&](std::size_t i) {
    return static_cast<unsigned>(
        std::lround(kStops[stop][i] + share * (kStops[stop + 1][i] - kStops[stop][i])));
  };
  std::snprintf(text.data(), text.size(), "#%02x%02x%02x", part(0) & 0xFFu, part(1) & 0xFFu,
                part(2) & 0xFFu);
  return text.data();
}

// For XML, in one line. Cut, if asked for, between two characters.
std::string escaped(std::string_view text, std::size_t max_characters) {
  std::string line;
  std::size_t num_characters = 0;
  for (const char c : text) {
    const bool begins = (static_cast<unsigned char>(c) & 0xC0u) != 0x80u;
    if (begins && num_characters++ == max_characters) return xml_text(line) + "…";
    line += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
  }
  return xml_text(line);
}

void write_legend(std::ostream& out, const std::vector<std::string>& labels) {
  int x = kLeft;
  for (std::size_t label = 0; label < labels.size(); ++label) {
    out << "<circle cx=\"" << x << "\" cy=\"18\" r=\"" << kRadius << "\" fill=\""
        << color_of(label, labels.size()) << "\"/><text x=\"" << x + 10 << "\" y=\"22\">"
        << escaped(labels[label], kShownCharacters) << "</text>\n";
    x += 30 + 8 * static_cast<int>(labels[label].size());
  }
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
  write_legend(out, labels);
  for (const NodeId v : order) {
    if (v == 0) continue;
    const NodeId parent = graph.parent(v);
    out << "<path d=\"M" << x_of(parent) << ' ' << y_of(parent) << 'V' << y_of(v) << 'H' << x_of(v)
        << "\" fill=\"none\" stroke=\"#c0c0c0\"/>\n";
  }
  for (const NodeId v : order) {
    const DrawnComment& comment = comments[v];
    out << "<g><title>" << escaped(comment.text, comment.text.size());
    if (v != 0) {
      out << "\n"
          << escaped(labels[comment.label], kShownCharacters) << ": " << comment.probability;
    }
    out << "</title><circle cx=\"" << x_of(v) << "\" cy=\"" << y_of(v) << "\" r=\"" << kRadius
        << "\" fill=\"" << (v == 0 ? "#909090" : color_of(comment.label, labels.size()))
        << "\"/><text x=\"" << x_of(v) + 12 << "\" y=\"" << y_of(v) + 4 << "\">"
        << escaped(comment.text, kShownCharacters) << "</text></g>\n";
  }
  out << "</svg>\n";
  return std::move(out).str();
}

}  // namespace espalier::apps
