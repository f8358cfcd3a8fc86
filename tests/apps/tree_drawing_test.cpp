#include <espalier/apps/pictures/tree_drawing.h>

#include <vector>

#include <gtest/gtest.h>

#include <espalier/base/error.h>

#include "tests/apps/commands.h"
#include "tests/support/errors.h"

namespace espalier::apps {
namespace {

Tree pair() { return Tree::from_parents(std::vector<NodeId>{kNoNode, 0, 0}); }

TEST(TreeDrawingTest, KeepsSiblingsInOrder) {
  const std::vector<DrawnNode> nodes = {{.text = "root"}, {.text = "left"}, {.text = "right"}};
  const std::string svg = dot_to_svg(to_dot(pair(), nodes));
  const auto x_of = [&](const char* text) {
    const std::size_t end = svg.find(text);
    const std::size_t x = svg.rfind(" x=\"", end);
    return std::stod(svg.substr(x + 4));
  };
  EXPECT_LT(x_of(">left<"), x_of(">root<"));
  EXPECT_LT(x_of(">root<"), x_of(">right<"));
}

TEST(TreeDrawingTest, ShowsEveryTextAsItIs) {
  const std::vector<DrawnNode> nodes = {
      {.text = "\\N \"quoted\\"}, {.text = "<b>&amp;"}, {.text = "na\xC3\xAFve\x01"}};
  const std::string svg = dot_to_svg(to_dot(pair(), nodes));
  EXPECT_TRUE(test::contains(svg, ">\\N &quot;quoted\\</text>"));
  EXPECT_TRUE(test::contains(svg, ">&lt;b&gt;&amp;amp;</text>"));
  EXPECT_TRUE(test::contains(svg, ">na\xC3\xAFve\xEF\xBF\xBD</text>"));
}

// XML has no U+FFFE; a mark of direction would turn what stands around.
TEST(TreeDrawingTest, IsWellFormedWhateverTheTextsAre) {
  const std::string odd = "a\xEF\xBF\xBE\xE2\x80\xAE\x1B\xC2\x85 b";
  const std::vector<DrawnNode> nodes = {
      {.text = odd, .tooltip = odd}, {.text = odd}, {.text = odd}};
  const std::string svg = dot_to_svg(to_dot(pair(), nodes));
  const std::string unknown = "\xEF\xBF\xBD";
  EXPECT_TRUE(test::contains(svg, ">a" + unknown + unknown + unknown + unknown + " b</text>"));
  EXPECT_EQ(svg.find("\xEF\xBF\xBE"), std::string::npos);
  EXPECT_EQ(svg.find("\xE2\x80\xAE"), std::string::npos);
  EXPECT_EQ(svg.find('\x1B'), std::string::npos);
}

TEST(TreeDrawingTest, SaysWhatGraphvizSays) {
  EXPECT_TRUE(test::contains(test::error_of<Error>([] { dot_to_svg("digraph {"); }), "Graphviz: "));
}

}  // namespace
}  // namespace espalier::apps
