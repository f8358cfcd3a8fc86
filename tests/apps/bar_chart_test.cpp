#include <espalier/apps/pictures/bar_chart.h>

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/apps/commands.h"

namespace espalier::apps {
namespace {

using test::contains;

double width_of(const std::string& svg, const std::string& name) {
  const std::string opening = "width=\"";
  return std::stod(svg.substr(svg.find(opening, svg.find("<title>" + name)) + opening.size()));
}

TEST(BarChartTest, BarsAreAsLongAsTheirParts) {
  const std::vector<Bar> bars = {{"one", 0.75f}, {"two", 0.25f}, {"three", 0.0f}};
  const std::string svg = draw_bars(bars, "parts");
  EXPECT_NEAR(width_of(svg, "one"), 3.0 * width_of(svg, "two"), 1e-2);
  EXPECT_EQ(width_of(svg, "three"), 0.0);
  EXPECT_TRUE(contains(svg, ">parts</text>"));
  EXPECT_TRUE(contains(svg, ">0.75</text>"));
}

TEST(BarChartTest, NamesAreEscapedAndLongOnesCut) {
  const std::vector<Bar> bars = {{"a>b & \"c\"\n" + std::string(200, 'x'), 1.0f}};
  const std::string svg = draw_bars(bars, "<title>");
  EXPECT_TRUE(contains(svg, "a&gt;b &amp; "));
  EXPECT_TRUE(contains(svg, "x…</text>"));
  EXPECT_TRUE(contains(svg, "&lt;title&gt;"));
}

TEST(BarChartTest, NothingIsNoBars) { EXPECT_TRUE(contains(draw_bars({}, "nothing"), "</svg>")); }

}  // namespace
}  // namespace espalier::apps
