#include <espalier/base/options.h>

#include <array>
#include <string>

#include <gtest/gtest.h>

#include <espalier/base/error.h>

#include "tests/support/errors.h"

namespace espalier {
namespace {

using test::error_of;

enum class Shape { kRound, kSquare, kFlat };
enum class Paint { kPlain, kShiny };

struct LidOptions {
  int width = 3;
  bool hinged = false;
  int hinges = 1;

  static std::vector<Option> fields(LidOptions& o) {
    return {
        option("width", o.width, "Its width", at_least(1)), option("hinged", o.hinged, "On hinges"),
        option("hinges", o.hinges, "How many", between(1, 4)).only_if(o.hinged, "a hinged lid")};
  }
};

struct BoxOptions {
  int size = 10;
  std::uint32_t mark = 7;
  float weight = 0.5f;
  double price = 1.25;
  Shape shape = Shape::kSquare;
  Shape inside = Shape::kRound;
  Shape base = Shape::kRound;
  Paint paint = Paint::kPlain;
  std::string label = "a";
  LidOptions lid = {.width = 5};
  int late = 4;

  static std::vector<Option> fields(BoxOptions& o) {
    const std::vector<std::string> shapes = {"round", "square", "flat"};
    return {
        option("size", o.size, "Its size", at_least(1)),
        option("mark", o.mark, "Its mark"),
        option("weight", o.weight, "Its weight", from_to_below(0, 1)).command("kilos"),
        option("price", o.price, "Its price"),
        choice("shape", o.shape, "Its shape", shapes),
        choice("inside", o.inside, "Inside", shapes).stored(Option::Stored::kByNumber),
        choice("square_base", o.base, "Base", {"round", "square"}).stored(Option::Stored::kAsFlag),
        flag("shiny", o.paint, Paint::kPlain, Paint::kShiny, "It shines"),
        option("label", o.label, "What stands on it"),
        group("lid", o.lid),
        option("late_field", o.late, "Later", at_least(0)).added_later()};
  }
};

constexpr const char* kDefaults =
    R"({"size":10,"mark":7,"weight":0.5,"price":1.25,"shape":"square","inside":0,)"
    R"("square_base":false,"shiny":false,"label":"a",)"
    R"("lid":{"width":5,"hinged":false,"hinges":1},"late_field":4})";

// The default's JSON with one part of it replaced.
std::string with(const std::string& part, const std::string& by) {
  std::string text = kDefaults;
  const std::size_t at = text.find(part);
  EXPECT_NE(at, std::string::npos) << part;
  return text.replace(at, part.size(), by);
}

std::string parse_error(const std::string& text) {
  return error_of<ParseError>([&] { from_json<BoxOptions>(text, "box.json"); });
}

TEST(OptionsTest, WritesEveryFieldByItsName) { EXPECT_EQ(to_json(BoxOptions()), kDefaults); }

TEST(OptionsTest, ReadsWhatItWrites) {
  const BoxOptions some = {.size = 11,
                           .mark = 4294967295u,
                           .weight = 0.1f,
                           .price = -1e100,
                           .shape = Shape::kFlat,
                           .inside = Shape::kSquare,
                           .base = Shape::kSquare,
                           .paint = Paint::kShiny,
                           .label = "\"ä\n",
                           .lid = {.width = 9, .hinged = true, .hinges = 4},
                           .late = 0};
  const BoxOptions back = from_json<BoxOptions>(to_json(some), "test");
  EXPECT_EQ(to_json(back), to_json(some));
  EXPECT_EQ(back.size, 11);
  EXPECT_EQ(back.mark, 4294967295u);
  EXPECT_EQ(back.weight, 0.1f);
  EXPECT_EQ(back.price, -1e100);
  EXPECT_EQ(back.shape, Shape::kFlat);
  EXPECT_EQ(back.inside, Shape::kSquare);
  EXPECT_EQ(back.base, Shape::kSquare);
  EXPECT_EQ(back.paint, Paint::kShiny);
  EXPECT_EQ(back.label, "\"ä\n");
  EXPECT_EQ(back.lid.hinges, 4);
  EXPECT_EQ(back.late, 0);
}

struct CappedOptions {
  int size = 1;
  static std::vector<Option> fields(CappedOptions& o) {
    return {option("size", o.size, "Its size", at_least(1, 100))};
  }
};

TEST(OptionsTest, ACapIsSpokenOfToWhoeverIsBeyondIt) {
  EXPECT_EQ(error_of<OptionError>([] { checked(CappedOptions{.size = 0}); }),
            "size is 0, expected 1 or more");
  EXPECT_EQ(error_of<OptionError>([] { checked(CappedOptions{.size = 101}); }),
            "size is 101, expected 1 to 100");
  EXPECT_NO_THROW(checked(CappedOptions{.size = 100}));
}

TEST(OptionsTest, ReadsAFieldThatCameLaterAsItsDefault) {
  EXPECT_EQ(from_json<BoxOptions>(with(R"(,"late_field":4)", ""), "test").late, 4);
}

TEST(OptionsTest, RefusesJsonThatIsNotTheOptions) {
  struct Case {
    const char *part, *by, *message;
  };
  const Case cases[] = {
      {R"("size":10)", R"("size":4294967306)", "the option size is 4294967306, expected a whole"},
      {R"("size":10)", R"("size":18446744073709551615)", "the option size is 18446744073709551615"},
      {R"("size":10)", R"("size":10.5)", "the option size is 10.5, expected a whole number"},
      {R"("size":10)", R"("size":10.0)", "the option size is 10.0, expected a whole number"},
      {R"("size":10)", R"("size":true)", "the option size is true, expected a whole number"},
      {R"("size":10)", R"("size":null)", "the option size is null, expected a whole number"},
      {R"("size":10,)", "", "the option size is missing"},
      {R"("size":10)", R"("size":10,"sise":1)", "the option sise is not known"},
      {R"("mark":7)", R"("mark":-1)", "the option mark is -1"},
      {R"("weight":0.5)", R"("weight":"0.5")", "the option weight is \"0.5\", expected a number"},
      {R"("weight":0.5)", R"("weight":1e39)", "the option weight is 1e+39"},
      {R"("shape":"square")", R"("shape":"cubic")", "expected round, square or flat"},
      {R"("inside":0)", R"("inside":3)", "the option inside is 3, expected 0 to 2"},
      {R"("inside":0)", R"("inside":-1)", "the option inside is -1, expected 0 to 2"},
      {R"("square_base":false)", R"("square_base":0)", "expected true or false"},
      {R"("shiny":false)", R"("shiny":1)", "the option shiny is 1, expected true or false"},
      {R"("label":"a")", R"("label":1)", "the option label is 1, expected a text"},
      {R"("width":5)", R"("width":"5")", "the option lid.width is \"5\", expected a whole number"},
      {R"("width":5,)", "", "the option lid.width is missing"},
      {R"("width":5)", R"("width":5,"height":1)", "the option lid.height is not known"},
      {R"({"width":5,"hinged":false,"hinges":1})", "5",
       "the option lid: expected an object, found 5"},
  };
  for (const auto& [part, by, expected] : cases) {
    const std::string error = parse_error(with(part, by));
    EXPECT_NE(error.find(expected), std::string::npos) << error << "\nexpected: " << expected;
    EXPECT_TRUE(error.starts_with("box.json")) << error;
  }
  for (const char* text : {"", "{", "[]", "3", "null"}) {
    EXPECT_TRUE(parse_error(text).starts_with("box.json")) << text;
  }
}

TEST(OptionsTest, ChecksRanges) {
  const auto refused = [](const BoxOptions& options) {
    return error_of<OptionError>([&] { checked(options); });
  };
  EXPECT_EQ(checked(BoxOptions{.size = 1}).size, 1);
  EXPECT_EQ(refused({.size = 0}), "size is 0, expected 1 or more");
  EXPECT_EQ(refused({.weight = 1.0f}), "weight is 1, expected at least 0 and less than 1");
  EXPECT_EQ(refused({.weight = std::numeric_limits<float>::quiet_NaN()}),
            "weight is nan, expected at least 0 and less than 1");
  EXPECT_EQ(refused({.lid = {.hinged = true, .hinges = 5}}), "hinges is 5, expected 1 to 4");
  EXPECT_EQ(refused({.shape = static_cast<Shape>(3)}),
            "shape is unknown, expected round, square or flat");
  EXPECT_EQ(refused({.lid = {.hinges = 2}}),
            "hinges is 2, expected 1: it is of a hinged lid alone");
}

// All that a new field needs is one line in its struct's list, beside the field itself: this
// struct is written, read, checked and offered to a command line by it.
struct OneFieldOptions {
  int depth = 2;
  static std::vector<Option> fields(OneFieldOptions& o) {
    return {option("depth_of_it", o.depth, "How deep", at_least(1))};
  }
};

TEST(OptionsTest, ANewFieldIsOneLine) {
  EXPECT_EQ(to_json(OneFieldOptions()), R"({"depth_of_it":2})");
  EXPECT_EQ(from_json<OneFieldOptions>(R"({"depth_of_it":5})", "test").depth, 5);
  EXPECT_THROW(checked(OneFieldOptions{.depth = 0}), OptionError);
  OneFieldOptions options;
  const Option field = OneFieldOptions::fields(options).front();
  EXPECT_EQ(field.flag(), "depth-of-it");
  EXPECT_EQ(field.help(), "How deep");
  EXPECT_EQ(field.expected(), "1 or more");
  field.set(std::int64_t{7});
  EXPECT_EQ(options.depth, 7);
}

}  // namespace
}  // namespace espalier
