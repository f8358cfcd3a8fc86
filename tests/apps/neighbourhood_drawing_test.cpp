#include <espalier/apps/pictures/neighbourhood_drawing.h>

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/apps/commands.h"

namespace espalier::apps {
namespace {

using test::contains;

const std::vector<std::string> kLabels = {"good", "bad"};

DrawnNeighbourhood one_path(std::vector<DrawnNeighbour> heaviest, std::size_t num_neighbours) {
  return {.name = "paper 3",
          .label = 1,
          .probability = 0.75f,
          .paths = {{.name = "a>b>a",
                     .weight = 0.5f,
                     .heaviest = std::move(heaviest),
                     .num_neighbours = num_neighbours}}};
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
}

// The width of the first line or loop after the tooltip of a neighbour.
double thickness(const std::string& svg, const std::string& name) {
  const std::string opening = "stroke-width=\"";
  const std::size_t begin = svg.find(opening, svg.find("<title>" + name + ",")) + opening.size();
  return std::stod(svg.substr(begin));
}

TEST(NeighbourhoodDrawingTest, EdgesAreAsThickAsTheirWeights) {
  const std::string svg = draw_neighbourhood(
      one_path({{"4", 0, 0.4f}, {"5", 1, 0.2f}, {"3", 1, 0.1f, true}}, 3), kLabels);
  EXPECT_NEAR(thickness(svg, "4") / thickness(svg, "5"), 2.0, 1e-3);
  EXPECT_NEAR(thickness(svg, "5") / thickness(svg, "3"), 2.0, 1e-3);
  EXPECT_EQ(count(svg, "<line "), 2u);  // The node itself is a loop.
  EXPECT_TRUE(contains(svg, "weight 0.5; 3 neighbours"));
  EXPECT_TRUE(contains(svg, "paper 3: bad, 0.75"));
  EXPECT_TRUE(contains(svg, "4, good: attention 0.4"));
}

TEST(NeighbourhoodDrawingTest, APartSaysHowMuchOfTheWholeItIs) {
  const std::string svg =
      draw_neighbourhood(one_path({{"4", 0, 0.5f}, {"5", 0, 0.25f}}, 812), kLabels);
  EXPECT_TRUE(contains(svg, "the 2 heaviest of 812 neighbours, with 75 % of the attention"));
}

TEST(NeighbourhoodDrawingTest, ANodeWithoutNeighboursStandsAlone) {
  const std::string svg = draw_neighbourhood(one_path({}, 0), kLabels);
  EXPECT_TRUE(contains(svg, "no neighbours"));
  EXPECT_EQ(count(svg, "<line "), 0u);
}

TEST(NeighbourhoodDrawingTest, IsWellFormedForEveryName) {
  DrawnNeighbourhood node = one_path({{"<&\"'>\n\x01", 0, 0.0f}}, 1);
  node.name = node.paths[0].name = "<a> & \"b\" 'c' \x1b \xf0\x9f\x8c\xb3";
  const std::string svg = draw_neighbourhood(node, {"<good>", "&bad"});
  EXPECT_EQ(count(svg, "<g"), count(svg, "</g>"));
  EXPECT_EQ(count(svg, "<text"), count(svg, "</text>"));
  EXPECT_EQ(svg.find('\x1b'), std::string::npos);
  EXPECT_EQ(svg.find('\x01'), std::string::npos);
  EXPECT_EQ(svg.find("<a>"), std::string::npos);
  EXPECT_TRUE(contains(svg, "&lt;a&gt; &amp; "));
  EXPECT_EQ(svg.find("nan"), std::string::npos);
}

}  // namespace
}  // namespace espalier::apps
