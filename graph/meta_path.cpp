#include <espalier/graph/meta_path.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

#include <espalier/base/error.h>

namespace espalier {
namespace {

struct Token {
  std::string edge_type;  // Empty: not named.
  bool backwards = false;
  std::string node_type;
};

// "(~cites)paper": what stands between two '>'.
Token parse(std::string_view text, std::string_view step) {
  Token token;
  if (step.starts_with('(')) {
    const std::size_t end = step.find(')');
    if (end == std::string_view::npos) {
      throw GraphError(message("meta-path \"", text, "\": \"", step, "\" has no \")\""));
    }
    std::string_view name = step.substr(1, end - 1);
    token.backwards = name.starts_with('~');
    if (token.backwards) name.remove_prefix(1);
    token.edge_type = name;
    step.remove_prefix(end + 1);
  }
  token.node_type = step;
  return token;
}

bool connects(const EdgeType& type, bool backwards, std::string_view from, std::string_view to) {
  return backwards ? type.source == to && type.target == from
                   : type.source == from && type.target == to;
}

std::string described(std::string_view text, std::size_t step, std::string_view from,
                      std::string_view to) {
  return message("meta-path \"", text, "\", step ", step, ", ", from, " to ", to, ": ");
}

// What the graph knows by a name; if it does not, the error says where the name stands.
template <class Look>
const auto& found(const std::string& where, const Look& look) {
  try {
    return look();
  } catch (const GraphError& error) {
    throw GraphError(where + error.what());
  }
}

MetaPath::Step named_step(const HeteroGraph& graph, const Token& token, std::string_view from,
                          const std::string& where) {
  const EdgeType& type =
      found(where, [&]() -> const EdgeType& { return graph.edge_type(token.edge_type); });
  const auto index = static_cast<std::size_t>(&type - graph.edge_types().data());
  if (connects(type, token.backwards, from, token.node_type)) return {index, token.backwards};
  // Between two types there is one way to go.
  if (!token.backwards && connects(type, true, from, token.node_type)) return {index, true};
  throw GraphError(
      message(where, "edge type \"", type.name, "\" is from ", type.source, " to ", type.target));
}

MetaPath::Step only_step(const HeteroGraph& graph, std::string_view from, std::string_view to,
                         const std::string& where) {
  std::optional<MetaPath::Step> found;
  for (std::size_t i = 0; i < graph.edge_types().size(); ++i) {
    const EdgeType& type = graph.edge_types()[i];
    for (const bool backwards : {false, true}) {
      if (!connects(type, backwards, from, to) || (backwards && from == to)) continue;
      if (found) {
        throw GraphError(message(where, "edge types \"", graph.edge_types()[found->edge_type].name,
                                 "\" and \"", type.name, "\" both connect them; name one, as in \"",
                                 from, ">(", type.name, ")", to, "\""));
      }
      found = {i, backwards};
    }
  }
  if (!found) throw GraphError(message(where, "no edge type connects them"));
  return *found;
}

}  // namespace

MetaPath::MetaPath(std::string_view text, const HeteroGraph& graph) {
  std::ranges::copy_if(text, std::back_inserter(text_),
                       [](char c) { return std::isspace(static_cast<unsigned char>(c)) == 0; });
  std::string_view rest = text_;
  while (true) {
    const std::size_t end = rest.find('>');
    const Token token = parse(text_, rest.substr(0, end));
    found(message("meta-path \"", text_, "\": "),
          [&]() -> const NodeType& { return graph.node_type(token.node_type); });
    if (node_types_.empty()) {
      if (!token.edge_type.empty()) {
        throw GraphError(message("meta-path \"", text_, "\" begins with an edge type, \"",
                                 token.edge_type, "\"; expected a node type"));
      }
    } else {
      const std::string& from = node_types_.back();
      const std::string where = described(text_, steps_.size() + 1, from, token.node_type);
      steps_.push_back(token.edge_type.empty() ? only_step(graph, from, token.node_type, where)
                                               : named_step(graph, token, from, where));
    }
    node_types_.push_back(token.node_type);
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  if (steps_.empty()) {
    throw GraphError(message("meta-path \"", text_, "\" has one node type, expected two or more"));
  }
}

}  // namespace espalier
