#include <espalier/training/line_plot.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include <espalier/base/error.h>

namespace espalier::training {
namespace {

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t i = text.find(part); i != std::string::npos; i = text.find(part, i + 1)) ++n;
  return n;
}

const std::vector<Line> kTwoLines = {{"first", {{0, 1}, {1, 3}, {2, 2}}}, {"a < b & c", {{0, 2}}}};

TEST(LinePlotTest, HasALineALegendAndLabels) {
  const std::string svg =
      line_plot_svg(kTwoLines, {.title = "Title", .x_label = "time", .y_label = "value"});
  EXPECT_TRUE(svg.starts_with("<svg"));
  EXPECT_TRUE(svg.ends_with("</svg>\n"));
  EXPECT_EQ(count(svg, "<path"), 2u);
  EXPECT_EQ(count(svg, " L"), 2u);  // The first line's two steps.
  for (const char* text : {">Title<", ">time<", ">value<", ">first<", ">a &lt; b &amp; c<"}) {
    EXPECT_EQ(count(svg, text), 1u) << text;
  }
}

// The axes are [76, 560] and, upside down, [44, 364].
TEST(LinePlotTest, PlacesPointsByTheirValues) {
  const std::string svg = line_plot_svg(std::vector<Line>{{"", {{0, 1}, {5, 2}, {10, 3}}}});
  EXPECT_EQ(count(svg, "M76 364 L318 204 L560 44"), 1u);
}

TEST(LinePlotTest, ALogarithmicScaleSpacesPowersEvenly) {
  const std::string svg = line_plot_svg(
      std::vector<Line>{{"", {{0, 1e-4}, {5, 1e-2}, {10, 1}, {11, 0}, {12, -3}}}}, {.log_y = true});
  EXPECT_EQ(count(svg, "M76 364 L318 204 L560 44"), 1u);
  EXPECT_EQ(count(svg, ">0.001<"), 1u);
}

TEST(LinePlotTest, PointsThatAreNotFiniteBreakTheLine) {
  const double nan = std::nan(""), infinity = std::numeric_limits<double>::infinity();
  const std::string svg = line_plot_svg(
      std::vector<Line>{{"", {{0, 1}, {1, nan}, {2, 2}, {3, infinity}, {nan, 4}, {4, 3}}}});
  EXPECT_EQ(count(svg, " M") + count(svg, "\"M"), 3u);
  EXPECT_EQ(count(svg, "nan") + count(svg, "inf"), 0u);
}

TEST(LinePlotTest, TakesASinglePoint) {
  EXPECT_EQ(count(line_plot_svg(std::vector<Line>{{"", {{3, 7}}}}), "nan"), 0u);
}

TEST(LinePlotTest, RefusesAPlotWithoutPoints) {
  EXPECT_THROW(line_plot_svg({}), OptionError);
  EXPECT_THROW(line_plot_svg(std::vector<Line>{{"", {{0, -1}}}}, {.log_y = true}), OptionError);
}

}  // namespace
}  // namespace espalier::training
