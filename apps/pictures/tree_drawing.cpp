#include <espalier/apps/pictures/tree_drawing.h>

#include <memory>
#include <sstream>
#include <string_view>
#include <utility>

#include <graphviz/gvc.h>
#include <boost/graph/graphviz.hpp>

#include <espalier/base/error.h>
#include <espalier/base/utf8.h>
#include <espalier/graph/boost_graph.h>

namespace espalier::apps {
namespace {

// A string of DOT that shows as `text`: in labels, backslashes are commands and & begins an entity.
std::string dot_string(std::string_view text) {
  std::string result = "\"";
  for (const char c : xml_characters(text)) {
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (c == '&') {
      result += "&amp;";
    } else {
      result += c;
    }
  }
  return result + '"';
}

// Graphviz prints its errors unless somebody takes them.
std::string& graphviz_errors() {
  static std::string errors;
  return errors;
}
int collect_error(char* text) {
  graphviz_errors() += text;
  return 0;
}

[[noreturn]] void fail() { throw Error(message("Graphviz: ", graphviz_errors())); }

struct CloseGraph {
  void operator()(Agraph_t* graph) const { agclose(graph); }
};
struct FreeContext {
  void operator()(GVC_t* context) const { gvFreeContext(context); }
};

}  // namespace

std::string to_dot(const Tree& tree, std::span<const DrawnNode> nodes) {
  const auto write_node = [&](std::ostream& out, NodeId v) {
    const DrawnNode& node = nodes[v];
    const bool is_point = node.text.empty() && !tree.is_leaf(v);
    out << " [label=" << dot_string(node.text);
    if (is_point) out << ", shape=point, width=0.06, height=0.06";
    if (tree.is_leaf(v)) out << ", shape=box";
    if (!is_point) out << ", fillcolor=\"" << node.fill << '"';
    out << ", tooltip=" << dot_string(node.tooltip.empty() ? " " : node.tooltip) << ']';
  };
  const auto write_edge = [](std::ostream&, const auto&) {};
  const auto write_graph = [](std::ostream& out) {
    // Edges run from child to parent; so must the ranks, and siblings are the order of in-edges.
    out << "rankdir=BT;\nordering=in;\nranksep=0.3;\nnodesep=0.15;\n"
        << "node [fontname=\"Helvetica\", fontsize=12, style=\"filled,rounded\", "
           "margin=\"0.06,0.03\","
        << " width=0.3, height=0.3];\n"
        << "edge [dir=none, color=\"#808080\"];\n";
  };
  std::ostringstream out;
  boost::write_graphviz(out, child_to_parent(tree), write_node, write_edge, write_graph);
  return std::move(out).str();
}

std::string dot_to_svg(const std::string& dot) {
  graphviz_errors().clear();
  agseterr(AGERR);  // No warnings of missing fonts.
  agseterrf(collect_error);
  const std::unique_ptr<GVC_t, FreeContext> context(gvContext());
  const std::unique_ptr<Agraph_t, CloseGraph> graph(agmemread(dot.c_str()));
  if (graph == nullptr || gvLayout(context.get(), graph.get(), "dot") != 0) fail();
  char* data = nullptr;
  unsigned int size = 0;
  const bool drawn = gvRenderData(context.get(), graph.get(), "svg", &data, &size) == 0;
  std::string svg = drawn ? std::string(data, size) : std::string();
  if (drawn) gvFreeRenderData(data);
  gvFreeLayout(context.get(), graph.get());
  if (!drawn) fail();
  return svg;
}

}  // namespace espalier::apps
