#include <espalier/apps/pictures/thread_drawing.h>

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/apps/commands.h"

namespace espalier::apps {
namespace {

const std::vector<std::string> kLabels = {"cold", "warm", "hot"};

// Records are numbered from 1, the post; parents[i] is that of record i + 2.
ReplyGraph thread_of(const std::vector<std::uint64_t>& parents) {
  std::vector<ReplyRecord> records = {{.id = 1, .is_post = true}};
  for (std::size_t i = 0; i < parents.size(); ++i) {
    records.push_back(
        {.id = i + 2, .parent = parents[i], .time_s = static_cast<std::int64_t>(i + 1)});
  }
  return ReplyGraph(records);
}

// An attribute of the last element before a comment's visible text that has it.
std::string attribute(const std::string& svg, const std::string& name, const std::string& text) {
  const std::size_t end = svg.find('>' + text + "</text>");
  EXPECT_NE(end, std::string::npos) << text;
  const std::string opening = ' ' + name + "=\"";
  const std::size_t begin = svg.rfind(opening, end) + opening.size();
  return svg.substr(begin, svg.find('"', begin) - begin);
}
int number(const std::string& svg, const std::string& name, const std::string& text) {
  return std::stoi(attribute(svg, name, text));
}

TEST(ThreadDrawingTest, ShowsRepliesBelowWhatTheyReplyToAndIndented) {
  // first (2) with replies early (3) and late (5); second (4).
  const std::vector<DrawnComment> comments = {
      {.text = "post"}, {.text = "first"}, {.text = "early"}, {.text = "second"}, {.text = "late"}};
  const ReplyGraph graph = thread_of({1, 2, 1, 2});
  std::vector<DrawnComment> by_node(comments.size());
  for (NodeId v = 0; v < graph.num_nodes(); ++v) by_node[v] = comments[graph.record(v)];
  const std::string svg = draw_thread(graph, by_node, kLabels);
  const auto y = [&](const char* text) { return number(svg, "cy", text); };
  const auto x = [&](const char* text) { return number(svg, "cx", text); };
  EXPECT_LT(y("post"), y("first"));
  EXPECT_LT(y("first"), y("early"));
  EXPECT_LT(y("early"), y("late"));
  EXPECT_LT(y("late"), y("second"));
  EXPECT_LT(x("post"), x("first"));
  EXPECT_EQ(x("first"), x("second"));
  EXPECT_LT(x("first"), x("early"));
  EXPECT_EQ(x("early"), x("late"));
}

TEST(ThreadDrawingTest, ColoursCommentsAsTheLegendDoesAndThePostGrey) {
  const std::vector<DrawnComment> comments = {{.text = "post"},
                                              {.text = "a", .label = 0, .probability = 0.5f},
                                              {.text = "b", .label = 1, .probability = 0.5f},
                                              {.text = "c", .label = 2, .probability = 0.25f}};
  const std::string svg = draw_thread(thread_of({1, 1, 1}), comments, kLabels);
  EXPECT_EQ(attribute(svg, "fill", "post"), "#909090");
  EXPECT_EQ(attribute(svg, "fill", "a"), attribute(svg, "fill", "cold"));
  EXPECT_EQ(attribute(svg, "fill", "b"), attribute(svg, "fill", "warm"));
  EXPECT_EQ(attribute(svg, "fill", "c"), attribute(svg, "fill", "hot"));
  EXPECT_NE(attribute(svg, "fill", "a"), attribute(svg, "fill", "b"));
  EXPECT_NE(attribute(svg, "fill", "b"), attribute(svg, "fill", "c"));
  EXPECT_TRUE(test::contains(svg, "<title>c\nhot: 0.25</title>"));
}

TEST(ThreadDrawingTest, EscapesTextsAndCutsThemBetweenCharacters) {
  std::string umlauts;
  for (int i = 0; i < 95; ++i) umlauts += "ü";
  const std::vector<DrawnComment> comments = {{.text = "a < b && \x01\x7F"}, {.text = umlauts}};
  const std::string svg = draw_thread(thread_of({1}), comments, kLabels);
  EXPECT_TRUE(test::contains(svg, ">a &lt; b &amp;&amp;   </text>"));
  EXPECT_TRUE(test::contains(svg, "<title>" + umlauts + "\n"));
  EXPECT_TRUE(test::contains(svg, '>' + umlauts.substr(0, 180) + "…</text>"));
}

TEST(ThreadDrawingTest, IsWellFormedWhateverTheTextsAre) {
  const std::vector<DrawnComment> comments = {{.text = "a\xEF\xBF\xBE\xE2\x80\xAE\xC2\x9B\xFF"},
                                              {.text = "b"}};
  const std::string unknown = "\xEF\xBF\xBD";
  EXPECT_TRUE(test::contains(draw_thread(thread_of({1}), comments, kLabels),
                             ">a" + unknown + unknown + unknown + unknown + "</text>"));
}

TEST(ThreadDrawingTest, DrawsTheFirstCommentsAlone) {
  const std::vector<DrawnComment> two = {{.text = "post"}, {.text = "first"}};
  const std::string svg = draw_thread(thread_of({1, 1, 2, 3}), two, kLabels);
  EXPECT_TRUE(test::contains(svg, ">first</text>"));
  EXPECT_EQ(svg.find("<path"), svg.rfind("<path"));
}

TEST(ThreadDrawingTest, DrawsALongChainOfReplies) {
  std::vector<std::uint64_t> parents;
  for (std::uint64_t i = 1; i <= 50'000; ++i) parents.push_back(i);
  std::vector<DrawnComment> comments(parents.size() + 1);
  comments.back().text = "last";
  const std::string svg = draw_thread(thread_of(parents), comments, kLabels);
  EXPECT_GT(number(svg, "cx", "last"), 50'000);
  EXPECT_GT(number(svg, "cy", "last"), 50'000);
}

}  // namespace
}  // namespace espalier::apps
