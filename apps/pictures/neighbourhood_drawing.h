#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace espalier::apps {

/// A node's neighbour along a meta-path.
struct DrawnNeighbour {
  std::string name;  ///< Any UTF-8.
  std::size_t label = 0;
  float weight = 0.0f;  ///< Of the attention of the node, >= 0.
  bool is_itself = false;
};

/// Its neighbours along one meta-path, the heaviest first.
struct DrawnPath {
  std::string name;                      ///< Any UTF-8.
  float weight = 1.0f;                   ///< Of the path among all.
  std::vector<DrawnNeighbour> heaviest;  ///< Those that are drawn.
  std::size_t num_neighbours = 0;        ///< How many there are.
};

struct DrawnNeighbourhood {
  std::string name;  ///< Of the node. Any UTF-8.
  std::size_t label = 0;
  float probability = 0.0f;  ///< Of the label.
  std::vector<DrawnPath> paths;
};

/// A node among its neighbours as SVG: a wheel for each meta-path, one below the other, with the
/// node as its hub. Spokes are as thick as the attention that a neighbour has, dots coloured by
/// label, as a legend shows; numbers are in tooltips. Of a neighbourhood that is not drawn whole, a
/// line says how much of it is.
std::string draw_neighbourhood(const DrawnNeighbourhood& node,
                               const std::vector<std::string>& labels);

}  // namespace espalier::apps
